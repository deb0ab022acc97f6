/** What people were told: a list, and a message when it happens. */

import { read } from "../base/api.js";
import { fill, gathered, h } from "../base/dom.js";
import { subscribe } from "../base/live.js";
import { to } from "../base/router.js";
import { formatInstant, formatMilestone } from "../base/times.js";
import { t } from "../base/words.js";
import { actualOfTarget, badge } from "../parts/status.js";
import { toast } from "../parts/toasts.js";

const PAGE = 100;
const GATHER = 1000;
const AT_ONCE = 2;

/** The view of all notifications, newest first. */
export async function showNotifications(room) {
  const list = h("div", {});
  const more = h("button", { type: "button", hidden: true, onclick: () => load() }, t("more"));
  let items = [];
  let cursor = null;
  const load = async (afresh = false) => {
    const page = await read("/api/notifications", { limit: PAGE, cursor: afresh ? null : cursor });
    items = afresh ? page.items : [...items, ...page.items];
    cursor = page.next;
    more.hidden = !cursor;
    fill(list, toldList(items, true));
  };
  fill(
    room,
    h("div", { class: "heading" }, h("h1", {}, t("notifications"))),
    h("section", { class: "card" }, list, more),
  );
  const reload = gathered(() => load(true), GATHER);
  const ends = [subscribe("notification", reload), subscribe("reset", reload)];
  await load(true);
  return () => ends.forEach((end) => end());
}

/** A list of notifications; `whole` says of which goal and contributor each is. */
export function toldList(notifications, whole = false) {
  if (!notifications.length) return h("p", { class: "hint" }, t("told.none"));
  const entry = (each) =>
    h(
      "li",
      {},
      h(
        "div",
        { class: "line" },
        badge({ status: each.kind }),
        whole ? sentence(each) : h("span", {}, actualOfTarget(each)),
        h("span", { class: "grow" }),
        h("span", { class: "hint" }, formatInstant(each.computed_at)),
      ),
      h(
        "div",
        { class: "hint" },
        each.recipients.length
          ? t("told.to", { names: each.recipients.map((one) => one.name ?? one.user_id).join(", ") })
          : t("told.nobody"),
      ),
    );
  return h("ul", { class: "told" }, notifications.map(entry));
}

const waiting = [];
const flush = gathered(() => {
  const news = waiting.splice(0);
  news.slice(0, AT_ONCE).forEach((each) => toast([badge({ status: each.kind }), " ", sentence(each)], each.kind));
  if (news.length > AT_ONCE)
    toast(h("a", { href: to("notifications") }, t("told.more", { count: news.length - AT_ONCE })));
}, GATHER);

/** A live notification as a message; of many at once only the first few, and how many more. */
export function toastNotification({ notification }) {
  waiting.push(notification);
  flush();
}

function sentence(each) {
  const key = each.key ?? `${each.goal_id}|${each.contributor.kind}:${each.contributor.id}|${each.milestone.start}`;
  const name = each.contributor.name ?? each.contributor.id;
  return h(
    "span",
    {},
    h("a", { href: to("status", key) }, t("share", { name, goal: each.goal_name })),
    ` – ${formatMilestone(each.milestone)}, ${actualOfTarget(each)}`,
  );
}
