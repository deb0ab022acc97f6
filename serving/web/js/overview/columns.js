/** The columns of the overview: a row where there is room, a card on a phone. */

import { formatAmount } from "../base/amounts.js";
import { h, rem } from "../base/dom.js";
import { to } from "../base/router.js";
import { formatMilestone } from "../base/times.js";
import { t } from "../base/words.js";
import { icon } from "../parts/icons.js";
import { actualOfTarget, badge, contributorName, progressBar } from "../parts/status.js";

/** A row with a column for each thing. `ticks`: `isOn(status)` and `mark(status, on)`, or null for who may not. */
export function rowColumns(ticks) {
  const tick = {
    title: t("tick"),
    width: rem(2.75),
    formatter: (cell) => tickBox(cell.getData(), ticks),
    cssClass: "tick-cell",
  };
  const column = (title, field, formatter, more = {}) => ({
    title,
    field,
    formatter: (cell) => formatter(cell.getData()),
    cssClass: "sortable",
    ...more,
  });
  return {
    columns: [
      ...(ticks ? [tick] : []),
      column(t("goal"), "goal_name", (status) => h("span", { class: "clip" }, status.goal_name), {
        widthGrow: 3,
        minWidth: rem(9.5),
      }),
      column(t("contributor"), "contributor", link, { widthGrow: 2, minWidth: rem(8.75) }),
      column(t("milestone"), "milestone", (status) => formatMilestone(status.milestone), {
        widthGrow: 2,
        minWidth: rem(7.5),
      }),
      column(t("progress"), "progress", progressBar, { widthGrow: 2, minWidth: rem(8.125) }),
      column(t("actual"), "actual", (status) => formatAmount(status.actual, status.unit), {
        widthGrow: 1,
        minWidth: rem(5.25),
        hozAlign: "right",
        headerHozAlign: "right",
      }),
      column(t("target"), "target", (status) => formatAmount(status.target, status.unit), {
        widthGrow: 1,
        minWidth: rem(8.5),
        hozAlign: "right",
        headerHozAlign: "right",
      }),
      column(t("status"), "status", statusCell, { width: rem(10.75) }),
    ],
  };
}

/** One column that holds all of it. */
export function cardColumns(ticks) {
  const card = (status) =>
    h(
      "div",
      { class: "status-card" },
      h(
        "div",
        { class: "line" },
        ticks ? tickBox(status, ticks) : null,
        link(status),
        h("span", { class: "grow" }),
        statusCell(status),
      ),
      h(
        "div",
        { class: "line hint" },
        h("span", { class: "clip" }, status.goal_name),
        h("span", { class: "grow" }),
        h("span", {}, formatMilestone(status.milestone)),
      ),
      h("div", { class: "line" }, progressBar(status), h("span", { class: "hint" }, actualOfTarget(status))),
    );
  return { headerVisible: false, columns: [{ title: t("overview"), formatter: (cell) => card(cell.getData()) }] };
}

function link(status) {
  return h("a", { href: to("status", status.key) }, contributorName(status.contributor));
}

function statusCell(status) {
  const lock = status.frozen
    ? h(
        "span",
        { class: "lock", title: t("frozen") },
        icon("locked"),
        h("span", { class: "visually-hidden" }, t("frozen")),
      )
    : null;
  return h("span", { class: "status-cell" }, badge(status), lock);
}

function tickBox(status, ticks) {
  const label = t("tick-contributor", {
    name: status.contributor.name ?? status.contributor.id,
    goal: status.goal_name,
  });
  return h("input", {
    type: "checkbox",
    checked: ticks.isOn(status),
    "aria-label": label,
    onchange: (event) => ticks.mark(status, event.target.checked),
  });
}
