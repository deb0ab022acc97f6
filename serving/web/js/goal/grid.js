/** The grid of targets: a row for each contributor, a column for each milestone; closed milestones are locked. */

import { formatAmount, parseAmount } from "../base/amounts.js";
import { fill, h, newId } from "../base/dom.js";
import { formatMilestone } from "../base/times.js";
import { t } from "../base/words.js";
import { icon } from "../parts/icons.js";
import { choosePipelines, pipelineWords } from "./pipelines.js";
import { cellOf } from "./rows.js";

const MOVES = { Enter: 1, ArrowDown: 1, ArrowUp: -1 };

/**
 * `rows` and their cells are written to; `changed()` is called after each change.
 * `check()`: whether every target can be read; the first that can't gets the focus.
 */
export function buildGrid({ rows, milestones, unit, changed }) {
  const table = h("table", { class: "grid" });
  const all = h("input", {
    type: "checkbox",
    "aria-label": t("grid.tick-all"),
    onchange: () => {
      rows.forEach((row) => {
        row.ticked = all.checked;
      });
      draw();
      changed();
    },
  });
  const draw = () => {
    all.checked = rows.length > 0 && rows.every((row) => row.ticked);
    const heads = milestones.map((milestone) =>
      h("th", { scope: "col" }, formatMilestone(milestone), milestone.closed ? lock() : null),
    );
    fill(
      table,
      h(
        "thead",
        {},
        h(
          "tr",
          {},
          h("th", { scope: "col", class: "pinned" }, h("label", { class: "tick" }, all, t("contributor"))),
          heads,
        ),
      ),
      h("tbody", {}, rows.map(line)),
    );
  };
  const line = (row) => {
    const tick = h("input", {
      type: "checkbox",
      checked: row.ticked,
      onchange: () => {
        row.ticked = tick.checked;
        all.checked = rows.every((each) => each.ticked);
        changed();
      },
    });
    const name = h(
      "th",
      { scope: "row", class: "pinned" },
      h("label", { class: "tick" }, tick, icon(row.kind), h("span", { class: "clip" }, row.name)),
    );
    return h(
      "tr",
      {},
      name,
      milestones.map((milestone) => gridCell(row, milestone, unit, changed)),
    );
  };
  const apply = (write) => {
    for (const row of rows.filter((each) => each.ticked)) {
      for (const { start } of milestones.filter((milestone) => !milestone.closed)) write(cellOf(row, start), row);
    }
    draw();
    changed();
  };
  table.addEventListener("keydown", (event) => {
    if (!(event.key in MOVES) || !event.target.matches("input[type=text]")) return;
    event.preventDefault();
    const cells = [...table.querySelectorAll(`input[data-column="${event.target.dataset.column}"]`)];
    cells[cells.indexOf(event.target) + MOVES[event.key]]?.focus();
  });
  draw();
  const scroll = h("div", { class: "scroll grid-scroll" }, table);
  return { element: h("div", {}, toolbar(rows, unit, apply), scroll), redraw: draw, check: () => check(table) };
}

function toolbar(rows, unit, apply) {
  const id = newId("target");
  const problem = h("span", { id: `${id}-problem`, class: "problem", role: "alert" });
  const input = h("input", { id, type: "text", placeholder: t(`example.${unit}`), "aria-describedby": problem.id });
  const ticked = () => rows.some((row) => row.ticked);
  const targets = () => {
    const { error } = parseAmount(input.value, unit);
    problem.textContent = error ?? (ticked() ? "" : t("grid.tick-first"));
    if (!problem.textContent)
      apply((cell) => {
        cell.text = input.value.trim();
      });
  };
  const pipelines = () => {
    problem.textContent = ticked() ? "" : t("grid.tick-first");
    if (ticked())
      choosePipelines(t("grid.apply-pipelines"), [], (chosen) =>
        apply((cell, row) => {
          if (row.kind !== "pipeline") cell.pipelines = [...chosen];
        }),
      );
  };
  input.addEventListener("keydown", (event) => {
    if (event.key === "Enter") {
      event.preventDefault();
      targets();
    }
  });
  return h(
    "div",
    { class: "toolbar" },
    h("label", { for: id }, t("grid.ticked")),
    input,
    h("button", { type: "button", onclick: targets }, t("grid.apply-targets")),
    h("button", { type: "button", onclick: pipelines }, t("grid.apply-pipelines")),
    problem,
  );
}

function gridCell(row, milestone, unit, changed) {
  const cell = cellOf(row, milestone.start);
  const of = { name: row.name, milestone: formatMilestone(milestone) };
  if (milestone.closed) return h("td", { class: "closed" }, h("span", {}, cell.text || "–"), lock());
  const words = h("span", { id: newId("cell"), class: "reading" });
  const say = (late) => {
    const { value, error } = parseAmount(cell.text, unit);
    const wrong = Boolean(error) && (late || cell.text !== "");
    input.setAttribute("aria-invalid", String(wrong));
    words.className = wrong ? "problem" : "reading";
    words.textContent = wrong ? error : value === undefined ? "" : formatAmount(value, unit);
  };
  const input = h("input", {
    type: "text",
    value: cell.text,
    placeholder: t(`example.${unit}`),
    autocomplete: "off",
    spellcheck: "false",
    "data-column": milestone.start,
    "aria-label": t("grid.target-of", of),
    "aria-describedby": words.id,
    oninput: () => {
      cell.text = input.value;
      say(false);
      changed();
    },
    onblur: () => cell.text && say(true),
  });
  input.addEventListener("check", () => say(true));
  say(false);
  return h("td", {}, input, words, row.kind === "pipeline" ? null : pipelineButton(cell, of, changed));
}

function pipelineButton(cell, of, changed) {
  const label = h("span", {}, pipelineWords(cell.pipelines));
  const take = (chosen) => {
    cell.pipelines = chosen;
    label.textContent = pipelineWords(chosen);
    changed();
  };
  const choose = () => choosePipelines(t("grid.pipelines-of", of), cell.pipelines, take);
  return h(
    "button",
    { type: "button", class: "quiet small", onclick: choose },
    icon("pipeline"),
    h("span", { class: "visually-hidden" }, t("grid.pipelines-of", of)),
    label,
  );
}

function check(table) {
  const inputs = [...table.querySelectorAll("tbody input[type=text]")];
  inputs.forEach((input) => input.dispatchEvent(new Event("check")));
  const wrong = inputs.find((input) => input.getAttribute("aria-invalid") === "true");
  wrong?.focus();
  return !wrong;
}

function lock() {
  return h(
    "span",
    { class: "lock", title: t("frozen") },
    icon("locked"),
    h("span", { class: "visually-hidden" }, t("frozen")),
  );
}
