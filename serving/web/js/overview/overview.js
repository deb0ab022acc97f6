/** The overview: filters, totals, and a row for each contributor's milestone, live. */

import { download, mayWrite, read } from "../base/api.js";
import { fill, gathered, h } from "../base/dom.js";
import { subscribe } from "../base/live.js";
import { keepOverview, parameters, setQuery } from "../base/router.js";
import { formatDate, formatInstant } from "../base/times.js";
import { t } from "../base/words.js";
import { icon } from "../parts/icons.js";
import { complain } from "../parts/toasts.js";
import { deleteContributors } from "../goal/delete.js";
import { buildFilters, buildSorting } from "./filters.js";
import { buildTable } from "./table.js";
import { buildTotals } from "./totals.js";

const BURST = 400;

/** The filters and the order are the address's parameters, named as the API's. */
export function showOverview(room, _path, query) {
  const freshness = h("p", { class: "hint" });
  const deleting = h("button", {
    type: "button",
    class: "quiet danger",
    hidden: true,
    onclick: () => deleteContributors(table.ticked()),
  });
  const exporting = h(
    "button",
    { type: "button", class: "quiet", onclick: () => save(query) },
    icon("download"),
    t("csv"),
  );
  const address = () => {
    setQuery(query);
    keepOverview();
  };
  const changed = () => {
    // What was typed last may come when the reader is elsewhere: that address is another view's.
    if (!room.isConnected) return;
    address();
    filters.refresh();
    sorting.refresh();
    table.reload();
    count().catch(complain);
  };
  const filters = buildFilters(query, changed);
  const sorting = buildSorting(query, changed);
  const totals = buildTotals(query, changed);
  const table = buildTable(query, {
    sorted: () => {
      address();
      sorting.refresh();
    },
    ticked: (shares) => {
      deleting.hidden = shares.length === 0;
      fill(deleting, icon("trash"), t("delete-ticked", { count: shares.length }));
    },
  });
  let asked = 0;
  const count = async () => {
    const mine = (asked += 1);
    const page = await read("/api/statuses", { ...parameters(query), limit: 1 });
    // Overtaken by another question: the filters may be others by now.
    if (mine !== asked) return;
    totals.show(page.totals);
    fill(freshness, freshWords(page));
  };
  const recount = gathered(count, BURST);

  fill(
    room,
    h(
      "div",
      { class: "heading" },
      h("h1", {}, t("overview")),
      freshness,
      h("div", { class: "tools" }, mayWrite() ? deleting : null, sorting.element, exporting),
    ),
    totals.element,
    filters.element,
    table.element,
  );
  const ends = [
    subscribe("status", (event) => {
      table.take(event);
      recount();
    }),
    subscribe("snapshot", recount),
    subscribe("reset", () => {
      table.reload();
      recount();
    }),
  ];
  keepOverview();
  count().catch(complain);
  return () => {
    ends.forEach((end) => end());
    filters.end();
    table.end();
  };
}

function freshWords({ computed_at: computedAt, as_of: asOf }) {
  if (!computedAt) return "";
  const snapshot = asOf ? t("fresh.snapshot", { date: formatDate(asOf) }) : t("fresh.no-snapshot");
  return `${t("fresh.computed", { at: formatInstant(computedAt) })} · ${snapshot}`;
}

async function save(query) {
  const wanted = parameters(query);
  await download("/api/statuses", wanted, "service-goals.csv").catch(complain);
}
