/** The tickets behind the number, page by page, and all of them as CSV. */

import { download, read } from "../base/api.js";
import { formatAmount } from "../base/amounts.js";
import { fill, h } from "../base/dom.js";
import { formatDay } from "../base/times.js";
import { t } from "../base/words.js";
import { learnNames, nameOf } from "../parts/directory.js";
import { icon } from "../parts/icons.js";
import { complain } from "../parts/toasts.js";

const PAGE = 50;
const KINDS = ["user", "team", "pipeline"];

/**
 * `refresh()` asks for the first page anew, unless more are open, and tells what was found: all tickets' `count` and `sum`.
 * `unit` is the goal's: values are shown where they are times.
 */
export function buildTickets(address, unit) {
  const rows = h("tbody", {});
  const count = h("span", { class: "hint" });
  const more = h("button", { type: "button", hidden: true, onclick: () => load() }, t("more"));
  const csv = h(
    "button",
    {
      type: "button",
      class: "quiet",
      onclick: () => download(`${address}/tickets`, {}, "tickets.csv").catch(complain),
    },
    icon("download"),
    t("csv"),
  );
  const timed = unit !== "tickets";
  const heads = [t("ticket"), t("day"), timed ? t("time-taken") : null, ...KINDS.map((kind) => t(`kind.${kind}`))];
  const table = h(
    "table",
    { class: "plain" },
    h(
      "thead",
      {},
      h(
        "tr",
        {},
        heads.filter(Boolean).map((head) => h("th", { scope: "col" }, head)),
      ),
    ),
    rows,
  );
  const element = h(
    "div",
    {},
    h("div", { class: "line" }, count, h("span", { class: "grow" }), csv),
    h("div", { class: "scroll", tabindex: "0", role: "region", "aria-label": t("details.tickets") }, table),
    more,
  );
  let cursor = null;

  const load = async (afresh = false) => {
    try {
      const page = await read(`${address}/tickets`, { limit: PAGE, cursor: afresh ? null : cursor });
      await Promise.all(
        KINDS.map((kind) => learnNames(kind, page.items.map((ticket) => ticket[`${kind}_id`]).filter(Boolean))),
      );
      cursor = page.next;
      const drawn = page.items.map((ticket) => row(ticket, timed));
      if (afresh) fill(rows, drawn);
      else rows.append(...drawn);
      count.textContent = t("tickets.count", { count: page.total });
      more.hidden = !cursor;
      table.hidden = csv.hidden = page.total === 0;
      return page;
    } catch (error) {
      table.hidden = csv.hidden = true;
      count.textContent = error.status === 404 ? t("tickets.off") : error.message;
      return null;
    }
  };
  return { element, refresh: async () => (rows.children.length <= PAGE ? load(true) : null) };
}

function row(ticket, timed) {
  const name = (kind) => h("td", {}, ticket[`${kind}_id`] ? nameOf(kind, ticket[`${kind}_id`]) : "–");
  return h(
    "tr",
    {},
    h("th", { scope: "row" }, ticket.ticket_id),
    h("td", {}, formatDay(ticket.date)),
    timed ? h("td", { class: "number" }, formatAmount(ticket.value, "ms")) : null,
    KINDS.map(name),
  );
}
