/**
 * A goal's contributors as rows of a grid, and back.
 *
 * A row: `kind`, `id`, `name`, `ticked`, `notify`, `cells` by milestone start: `text` (the target as typed) and `pipelines`.
 */

import { formatAmount, parseAmount, writeAmount } from "../base/amounts.js";
import { t } from "../base/words.js";

/** A new row: nothing typed, all pipelines. */
export function newRow({ kind, id, name }) {
  return { kind, id, name: name ?? id, ticked: true, notify: [], cells: {} };
}

/** The cell of a milestone, made when it isn't there. */
export function cellOf(row, start) {
  row.cells[start] ??= { text: "", pipelines: [] };
  return row.cells[start];
}

/** The rows of a goal. `frozen`: its frozen statuses, which say what closed milestones were held against. */
export function rowsOf({ goal, unit, milestones }, frozen, nameOf) {
  return goal.contributors.map((contributor) => {
    const row = {
      ...newRow({ ...contributor, name: nameOf(contributor.kind, contributor.id) }),
      ticked: false,
      notify: contributor.notify ?? [],
      given: contributor,
    };
    for (const { start, closed } of milestones) {
      const override = (contributor.milestones ?? []).find((each) => each.start === start) ?? {};
      const target = override.target ?? contributor.target;
      row.cells[start] = {
        text: target === undefined ? "" : writeAmount(target, unit),
        pipelines: override.pipelines ?? contributor.pipelines ?? [],
      };
      if (closed) row.cells[start].text = heldAgainst(row, start, frozen, unit);
    }
    return row;
  });
}

function heldAgainst({ kind, id }, start, frozen, unit) {
  const status = frozen.find(
    (each) => each.contributor.kind === kind && each.contributor.id === id && each.milestone.start === start,
  );
  return status ? formatAmount(status.target, unit) : "–";
}

/** The contributors of a goal: one target and choice of pipelines for most milestones, overrides for the others. */
export function contributorsOf(rows, milestones, unit) {
  const open = milestones.filter((milestone) => !milestone.closed);
  const closed = new Set(milestones.filter((milestone) => milestone.closed).map(({ start }) => start));
  return rows.map((row) => {
    const cells = open.map(({ start }) => ({
      start,
      target: parseAmount(cellOf(row, start).text, unit).value,
      pipelines: cellOf(row, start).pipelines,
    }));
    const given = row.given ?? {};
    const target = cells.length ? commonest(cells.map((cell) => cell.target)) : given.target;
    const pipelines = cells.length ? commonest(cells.map((cell) => cell.pipelines)) : (given.pipelines ?? []);
    const kept = (given.milestones ?? []).filter(({ start }) => closed.has(start));
    const overrides = [...kept, ...cells.map((cell) => override(cell, target, pipelines)).filter(Boolean)];
    const contributor = { kind: row.kind, id: row.id };
    if (target !== undefined) contributor.target = target;
    if (pipelines.length) contributor.pipelines = pipelines;
    if (overrides.length) contributor.milestones = overrides;
    const notify = row.notify.filter(({ on }) => on.length).map(({ user_id: userId, on }) => ({ user_id: userId, on }));
    return notify.length ? { ...contributor, notify } : contributor;
  });
}

function override({ start, target, pipelines }, usualTarget, usualPipelines) {
  const differs = { start };
  if (target !== usualTarget) differs.target = target;
  if (!same(pipelines, usualPipelines)) differs.pipelines = pipelines;
  return Object.keys(differs).length > 1 ? differs : null;
}

/** Why the forecast can't be on, or null. `milestones` may be empty: then the cells aren't looked at. */
export function forecastRefusal(duration, rows, milestones) {
  if (duration === "yearly") return t("forecast.yearly");
  for (const row of rows.filter(({ kind }) => kind !== "pipeline")) {
    for (const { start, closed } of milestones) {
      if (!closed && cellOf(row, start).pipelines.length !== 1) return t("forecast.pipelines", { name: row.name });
    }
  }
  return null;
}

function commonest(values) {
  const counts = new Map();
  for (const value of values) counts.set(JSON.stringify(value), (counts.get(JSON.stringify(value)) ?? 0) + 1);
  const [best] = [...counts].reduce((one, other) => (other[1] > one[1] ? other : one));
  return values.find((value) => JSON.stringify(value) === best);
}

function same(some, others) {
  return some.length === others.length && some.every((each) => others.includes(each));
}
