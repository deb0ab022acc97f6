/** What the page says, in the reader's language: `t("name", {number: 3})`. */

import { english } from "./words-en.js";
import { dutch } from "./words-nl.js";
import { remember, remembered } from "./preferences.js";

const DICTIONARIES = { en: english, nl: dutch };
const preferred = navigator.languages.map((each) => each.slice(0, 2)).find((each) => each in DICTIONARIES);

/** `en` or `nl`. */
export const language = remembered("language") ?? preferred ?? "en";

/** For Intl: the reader's own flavour of the language where the browser names one. */
export const locale = navigator.languages.find((each) => each.startsWith(language)) ?? language;

export function setLanguage(chosen) {
  remember("language", chosen);
  location.reload();
}

/** The text of that name, with `{…}` filled in. With a `count`, the form for one when it is 1. */
export function t(name, values = {}) {
  const dictionary = DICTIONARIES[language];
  const text = (values.count === 1 && dictionary[`${name}.one`]) || dictionary[name];
  if (text === undefined) throw new Error(`no words for ${name}`);
  return text.replace(/\{(\w+)\}/g, (_, key) => values[key]);
}
