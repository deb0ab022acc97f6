/** A goal that is being made: all that was typed so far, kept in the browser; and the goal that comes of it. */

import { remember, remembered } from "../base/preferences.js";
import { newMeasure, readMeasure, unitOf } from "../goal/measure.js";
import { contributorsOf } from "../goal/rows.js";

const NAME = "draft";
const LONGEST_ID = 80;

/** Nothing chosen yet; it starts with this month. */
export function newDraft({ today }) {
  return {
    step: 0,
    goalId: null,
    template: "average-response-time",
    name: "",
    measure: newMeasure(),
    kinds: "people",
    rows: [],
    duration: "monthly",
    start: `${today.slice(0, 8)}01`,
    end: "",
    align: false,
    forecast: false,
    milestones: [],
  };
}

/** The draft that was left, or null. */
export function keptDraft() {
  return remembered(NAME);
}

export function keepDraft(draft) {
  remember(NAME, draft);
}

export function forgetDraft() {
  remember(NAME, null);
}

/** Whether anything was typed or chosen that would be missed. */
export function isBegun({ name, template, rows }) {
  return name.trim() !== "" || rows.length > 0 || template === "custom";
}

/** `ms`, `tickets` or `share`. */
export function draftUnit(draft) {
  return unitOf(draft);
}

/** The goal, as the API wants it. Its id is made once, so that creating it twice makes one goal. */
export function goalOf(draft) {
  draft.goalId ??= `${slug(draft.name)}-${Math.random().toString(36).slice(2, 7)}`;
  return {
    goal_id: draft.goalId,
    name: draft.name.trim(),
    template: draft.template,
    ...(draft.template === "custom" ? { measure: readMeasure(draft.measure).measure } : {}),
    duration: draft.duration,
    start_date: draft.start,
    ...(draft.end ? { end_date: draft.end } : {}),
    align_to_fiscal_year: draft.align && draft.duration !== "custom",
    forecast: draft.forecast,
    contributors: contributorsOf(draft.rows, draft.milestones, draftUnit(draft)),
  };
}

function slug(name) {
  const plain = name
    .normalize("NFKD")
    .toLowerCase()
    .replace(/[^a-z0-9]+/g, "-")
    .replace(/^-|-$/g, "");
  return plain.slice(0, LONGEST_ID) || "goal";
}
