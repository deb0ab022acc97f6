/** Each day's own numbers, and the milestone's until then; the latest day first. */

import { formatAmount, formatNumber, percent } from "../base/amounts.js";
import { h } from "../base/dom.js";
import { formatDay } from "../base/times.js";
import { t } from "../base/words.js";

/** A table of the days of a history. */
export function daysTable({ days, unit }) {
  if (!days.length) return h("p", { class: "hint" }, t("days.none"));
  const paced = days.some((day) => day.pace !== null);
  const heads = [
    t("day"),
    t("tickets"),
    unit === "tickets" ? null : t("days.value"),
    t("days.until"),
    paced ? t("chart.pace") : null,
    t("progress"),
  ];
  const row = (day) =>
    h(
      "tr",
      {},
      h("th", { scope: "row" }, formatDay(day.date)),
      number(formatNumber(day.count)),
      unit === "tickets" ? null : number(formatAmount(day.value, unit)),
      number(formatAmount(day.actual, unit)),
      paced ? number(formatNumber(Math.round(day.pace * 10) / 10)) : null,
      number(day.progress === null ? "–" : percent(day.progress)),
    );
  return h(
    "div",
    { class: "scroll", tabindex: "0", role: "region", "aria-label": t("details.days") },
    h(
      "table",
      { class: "plain" },
      h(
        "thead",
        {},
        h(
          "tr",
          {},
          heads.filter(Boolean).map((head, at) => h("th", { scope: "col", class: at ? "number" : null }, head)),
        ),
      ),
      h("tbody", {}, days.toReversed().map(row)),
    ),
  );
}

function number(text) {
  return h("td", { class: "number" }, text);
}
