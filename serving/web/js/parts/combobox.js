/** Search as you type in a list of the server; several can be chosen. ARIA's combobox pattern: arrows, Enter, Escape. */

import { fill, h, newId, settled } from "../base/dom.js";
import { t } from "../base/words.js";

const PAUSE = 120;

/**
 * `search(text)` gives `{items, total}`; `describe(item)` gives `{label, hint, look}`; `pick(item)` takes one.
 * `isChosen(item)` marks those that are in already.
 */
export function combobox({ label, placeholder, search, describe, pick, isChosen = () => false, hideLabel = false }) {
  const id = newId("combobox");
  const list = h("ul", { id: `${id}-list`, role: "listbox", "aria-label": label, hidden: true });
  const input = h("input", {
    id,
    type: "text",
    role: "combobox",
    placeholder,
    autocomplete: "off",
    spellcheck: "false",
    "aria-expanded": "false",
    "aria-controls": list.id,
    "aria-autocomplete": "list",
  });
  const found = h("span", { class: "visually-hidden", role: "status" });
  let options = [];
  let active = -1;
  let asked = 0;

  const show = (open) => {
    list.hidden = !open;
    input.setAttribute("aria-expanded", String(open));
    if (!open) activate(-1);
  };
  const activate = (index) => {
    options[active]?.element.setAttribute("aria-selected", "false");
    active = index;
    const option = options[active]?.element;
    option?.setAttribute("aria-selected", "true");
    option?.scrollIntoView({ block: "nearest" });
    if (option) input.setAttribute("aria-activedescendant", option.id);
    else input.removeAttribute("aria-activedescendant");
  };
  const take = (item) => {
    if (isChosen(item)) return;
    pick(item);
    input.value = "";
    show(false);
  };
  const offer = (items, total) => {
    options = items.map((item, index) => ({ item, element: entry(item, index) }));
    const more =
      total > items.length
        ? h("li", { class: "more", role: "presentation" }, t("more-found", { count: total - items.length }))
        : null;
    const none = items.length ? null : h("li", { class: "more", role: "presentation" }, t("nothing-found"));
    fill(
      list,
      options.map((option) => option.element),
      more,
      none,
    );
    found.textContent = t("found", { count: total });
    show(true);
    activate(items.length ? 0 : -1);
  };
  const entry = (item, index) => {
    const { label: name, hint, look } = describe(item);
    return h(
      "li",
      {
        id: `${id}-${index}`,
        role: "option",
        "aria-selected": "false",
        "aria-disabled": isChosen(item) ? "true" : null,
        onpointerdown: (event) => event.preventDefault(),
        onclick: () => take(item),
      },
      look,
      h("span", {}, name),
      h("span", { class: "hint" }, isChosen(item) ? t("chosen") : hint),
    );
  };
  const ask = async () => {
    const question = (asked += 1);
    const { items, total } = await search(input.value.trim());
    if (question === asked && document.activeElement === input) offer(items, total);
  };
  const keys = {
    ArrowDown: () => (list.hidden ? ask() : activate(Math.min(active + 1, options.length - 1))),
    ArrowUp: () => activate(Math.max(active - 1, 0)),
    Enter: () => !list.hidden && options[active] && take(options[active].item),
    Escape: () => show(false),
  };
  input.addEventListener("input", settled(ask, PAUSE));
  input.addEventListener("click", () => list.hidden && ask());
  input.addEventListener("blur", () => show(false));
  input.addEventListener("keydown", (event) => {
    if (!(event.key in keys) || (event.key === "Escape" && list.hidden)) return;
    event.preventDefault();
    keys[event.key]();
  });
  return h(
    "div",
    { class: "combobox" },
    h("label", { for: id, class: hideLabel ? "visually-hidden" : null }, label),
    input,
    list,
    found,
  );
}
