/** The panel in which a goal is edited: its name and targets, and who is told. Frozen milestones are locked. */

import { readAll, readGoal, write } from "../base/api.js";
import { h } from "../base/dom.js";
import { t } from "../base/words.js";
import { openDialog } from "../parts/dialog.js";
import { directoryPicker, learnNames, nameOf } from "../parts/directory.js";
import { buildTabs } from "../parts/tabs.js";
import { complain, toast } from "../parts/toasts.js";
import { buildGrid } from "./grid.js";
import { buildNotify } from "./notify.js";
import { contributorsOf, forecastRefusal, newRow, rowsOf } from "./rows.js";

let coming = null;

/** Open it for a goal: once, and only where it was asked for. */
export async function openEditPanel(goalId) {
  const here = location.hash;
  if (coming === here) return;
  coming = here;
  try {
    const answer = await readGoal(goalId);
    const frozen = await readAll("/api/statuses", { goal_id: goalId, frozen: "true" });
    await learn(answer.goal);
    if (location.hash !== here) return;
    const { content, isChanged } = panel(answer, frozen);
    openDialog(t("edit-goal"), content, "panel", isChanged);
  } catch (error) {
    complain(error);
  } finally {
    if (coming === here) coming = null;
  }
}

async function learn({ contributors }) {
  for (const kind of ["user", "team", "pipeline"])
    await learnNames(
      kind,
      contributors.filter((each) => each.kind === kind).map(({ id }) => id),
    );
  await learnNames(
    "user",
    contributors.flatMap(({ notify }) => (notify ?? []).map((each) => each.user_id)),
  );
  await learnNames(
    "pipeline",
    contributors.flatMap((each) => [each, ...(each.milestones ?? [])].flatMap(({ pipelines }) => pipelines ?? [])),
  );
}

function panel({ goal, unit, milestones, etag }, frozen) {
  const rows = rowsOf({ goal, unit, milestones }, frozen, nameOf);
  const name = h("input", { type: "text", value: goal.name, required: true });
  const problem = h("p", { class: "problem", role: "alert" });
  const forecast = h("input", { type: "checkbox", checked: goal.forecast });
  const changed = () => {
    problem.textContent = "";
  };
  const grid = buildGrid({ rows, milestones, unit, changed });
  const add = (item) => {
    rows.push(newRow(item));
    grid.redraw();
  };
  const isChosen = ({ kind, id }) => rows.some((row) => row.kind === kind && row.id === id);
  const picker = directoryPicker(["user", "team", "pipeline"], {
    label: t("people.add"),
    placeholder: t("search"),
    pick: add,
    isChosen,
  });
  const targets = h(
    "div",
    { class: "stack" },
    h("label", { class: "field" }, h("span", {}, t("name")), name),
    grid.element,
    picker,
    h("label", { class: "tick" }, forecast, t("forecast")),
    milestones.some(({ closed }) => closed) ? h("p", { class: "hint" }, t("edit.locked")) : null,
  );
  const tabs = buildTabs(t("edit-goal"), [
    { name: t("targets"), content: () => targets },
    { name: t("notifications"), content: () => buildNotify({ rows, changed }) },
  ]);
  const written = () =>
    JSON.stringify([name.value, forecast.checked, rows], (key, value) => (key === "ticked" ? undefined : value));
  const before = written();
  const save = async (event, close) => {
    event.preventDefault();
    tabs.show(0);
    if (!grid.check()) return;
    problem.textContent = (forecast.checked && forecastRefusal(goal.duration, rows, milestones)) || "";
    if (problem.textContent) return;
    const edited = {
      ...goal,
      name: name.value.trim(),
      forecast: forecast.checked,
      contributors: contributorsOf(rows, milestones, unit),
    };
    delete edited.version;
    try {
      await write("PUT", `/api/goals/${encodeURIComponent(goal.goal_id)}`, edited, { "If-Match": etag });
      close();
      toast(t("edit.saved", { name: edited.name }));
    } catch (error) {
      problem.textContent = error.status === 412 ? t("edit.lost-race") : error.message;
      if (!problem.isConnected) toast(problem.textContent, "problem");
    }
  };
  const content = (close, leave) => {
    const buttons = h(
      "div",
      { class: "buttons" },
      h("button", { type: "button", onclick: leave }, t("cancel")),
      h("button", { class: "primary" }, t("save")),
    );
    const submit = (event) => save(event, close);
    return h("form", { class: "content", novalidate: true, onsubmit: submit }, tabs.element, problem, buttons);
  };
  return { content, isChanged: () => written() !== before };
}
