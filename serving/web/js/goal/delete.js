/** Deleting contributors from goals, with a word of what stays. */

import { readGoal, write } from "../base/api.js";
import { h } from "../base/dom.js";
import { t } from "../base/words.js";
import { confirmAction } from "../parts/dialog.js";

/** Ask, then take the contributors of these statuses out of their goals. `done` is called when they are. */
export function deleteContributors(statuses, done = () => {}) {
  const names = statuses.map((status) =>
    t("share", { name: status.contributor.name ?? status.contributor.id, goal: status.goal_name }),
  );
  const words = h(
    "div",
    {},
    h(
      "ul",
      {},
      names.map((name) => h("li", {}, name)),
    ),
    h("p", {}, t("delete.goes")),
    h("p", {}, t("delete.stays")),
  );
  confirmAction(t("delete.heading", { count: statuses.length }), words, t("delete"), async () => {
    for (const [goalId, contributors] of byGoal(statuses)) await takeOut(goalId, contributors);
    done();
  });
}

/** The last contributor can't leave a goal: then the goal itself goes. */
async function takeOut(goalId, contributors) {
  const { goal } = await readGoal(goalId);
  const address = `/api/goals/${encodeURIComponent(goalId)}`;
  if (contributors.length >= goal.contributors.length) {
    await write("DELETE", address);
    return;
  }
  for (const { kind, id } of contributors) {
    await write("DELETE", `${address}/contributors/${kind}/${encodeURIComponent(id)}`);
  }
}

function byGoal(statuses) {
  const goals = new Map();
  for (const { goal_id: goalId, contributor } of statuses)
    goals.set(goalId, [...(goals.get(goalId) ?? []), contributor]);
  return goals;
}
