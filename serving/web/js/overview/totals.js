/** How many of each status; each total is also the filter for its status. */

import { formatNumber } from "../base/amounts.js";
import { h } from "../base/dom.js";
import { t } from "../base/words.js";
import { icon } from "../parts/icons.js";
import { STATUSES } from "../parts/status.js";

/** `show(totals)` puts the numbers in. */
export function buildTotals(query, changed) {
  const tiles = new Map(STATUSES.map((status) => [status, tile(status, () => toggle(status))]));
  const toggle = (status) => {
    const chosen = query.getAll("status");
    query.delete("status");
    const next = chosen.includes(status) ? chosen.filter((each) => each !== status) : [...chosen, status];
    next.forEach((each) => query.append("status", each));
    changed();
  };
  return {
    element: h("div", { class: "totals", role: "group", "aria-label": t("totals") }, [...tiles.values()]),
    show(totals) {
      for (const [status, button] of tiles) {
        button.querySelector(".total").textContent = formatNumber(totals[status]);
        button.setAttribute("aria-pressed", String(query.getAll("status").includes(status)));
      }
    },
  };
}

function tile(status, toggle) {
  return h(
    "button",
    { type: "button", class: `tile ${status}`, "aria-pressed": "false", onclick: toggle },
    h("span", { class: "total" }, "–"),
    h("span", { class: "name" }, icon(status), t(`status.${status}`)),
  );
}
