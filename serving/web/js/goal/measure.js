/** What a goal measures, for goals from scratch; and the unit of any goal. */

import { parseAmount } from "../base/amounts.js";
import { t } from "../base/words.js";

export const STATISTICS = {
  response: ["average", "sum", "count", "share_within", "percentile"],
  resolution: ["average", "sum", "count", "share_within", "percentile"],
  closed: ["count", "sum"],
};
export const CONDITIONS = ["in", "not_in", "at_least", "at_most"];
const MINIMUM = ["average", "share_within", "percentile"];

/** A measure as the form holds it: numbers and durations as they are typed. */
export function newMeasure() {
  return {
    fact: "response",
    statistic: "share_within",
    better: "",
    threshold: "1 h",
    percentile: "90",
    minimumCount: "",
    filter: [],
  };
}

/** Whether `minimum_count` has a meaning. */
export function hasMinimum(measure) {
  return MINIMUM.includes(measure.statistic);
}

/** `ms`, `tickets` or `share`. */
export function unitOf({ template, measure }) {
  if (template !== "custom") return template === "tickets-closed" ? "tickets" : "ms";
  if (measure.statistic === "share_within") return "share";
  return measure.statistic === "count" || measure.fact === "closed" ? "tickets" : "ms";
}

/** `{measure}` as the API wants it, or `{field, error}`: what is wrong with what was typed. */
export function readMeasure(form) {
  const measure = { fact: form.fact, statistic: form.statistic };
  if (form.better) measure.better = form.better;
  if (form.statistic === "share_within") {
    const { value, error } = parseAmount(form.threshold, "ms");
    if (error) return { field: "threshold", error };
    measure.threshold = value;
  }
  if (form.statistic === "percentile") {
    measure.percentile = Number(form.percentile);
    if (!Number.isInteger(measure.percentile) || measure.percentile < 1 || measure.percentile > 99)
      return { field: "percentile", error: t("measure.percentile.range") };
  }
  if (hasMinimum(form) && form.minimumCount) {
    measure.minimum_count = Number(form.minimumCount);
    if (!Number.isInteger(measure.minimum_count) || measure.minimum_count < 1)
      return { field: "minimumCount", error: t("measure.minimum.range") };
  }
  const filter = form.filter.map(readCondition);
  const wrong = filter.findIndex((condition) => condition.error);
  if (wrong >= 0) return { field: `filter-${wrong}`, error: filter[wrong].error };
  return { measure: filter.length ? { ...measure, filter } : measure };
}

function readCondition({ attribute, condition, value }) {
  if (!attribute.trim()) return { error: t("measure.filter.attribute") };
  if (condition === "in" || condition === "not_in") {
    const values = value
      .split(",")
      .map((each) => each.trim())
      .filter(Boolean);
    return values.length
      ? { attribute: attribute.trim(), [condition]: values.flatMap(spellings) }
      : { error: t("measure.filter.values") };
  }
  const number = Number(value.replace(",", "."));
  return value.trim() && Number.isFinite(number)
    ? { attribute: attribute.trim(), [condition]: number }
    : { error: t("measure.filter.number") };
}

/** What is typed as `3` or `true` may be text or not at the ticketing system: both are meant. */
function spellings(typed) {
  if (/^-?\d+(\.\d+)?$/.test(typed)) return [typed, Number(typed)];
  return typed === "true" || typed === "false" ? [typed, typed === "true"] : [typed];
}
