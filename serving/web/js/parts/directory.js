/** People, teams and pipelines: searched at the server, names of chosen ids kept. */

import { read } from "../base/api.js";
import { h } from "../base/dom.js";
import { t } from "../base/words.js";
import { combobox } from "./combobox.js";
import { icon } from "./icons.js";

const SHOWN = 20;
const names = new Map();

/** A combobox over the directory, for users, teams or pipelines. `pick` gets an item of the directory. */
export function directoryPicker(kinds, options) {
  return combobox({
    search: async (text) => {
      const page = await read("/api/directory", { kind: kinds, q: text, active: "true", limit: SHOWN });
      page.items.forEach(learn);
      return page;
    },
    describe: (item) => ({
      label: item.name ?? item.id,
      hint: item.team?.name ?? t(`kind.${item.kind}`),
      look: icon(item.kind),
    }),
    ...options,
  });
}

/** All pipelines there are, for short lists to tick. */
export async function allPipelines() {
  const page = await read("/api/directory", { kind: "pipeline", limit: 500 });
  page.items.forEach(learn);
  return page.items;
}

/** Ask for the names of those that aren't known yet. */
export async function learnNames(kind, ids) {
  const unknown = [...new Set(ids)].filter((id) => !names.has(`${kind}:${id}`));
  for (let at = 0; at < unknown.length; at += 100) {
    const page = await read("/api/directory", { kind, id: unknown.slice(at, at + 100), limit: 500 });
    page.items.forEach(learn);
  }
}

/** The name, or the id while nobody knows a name. */
export function nameOf(kind, id) {
  return names.get(`${kind}:${id}`) ?? id;
}

/** Something chosen, with a button that takes it out again. */
export function chip(kind, name, remove) {
  const button = h(
    "button",
    { type: "button", class: "quiet square", "aria-label": t("remove", { name }), onclick: remove },
    icon("close"),
  );
  return h("li", { class: "chip" }, icon(kind), h("span", {}, name), button);
}

function learn({ kind, id, name }) {
  names.set(`${kind}:${id}`, name ?? id);
}
