/** The contributor's milestones of the goal, the latest first: past ones are frozen and locked. */

import { actualOfTarget, badge, progressBar } from "../parts/status.js";
import { icon } from "../parts/icons.js";
import { h } from "../base/dom.js";
import { to } from "../base/router.js";
import { formatMilestone } from "../base/times.js";
import { t } from "../base/words.js";

/** A list of statuses; the one with `key` is the one that is shown. */
export function milestonesTable(statuses, key) {
  const row = (status) =>
    h(
      "li",
      { "aria-current": status.key === key ? "true" : null },
      h(
        "div",
        { class: "line" },
        h("a", { href: to("status", status.key) }, formatMilestone(status.milestone)),
        status.frozen
          ? h("span", { class: "lock" }, icon("locked"), h("span", { class: "visually-hidden" }, t("frozen")))
          : null,
        h("span", { class: "grow" }),
        badge(status),
      ),
      h("div", { class: "line" }, progressBar(status), h("span", { class: "hint" }, actualOfTarget(status))),
    );
  return h(
    "ul",
    { class: "milestones scroll", tabindex: "0", "aria-label": t("details.milestones") },
    statuses.map(row),
  );
}
