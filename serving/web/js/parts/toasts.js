/** Short messages in a corner, read out by screen readers; they stay long enough to be read, and can be closed. */

import { h } from "../base/dom.js";
import { t } from "../base/words.js";
import { icon } from "./icons.js";

const STAYS = 12_000;
const MOST = 4;

const corner = h("div", { class: "toasts", role: "status", "aria-live": "polite" });

/** Where the messages appear; once in the page. */
export function toastCorner() {
  return corner;
}

/** Show a message; `look` is a status or `problem`. */
export function toast(content, look = "") {
  const shut = h(
    "button",
    { type: "button", class: "quiet square", "aria-label": t("close"), onclick: () => message.remove() },
    icon("close"),
  );
  const message = h("div", { class: `toast ${look}` }, h("div", {}, content), shut);
  corner.append(message);
  while (corner.children.length > MOST) corner.firstChild.remove();
  setTimeout(() => message.remove(), STAYS);
}

/** Show what went wrong. */
export function complain(error) {
  toast(error.message, "problem");
}
