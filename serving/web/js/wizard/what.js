/** What the goal is about: a template or a measure of one's own, and its name. */

import { fill, h, newId } from "../base/dom.js";
import { t } from "../base/words.js";
import { readMeasure } from "../goal/measure.js";
import { TEMPLATES } from "../overview/filters.js";
import { draftUnit } from "./draft.js";
import { measureForm } from "./measure-form.js";

export function what(draft, { changed }) {
  const id = newId("name");
  const problem = h("span", { id: `${id}-problem`, class: "problem", role: "alert" });
  const name = h("input", {
    id,
    type: "text",
    value: draft.name,
    maxlength: 200,
    required: true,
    "aria-describedby": problem.id,
    oninput: () => {
      draft.name = name.value;
      changed();
    },
  });
  const own = h("div", {});
  let form = null;
  let unit = draftUnit(draft);
  const forgetTargets = () =>
    draft.rows.forEach((row) => {
      row.cells = {};
    });
  // 40 tickets are not 40 %: what was typed in another unit means something else in this one.
  const measured = () => {
    if (draftUnit(draft) !== unit) forgetTargets();
    unit = draftUnit(draft);
    changed();
  };
  const choose = (template) => {
    if (template !== draft.template) forgetTargets();
    draft.template = template;
    unit = draftUnit(draft);
    form = template === "custom" ? measureForm(draft.measure, measured) : null;
    fill(own, form?.element);
    changed();
  };
  const card = (template) => {
    const radio = h("input", {
      type: "radio",
      name: "template",
      value: template,
      checked: template === draft.template,
      onchange: () => choose(template),
    });
    return h(
      "label",
      { class: "pick" },
      radio,
      h(
        "span",
        {},
        h("strong", {}, t(`template.${template}`)),
        h("span", { class: "hint" }, t(`template.${template}.hint`)),
      ),
    );
  };
  choose(draft.template);
  const element = h(
    "div",
    { class: "stack" },
    h("fieldset", {}, h("legend", {}, t("template")), h("div", { class: "picks" }, TEMPLATES.map(card))),
    own,
    h("div", { class: "field" }, h("label", { for: id }, t("name")), name, problem),
  );
  const check = () => {
    problem.textContent = draft.name.trim() ? "" : t("name.missing");
    if (problem.textContent) name.focus();
    return !problem.textContent && (draft.template !== "custom" || form.check(readMeasure(draft.measure)));
  };
  return { element, check };
}
