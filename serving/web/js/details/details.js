/** One contributor's milestone: its course, its days, the milestones around it, the tickets behind the number, who was told. */

import { mayWrite, read, Refusal } from "../base/api.js";
import { fill, gathered, h } from "../base/dom.js";
import { subscribe } from "../base/live.js";
import { go, overview } from "../base/router.js";
import { formatInstant, formatMilestone, formatSpan } from "../base/times.js";
import { formatAmount, percent } from "../base/amounts.js";
import { t } from "../base/words.js";
import { deleteContributors } from "../goal/delete.js";
import { openEditPanel } from "../goal/edit.js";
import { nameOf, learnNames } from "../parts/directory.js";
import { icon } from "../parts/icons.js";
import { badge, contributorName, progressBar } from "../parts/status.js";
import { buildChart } from "./chart.js";
import { daysTable } from "./days.js";
import { milestonesTable } from "./milestones.js";
import { toldList } from "./notifications.js";
import { buildTickets } from "./tickets.js";

const CALM = 1000;
const LONGEST = 30_000;

/** `path[1]` is the key of the status. */
export async function showDetails(room, path) {
  const key = path[1];
  const address = `/api/statuses/${encodeURIComponent(key)}`;
  const status = await read(address);
  await learnNames("pipeline", status.pipelines);
  const slots = {
    head: h("div", {}),
    chart: h("div", {}),
    days: h("div", {}),
    milestones: h("div", {}),
    told: h("div", {}),
  };
  const tickets = buildTickets(address, status.unit);
  let chart = null;

  const drawHistory = (history) => {
    chart?.end();
    chart = history && buildChart(slots.chart, history);
    fill(slots.days, history ? daysTable(history) : h("p", { class: "hint" }, t("tickets.off")));
  };
  const drawAround = async (shown) => {
    const { kind, id } = shown.contributor;
    const [history, siblings, told] = await Promise.all([
      optional(read(`${address}/history`)),
      read("/api/statuses", { goal_id: shown.goal_id, [kind]: id, sort: "-start", limit: 100 }),
      read("/api/notifications", { key, limit: 50 }),
    ]);
    if (away()) return;
    drawHistory(history);
    fill(slots.milestones, milestonesTable(siblings.items, key));
    fill(slots.told, toldList(told.items));
  };
  let pause = CALM;
  let again = 0;
  let left = false;
  // Another view may have come while this one was being made: it isn't told before it is done.
  const away = () => left || !room.isConnected;
  const home = () => away() || go("");
  const draw = async () => {
    clearTimeout(again);
    const now = away() ? null : await read(address).catch((error) => away() || gone(error));
    if (away() || !now) return;
    fill(slots.head, heading(now, home));
    const [behind] = await Promise.all([tickets.refresh(), drawAround(now)]);
    const lagging = lags(behind, now);
    pause = lagging ? Math.min(2 * pause, LONGEST) : CALM;
    if (lagging && !away()) again = setTimeout(redraw, pause);
  };
  const redraw = gathered(draw, CALM);
  const ends = [
    subscribe("status", (event) => event.key === key && redraw()),
    subscribe("notification", (event) => event.notification.goal_id === status.goal_id && redraw()),
    subscribe("reset", redraw),
  ];

  const leave = () => {
    left = true;
    clearTimeout(again);
    ends.forEach((end) => end());
    chart?.end();
  };

  fill(room, slots.head, cards(slots, tickets.element));
  // Reads the status anew: what changed before there was anybody to be told of it would else be missed.
  await draw().catch((error) => {
    leave();
    throw error;
  });
  return leave;
}

function cards(slots, tickets) {
  const wide = [
    card(t("details.course"), slots.chart),
    card(t("details.days"), slots.days),
    card(t("details.tickets"), tickets),
  ];
  const narrow = [card(t("details.milestones"), slots.milestones), card(t("details.told"), slots.told)];
  return h("div", { class: "details" }, h("div", {}, wide), h("div", {}, narrow));
}

/** Tickets come to the server on a way of their own, and may be seconds behind the number that they add up to. */
function lags(tickets, status) {
  return tickets && !status.frozen && (tickets.count !== status.count || tickets.sum !== status.sum);
}

/** `deleted` is called when the contributor is no longer in the goal. */
function heading(status, deleted) {
  const actions = mayWrite()
    ? [
        h("button", { type: "button", onclick: () => openEditPanel(status.goal_id) }, icon("edit"), t("edit-goal")),
        h(
          "button",
          { type: "button", class: "quiet danger", onclick: () => deleteContributors([status], deleted) },
          icon("trash"),
          t("delete"),
        ),
      ]
    : null;
  return [
    h("a", { class: "backlink", href: overview() }, icon("back"), t("to-overview")),
    h(
      "div",
      { class: "heading" },
      h("div", {}, h("p", { class: "hint" }, status.goal_name), h("h1", {}, contributorName(status.contributor))),
      h("span", { class: "grow" }),
      actions,
    ),
    h(
      "dl",
      { class: "facts" },
      fact(t("milestone"), formatMilestone(status.milestone), formatSpan(status.milestone)),
      fact(
        t("status"),
        h(
          "span",
          { class: "status-cell" },
          badge(status),
          status.frozen ? h("span", { class: "lock" }, icon("locked"), t("frozen")) : null,
        ),
        t("fresh.computed", { at: formatInstant(status.computed_at) }),
      ),
      fact(t("progress"), progressBar(status), status.frozen ? t("frozen.words") : t("live.words")),
      fact(t("actual"), formatAmount(status.actual, status.unit), t("from-tickets", { count: status.count })),
      fact(
        t("target"),
        formatAmount(status.target, status.unit),
        status.pipelines.length ? status.pipelines.map((id) => nameOf("pipeline", id)).join(", ") : t("all-pipelines"),
      ),
      status.projected === undefined
        ? null
        : fact(t("projected"), formatAmount(status.projected, status.unit), projection(status)),
    ),
  ];
}

function projection({ projected, target }) {
  return projected === null ? "" : t("of-target", { share: percent(projected / target) });
}

function fact(name, value, hint) {
  return h("div", {}, h("dt", {}, name), h("dd", {}, value), h("dd", { class: "hint" }, hint));
}

function card(name, content) {
  return h("section", { class: "card" }, h("h2", {}, name), content);
}

/** Null where the server has this switched off. */
function optional(request) {
  return request.catch((error) => (error instanceof Refusal && error.status === 404 ? null : Promise.reject(error)));
}

function gone(error) {
  if (error.status !== 404) throw error;
  go("");
}
