/** How a status looks: colour, word and icon together; and how far it is. */

import { formatAmount, percent } from "../base/amounts.js";
import { h } from "../base/dom.js";
import { t } from "../base/words.js";
import { icon } from "./icons.js";

/** All statuses, the good ones first. */
export const STATUSES = ["exceeded", "achieved", "missed", "in_progress", "pending", "stopped"];

/** The status as a coloured label; a lock beside it when it is frozen. */
export function badge(status) {
  return h("span", { class: `badge ${status.status}` }, icon(status.status), t(`status.${status.status}`));
}

/** A bar that is full at the target, and the number that says how far beyond. */
export function progressBar({ progress, status, no_data: noData }) {
  const bar = h("span", { class: `bar ${status}`, "aria-hidden": "true" }, h("span", {}));
  bar.firstChild.style.inlineSize = `${Math.min(1, progress ?? 0) * 100}%`;
  const words = progress === null ? t(noData ? "no-data" : "no-progress") : percent(Math.min(progress, 9.99));
  return h("span", { class: "progress" }, bar, h("span", { class: "number" }, words));
}

/** `9 of 24`, or `1 h 50 m, target 2 h`. */
export function actualOfTarget({ actual, target, unit }) {
  return t(unit === "tickets" ? "actual-of-tickets" : "actual-of", {
    actual: formatAmount(actual, unit),
    target: formatAmount(target, unit),
  });
}

/** A contributor's name with an icon for the kind; the id when nobody knows a name. */
export function contributorName({ kind, id, name }) {
  return h(
    "span",
    { class: "who" },
    icon(kind),
    h("span", { class: "visually-hidden" }, t(`kind.${kind}`)),
    " ",
    name ?? id,
  );
}
