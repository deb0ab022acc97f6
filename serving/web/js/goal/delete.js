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
  const waiting = byGoal(statuses);
  confirmAction(t("delete.heading", { count: statuses.length }), words, t("delete"), async () => {
    await takeOutAll(waiting);
    done();
  });
}

/** One goal that refuses keeps none of the others; what is left in `waiting` is what another try has to do. */
async function takeOutAll(waiting) {
  const failures = [];
  for (const [goalId, contributors] of waiting) {
    try {
      await takeOut(goalId, contributors);
      waiting.delete(goalId);
    } catch (error) {
      failures.push(error);
    }
  }
  if (failures.length) throw failures[0];
}

/** The last contributor can't leave a goal: then the goal itself goes, unless it got others meanwhile. Empties `contributors`. */
async function takeOut(goalId, contributors) {
  const { goal, etag } = await readGoal(goalId);
  const address = `/api/goals/${encodeURIComponent(goalId)}`;
  if (contributors.length >= goal.contributors.length) {
    await write("DELETE", address, undefined, { "If-Match": etag });
    return;
  }
  while (contributors.length) {
    const { kind, id } = contributors[0];
    await write("DELETE", `${address}/contributors/${kind}/${encodeURIComponent(id)}`);
    contributors.shift();
  }
}

function byGoal(statuses) {
  const goals = new Map();
  for (const { goal_id: goalId, contributor } of statuses)
    goals.set(goalId, [...(goals.get(goalId) ?? []), contributor]);
  return goals;
}
