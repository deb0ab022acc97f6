/** All of it once more, judged by the server without writing it; then it is created. */

import { write } from "../base/api.js";
import { formatAmount, parseAmount } from "../base/amounts.js";
import { h } from "../base/dom.js";
import { formatSpan } from "../base/times.js";
import { t } from "../base/words.js";
import { pipelineWords } from "../goal/pipelines.js";
import { cellOf } from "../goal/rows.js";
import { nameOf } from "../parts/directory.js";
import { icon } from "../parts/icons.js";
import { draftUnit, goalOf } from "./draft.js";

export async function summary(draft, { changed, go }) {
  const goal = goalOf(draft);
  changed();
  const refusal = await write("POST", "/api/goals/check", goal).then(
    () => null,
    (error) => error.message,
  );
  const span = { start: draft.milestones[0].start, end: draft.milestones.at(-1).end };
  const line = (name, value, step) =>
    h(
      "div",
      {},
      h("dt", {}, t(name)),
      h("dd", {}, value),
      h(
        "dd",
        {},
        h(
          "button",
          { type: "button", class: "quiet small", onclick: () => go(step) },
          t("change"),
          h("span", { class: "visually-hidden" }, ` ${t(name)}`),
        ),
      ),
    );
  const element = h(
    "div",
    { class: "stack" },
    refusal ? h("p", { class: "problem", role: "alert" }, refusal) : null,
    h(
      "dl",
      { class: "summary" },
      line("name", draft.name, 0),
      line("template", t(`template.${draft.template}`), 0),
      line(
        "duration",
        `${t(`duration.${draft.duration}`)}, ${formatSpan(span)} (${t("milestones", { count: draft.milestones.length })})${goal.align_to_fiscal_year ? `, ${t("align")}` : ""}`,
        2,
      ),
      line("forecast", t(draft.forecast ? "yes" : "no"), 2),
    ),
    h("div", { class: "scroll", tabindex: "0", role: "region", "aria-label": t("contributors") }, contributors(draft)),
  );
  const check = async () => {
    await write("POST", "/api/goals", goal);
    return true;
  };
  return { element, check };
}

function contributors(draft) {
  const heads = ["contributor", "targets", "kind.pipeline", "notifications"].map((name) =>
    h("th", { scope: "col" }, t(name)),
  );
  return h(
    "table",
    { class: "plain" },
    h("thead", {}, h("tr", {}, heads)),
    h(
      "tbody",
      {},
      draft.rows.map((row) => line(row, draft)),
    ),
  );
}

function line(row, draft) {
  const unit = draftUnit(draft);
  const cells = draft.milestones.map(({ start }) => cellOf(row, start));
  const targets = [...new Set(cells.map(({ text }) => formatAmount(parseAmount(text, unit).value, unit)))];
  const pipelines =
    row.kind === "pipeline" ? [row.name] : [...new Set(cells.map((cell) => pipelineWords(cell.pipelines)))];
  const told = row.notify
    .filter(({ on }) => on.length)
    .map(
      ({ user_id: id, on }) =>
        `${nameOf("user", id)} (${on.map((kind) => t(`status.${kind}`).toLowerCase()).join(", ")})`,
    );
  return h(
    "tr",
    {},
    h("th", { scope: "row" }, icon(row.kind), " ", row.name),
    h("td", {}, targets.join(" · ")),
    h("td", {}, pipelines.join(" · ")),
    h("td", {}, told.join("; ") || "–"),
  );
}
