/** Whose goal it is: users and teams, or pipelines. */

import { fill, h } from "../base/dom.js";
import { t } from "../base/words.js";
import { newRow } from "../goal/rows.js";
import { chip, directoryPicker } from "../parts/directory.js";

const KINDS = { people: ["user", "team"], pipelines: ["pipeline"] };

export function people(draft, { changed }) {
  const problem = h("p", { class: "problem", role: "alert" });
  const chips = h("ul", { class: "chips" });
  const search = h("div", {});
  const draw = () =>
    fill(
      chips,
      draft.rows.map((row) =>
        chip(row.kind, row.name, () => {
          draft.rows = draft.rows.filter((each) => each !== row);
          changed();
          draw();
          search.querySelector("input").focus();
        }),
      ),
    );
  const pick = (item) => {
    draft.rows.push(newRow(item));
    problem.textContent = "";
    changed();
    draw();
  };
  const isChosen = ({ kind, id }) => draft.rows.some((row) => row.kind === kind && row.id === id);
  const choose = (kinds) => {
    draft.rows = draft.rows.filter((row) => KINDS[kinds].includes(row.kind));
    draft.kinds = kinds;
    fill(
      search,
      directoryPicker(KINDS[kinds], { label: t(`people.${kinds}`), placeholder: t("search"), pick, isChosen }),
    );
    draw();
    changed();
  };
  const radio = (kinds) =>
    h(
      "label",
      { class: "tick" },
      h("input", { type: "radio", name: "kinds", checked: kinds === draft.kinds, onchange: () => choose(kinds) }),
      t(`people.${kinds}`),
    );
  choose(draft.kinds);
  const check = () => {
    problem.textContent = draft.rows.length ? "" : t("people.missing");
    if (problem.textContent) search.querySelector("input").focus();
    return draft.rows.length > 0;
  };
  return {
    element: h(
      "div",
      { class: "stack" },
      h("fieldset", { class: "line" }, h("legend", {}, t("people.for")), Object.keys(KINDS).map(radio)),
      search,
      chips,
      problem,
    ),
    check,
  };
}
