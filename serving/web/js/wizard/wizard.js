/** The way to a new goal, step by step. What is made so far is kept in the browser until it is done. */

import { fill, h } from "../base/dom.js";
import { t } from "../base/words.js";
import { confirmAction } from "../parts/dialog.js";
import { icon } from "../parts/icons.js";
import { forgetDraft, isBegun, keepDraft, newDraft, keptDraft } from "./draft.js";
import { people } from "./people.js";
import { summary } from "./summary.js";
import { targets } from "./targets.js";
import { told } from "./told.js";
import { what } from "./what.js";
import { when } from "./when.js";

/**
 * Each step: `(draft, {changed, account, go})` gives `{element, check}`; `check()` says whether the next step may come,
 * and shows what is missing when it may not.
 */
const STEPS = [
  ["what", what],
  ["who", people],
  ["when", when],
  ["targets", targets],
  ["told", told],
  ["summary", summary],
];

export async function showWizard(room, _path, _query, account) {
  let draft = keptDraft() ?? newDraft(account);
  const stepper = h("ol", { class: "stepper" });
  const place = h("div", { class: "step" });
  let turn = 0;

  const changed = () => keepDraft(draft);
  const startOver = () => {
    forgetDraft();
    draft = newDraft(account);
    show(0);
  };
  const askToStartOver = () => {
    if (!isBegun(draft)) startOver();
    else confirmAction(t("start-over.heading"), h("p", {}, t("start-over.words")), t("start-over"), startOver);
  };
  const show = async (index) => {
    const mine = (turn += 1);
    draft.step = index;
    changed();
    const [name, build] = STEPS[index];
    const step = await build(draft, { changed, account, go: show });
    if (mine !== turn) return;
    fill(
      stepper,
      STEPS.map(([each], at) => stepMark(each, at, index, show)),
    );
    fill(place, form(name, step, index));
    place.querySelector("h2").focus({ preventScroll: true });
  };
  const form = (name, step, index) => {
    const problem = h("p", { class: "problem", role: "alert" });
    const next = async (event) => {
      event.preventDefault();
      problem.textContent = "";
      try {
        if (await step.check()) await (index < STEPS.length - 1 ? show(index + 1) : done());
      } catch (error) {
        problem.textContent = error.message;
      }
    };
    const last = index === STEPS.length - 1;
    return h(
      "form",
      { class: "card", novalidate: true, onsubmit: next },
      h("h2", { tabindex: "-1" }, t(`step.${name}`)),
      h("p", { class: "hint" }, t(`step.${name}.hint`)),
      step.element,
      problem,
      h(
        "div",
        { class: "buttons" },
        index ? h("button", { type: "button", onclick: () => show(index - 1) }, t("previous")) : null,
        h("button", { class: "primary" }, t(last ? "create" : "next")),
      ),
    );
  };
  const done = () => {
    forgetDraft();
    turn += 1;
    stepper.remove();
    const query = new URLSearchParams({ goal_id: draft.goalId });
    fill(
      place,
      h(
        "div",
        { class: "card done" },
        h("span", { class: "badge achieved" }, icon("achieved"), t("done")),
        h("h2", { tabindex: "-1" }, t("done.heading", { name: draft.name })),
        h("p", {}, t("done.words")),
        h(
          "div",
          { class: "buttons" },
          h("a", { class: "button primary", href: `#/?${query}` }, t("done.look")),
          h("a", { class: "button", href: "#/" }, t("to-overview")),
        ),
      ),
    );
    place.querySelector("h2").focus();
  };

  fill(
    room,
    h(
      "div",
      { class: "heading" },
      h("h1", {}, t("new-goal")),
      h("span", { class: "grow" }),
      h("button", { type: "button", class: "quiet", onclick: askToStartOver }, t("start-over")),
    ),
    stepper,
    place,
  );
  await show(draft.step);
}

function stepMark(name, at, current, show) {
  const content = [
    h("span", { class: "dot" }, at < current ? icon("achieved") : String(at + 1)),
    h("span", { class: "name" }, t(`step.${name}.short`)),
  ];
  const look = at === current ? "current" : at < current ? "past" : "";
  const inside =
    at < current
      ? h("button", { type: "button", class: "quiet", onclick: () => show(at) }, content)
      : h("span", {}, content);
  return h("li", { class: look, "aria-current": at === current ? "step" : null }, inside);
}
