/** The rows of the overview: loaded as the reader scrolls, drawn only where they can be seen, moved by live events. */

import { TabulatorFull as Tabulator } from "../../vendor/tabulator/tabulator_esm.min.js";
import { mayWrite, read } from "../base/api.js";
import { NARROW, fill, gathered, h } from "../base/dom.js";
import { parameters } from "../base/router.js";
import { t } from "../base/words.js";
import { complain } from "../parts/toasts.js";
import { cardColumns, rowColumns } from "./columns.js";

const PAGE = 500;
const GATHER = 250;
const AFRESH = 1500;

/** `take(event)` brings a live status in, `reload()` asks anew, `ticked()` are the ticked contributors of goals. */
export function buildTable(query, { sorted, ticked }) {
  const element = h("div", { class: "statuses" });
  const marks = new Map();
  const moved = new Map();
  const meanwhile = new Map();
  let asking = false;
  let cursor = null;
  let asked = 0;
  let table = null;

  const load = async (_url, _config, { page, size }) => {
    const mine = (asked += 1);
    if (page === 1) cursor = null;
    meanwhile.clear();
    asking = true;
    const answer = await read("/api/statuses", { ...parameters(query), limit: size, cursor }).finally(() => {
      if (mine === asked) asking = false;
    });
    // An answer that was overtaken by another question, or that nobody waits for any more, never comes.
    if (mine !== asked || !table) return new Promise(() => {});
    cursor = answer.next;
    // What was told since the question is later than the answer.
    const now = answer.items.map((status) => (meanwhile.has(status.key) ? meanwhile.get(status.key) : status));
    return { data: now.filter(Boolean), last_page: answer.next ? page + 1 : page };
  };
  const mark = (status, on) => {
    if (on) marks.set(shareOf(status), status);
    else marks.delete(shareOf(status));
    table.getRows("visible").forEach((row) => shareOf(row.getData()) === shareOf(status) && row.reformat());
    ticked([...marks.values()]);
  };
  const ticks = mayWrite() ? { isOn: (status) => marks.has(shareOf(status)), mark } : null;
  const build = () => {
    table?.destroy();
    const columns = NARROW.matches ? cardColumns(ticks) : rowColumns(ticks);
    const built = new Tabulator(fill(element, h("div", {})).firstChild, options(columns, load));
    table = built;
    table.on("headerClick", (_event, column) => sort(column.getField()));
    table.on("dataLoadError", complain);
    table.on("tableBuilt", () => {
      if (table !== built) return;
      name(table.element);
      sayOrder();
    });
  };
  const sort = (field) => {
    if (!field) return;
    const by = orderOf(field);
    query.set("sort", query.get("sort") === by ? `-${by}` : by);
    sorted();
    reload();
  };
  const sayOrder = () => {
    const order = query.get("sort") ?? "goal_name";
    for (const column of table.getColumns().filter((each) => each.getField())) {
      const by = orderOf(column.getField());
      column.getElement().setAttribute("aria-sort", { [by]: "ascending", [`-${by}`]: "descending" }[order] ?? "none");
    }
  };
  const reload = () => {
    marks.clear();
    ticked([]);
    sayOrder();
    ask();
  };
  // Not waited for: a question that is overtaken never ends.
  const ask = () => {
    table.setData().catch(complain);
  };
  const afresh = gathered(() => {
    if (table?.rowManager.scrollTop === 0) ask();
  }, AFRESH);
  // Who has left the goal; what is frozen stays after that.
  const untick = (rows) => {
    const current = new Map([...[...rows].map(([key, row]) => [key, row.getData()]), ...moved]);
    const left = new Set([...current].filter(([, status]) => status && !status.frozen).map(([key]) => shareOfKey(key)));
    for (const key of moved.keys()) if (!left.has(shareOfKey(key))) marks.delete(shareOfKey(key));
  };
  const bring = gathered(() => {
    if (!table) return;
    let unknown = false;
    const rows = new Map(table.getRows().map((row) => [row.getIndex(), row]));
    if (marks.size) untick(rows);
    for (const [key, status] of moved) unknown = !bringIn(rows.get(key), status) || unknown;
    moved.clear();
    ticked([...marks.values()]);
    if (unknown) afresh();
  }, GATHER);

  build();
  NARROW.addEventListener("change", build);
  return {
    element,
    reload,
    take: ({ key, status }) => {
      const now = status && { key, ...status };
      moved.set(key, now);
      if (asking) meanwhile.set(key, now);
      bring();
    },
    ticked: () => [...marks.values()],
    end: () => {
      NARROW.removeEventListener("change", build);
      table.destroy();
      table = null;
    },
  };
}

/** What can be deleted: a contributor's share of a goal, over all its milestones. */
export function shareOf({ goal_id: goalId, contributor }) {
  return `${goalId}|${contributor.kind}:${contributor.id}`;
}

function shareOfKey(key) {
  return key.slice(0, key.lastIndexOf("|"));
}

/** What the API calls the order by a column. */
function orderOf(field) {
  return field === "milestone" ? "start" : field;
}

function options(columns, load) {
  return {
    ...columns,
    index: "key",
    height: "100%",
    layout: "fitColumns",
    columnDefaults: { headerSort: false, resizable: false, vertAlign: "middle" },
    ajaxURL: "/api/statuses",
    ajaxRequestFunc: load,
    progressiveLoad: "scroll",
    progressiveLoadScrollMargin: 600,
    paginationSize: PAGE,
    placeholder: () => t("no-statuses"),
    dataLoader: false,
  };
}

/** False when there is no such row. */
function bringIn(row, status) {
  if (!row) return status === null;
  if (status === null) {
    row.delete();
    return true;
  }
  row.update(status);
  row.reformat();
  const drawn = row.getElement();
  drawn.classList.remove("moved");
  requestAnimationFrame(() => drawn.classList.add("moved"));
  return true;
}

/** A grid holds rows and nothing else that takes the focus: the links in the rows scroll it. */
function name(element) {
  element.setAttribute("aria-label", t("overview"));
  element.querySelector(".tabulator-tableholder").removeAttribute("tabindex");
}
