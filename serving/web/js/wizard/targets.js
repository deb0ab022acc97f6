/** The grid of targets and pipelines; the forecast is refused here when a cell has other than one pipeline. */

import { h } from "../base/dom.js";
import { t } from "../base/words.js";
import { buildGrid } from "../goal/grid.js";
import { forecastRefusal } from "../goal/rows.js";
import { learnNames } from "../parts/directory.js";
import { draftUnit } from "./draft.js";

export async function targets(draft, { changed }) {
  await learnNames(
    "pipeline",
    draft.rows.flatMap((row) => Object.values(row.cells).flatMap(({ pipelines }) => pipelines)),
  );
  const unit = draftUnit(draft);
  const words = h("span", { role: "status" });
  const forecast = h("input", {
    type: "checkbox",
    role: "switch",
    onchange: () => {
      draft.forecast = forecast.checked;
      say();
      changed();
    },
  });
  const refusal = () => draft.forecast && forecastRefusal(draft.duration, draft.rows, draft.milestones);
  const say = () => {
    forecast.checked = draft.forecast;
    forecast.disabled = draft.duration === "yearly";
    words.className = refusal() ? "problem" : "hint";
    words.textContent = refusal() || t(draft.duration === "yearly" ? "forecast.yearly" : "forecast.hint");
  };
  const grid = buildGrid({
    rows: draft.rows,
    milestones: draft.milestones,
    unit,
    changed: () => {
      say();
      changed();
    },
  });
  say();
  const check = () => {
    if (!grid.check()) return false;
    if (refusal()) forecast.focus();
    return !refusal();
  };
  const option = h("div", { class: "option" }, h("label", { class: "tick" }, forecast, t("forecast")), words);
  return {
    element: h("div", { class: "stack" }, h("p", { class: "hint" }, t(`amount.${unit}.hint`)), grid.element, option),
    check,
  };
}
