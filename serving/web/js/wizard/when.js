/** When the goal runs: its duration and dates, how that is cut into milestones, and whether it looks ahead. */

import { read } from "../base/api.js";
import { h, settled } from "../base/dom.js";
import { formatMilestone, formatSpan } from "../base/times.js";
import { t } from "../base/words.js";
import { forecastRefusal } from "../goal/rows.js";
import { DURATIONS } from "../overview/filters.js";

const PAUSE = 200;
const MOST = 500;

export function when(draft, { changed }) {
  const preview = h("p", { class: "preview", role: "status" });
  const problem = h("p", { class: "problem", role: "alert" });
  const start = h("input", {
    type: "date",
    value: draft.start,
    required: true,
    onchange: () => write("start", start.value),
  });
  const end = h("input", { type: "date", value: draft.end, onchange: () => write("end", end.value) });
  const align = h("input", { type: "checkbox", onchange: () => write("align", align.checked) });
  const alignWords = h("span", { class: "hint" });
  const forecast = h("input", {
    type: "checkbox",
    role: "switch",
    onchange: () => write("forecast", forecast.checked),
  });
  const forecastWords = h("span", { class: "hint", role: "status" });
  const endWords = h("span", { class: "hint" });

  const write = (name, value) => {
    draft[name] = value;
    draw();
    changed();
    look();
  };
  const draw = () => {
    const custom = draft.duration === "custom";
    align.disabled = custom;
    align.checked = draft.align && !custom;
    alignWords.textContent = t(custom ? "align.not-custom" : "align.hint");
    endWords.textContent = t(custom ? "end.needed" : "end.hint");
    const refusal = forecastRefusal(draft.duration, draft.rows, []);
    if (refusal && draft.forecast) draft.forecast = false;
    forecast.checked = draft.forecast;
    forecast.disabled = Boolean(refusal);
    forecastWords.textContent =
      refusal ??
      t(draft.forecast && draft.rows.some(({ kind }) => kind !== "pipeline") ? "forecast.then" : "forecast.hint");
    forecastWords.className = refusal ? "problem" : "hint";
  };
  const cut = async () => {
    if (!draft.start) throw new Error(t("start.missing"));
    if (draft.duration === "custom" && !draft.end) throw new Error(t("end.needed"));
    const span = await read("/api/milestones", {
      duration: draft.duration,
      start_date: draft.start,
      end_date: draft.end,
      align_to_fiscal_year: String(draft.align && draft.duration !== "custom"),
    });
    if (span.items.length > MOST) throw new Error(t("milestones.too-many", { most: MOST }));
    return span;
  };
  let asked = 0;
  const show = async () => {
    const mine = (asked += 1);
    const [seen, wrong] = await cut().then(
      (span) => [words(span), ""],
      (error) => ["", error.message],
    );
    // Overtaken by another question: other dates stand in the fields by now.
    if (mine !== asked) return;
    preview.textContent = seen;
    problem.textContent = wrong;
  };
  const look = settled(show, PAUSE);
  const radio = (duration) =>
    h(
      "label",
      { class: "tick" },
      h("input", {
        type: "radio",
        name: "duration",
        checked: duration === draft.duration,
        onchange: () => write("duration", duration),
      }),
      t(`duration.${duration}`),
    );
  draw();
  show();
  const check = async () => {
    draft.milestones = (await cut()).items;
    changed();
    return true;
  };
  const element = h(
    "div",
    { class: "stack" },
    h("fieldset", { class: "line" }, h("legend", {}, t("duration")), DURATIONS.map(radio)),
    h(
      "div",
      { class: "pairs" },
      h("label", { class: "field" }, h("span", {}, t("start")), start),
      h("label", { class: "field" }, h("span", {}, t("end")), end, endWords),
    ),
    h("div", { class: "option" }, h("label", { class: "tick" }, align, t("align")), alignWords),
    h("div", { class: "option" }, h("label", { class: "tick" }, forecast, t("forecast")), forecastWords),
    preview,
    problem,
  );
  return { element, check };
}

function words({ start, end, items }) {
  const names = items.length > 4 ? [items[0], items[1], null, items.at(-1)] : items;
  return `${t("milestones", { count: items.length })}, ${formatSpan({ start, end })}: ${names.map((each) => (each ? formatMilestone(each) : "…")).join(", ")}`;
}
