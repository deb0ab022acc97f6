/** People, teams and pipelines: searched at the server, names of chosen ids kept. */

import { read } from "../base/api.js";
import { h } from "../base/dom.js";
import { subscribe } from "../base/live.js";
import { t } from "../base/words.js";
import { combobox } from "./combobox.js";
import { icon } from "./icons.js";

const SHOWN = 20;
const names = new Map();
/** Those whose name may be another by now; the old one is shown until the new one is here. */
const stale = new Set();

subscribe("directory", ({ key }) => stale.add(key));
subscribe("reset", () => names.forEach((_name, key) => stale.add(key)));

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

/** Ask for the names of those that aren't known yet, or have changed. */
export async function learnNames(kind, ids) {
  const keyOf = (id) => `${kind}:${id}`;
  const unknown = [...new Set(ids)].filter((id) => !names.has(keyOf(id)) || stale.has(keyOf(id)));
  for (let at = 0; at < unknown.length; at += 100) {
    const asked = unknown.slice(at, at + 100);
    // Before the question: what changes while it is on its way has to be asked for again.
    asked.forEach((id) => stale.delete(keyOf(id)));
    const page = await read("/api/directory", { kind, id: asked, limit: 500 }).catch((error) => {
      asked.forEach((id) => stale.add(keyOf(id)));
      throw error;
    });
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
