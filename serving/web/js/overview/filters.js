/** The filters of the overview. They write into the address's parameters, under the API's own names. */

import { NARROW, fill, h, newId, settled } from "../base/dom.js";
import { t } from "../base/words.js";
import { chip, directoryPicker, learnNames, nameOf } from "../parts/directory.js";
import { icon } from "../parts/icons.js";
import { STATUSES } from "../parts/status.js";

export const TEMPLATES = ["average-response-time", "average-resolution-time", "tickets-closed", "custom"];
export const DURATIONS = ["weekly", "monthly", "quarterly", "yearly", "custom"];
const SORTS = ["goal_name", "contributor", "start", "-start", "-progress", "progress", "status", "-computed_at"];
const PAUSE = 250;

/** `refresh()` shows what the parameters say, when something else has changed them; `end()` stops following the width. */
export function buildFilters(query, changed) {
  const parts = [
    textFilter(query, "goal_name", t("filter.goal-name"), changed),
    ticks(query, "template", TEMPLATES, "template", changed),
    ticks(query, "duration", DURATIONS, "duration", changed),
    ticks(query, "milestone", ["past", "current", "future"], "when", changed),
    ticks(query, "status", STATUSES, "status", changed),
    people(query, { user: "user", team: "team" }, t("filter.people"), changed),
    people(query, { pipeline: "pipeline" }, t("filter.pipelines"), changed),
    people(query, { pipeline: "in_pipeline" }, t("filter.in-pipeline"), changed),
    ranges(query, changed),
  ];
  const clear = h(
    "button",
    {
      type: "button",
      class: "quiet",
      onclick: () => {
        [...query.keys()].forEach((name) => name !== "sort" && query.delete(name));
        changed();
      },
    },
    t("filter.clear"),
  );
  const summary = h("summary", { class: "button" }, icon("filter"), h("span", {}));
  const body = h(
    "div",
    { class: "filters" },
    parts.map((part) => part.element),
    clear,
  );
  const element = h("details", { class: "filter-fold", open: !NARROW.matches }, summary, body);
  const refresh = () => {
    parts.forEach((part) => part.refresh());
    const active = [...new Set(query.keys())].filter((name) => name !== "sort").length;
    summary.lastChild.textContent = active ? t("filter.some", { count: active }) : t("filter.none");
    clear.hidden = active === 0;
  };
  const follow = () => {
    element.open = !NARROW.matches;
  };
  NARROW.addEventListener("change", follow);
  refresh();
  return { element, refresh, end: () => NARROW.removeEventListener("change", follow) };
}

function write(query, name, values) {
  query.delete(name);
  values.filter((value) => value !== "").forEach((value) => query.append(name, value));
}

function textFilter(query, name, label, changed) {
  const id = newId("filter");
  const later = settled(changed, PAUSE);
  const input = h("input", {
    id,
    type: "search",
    oninput: () => {
      write(query, name, [input.value.trim()]);
      later();
    },
    placeholder: label,
  });
  const refresh = () => {
    if (document.activeElement !== input) input.value = query.get(name) ?? "";
  };
  return { element: h("div", {}, h("label", { for: id, class: "visually-hidden" }, label), input), refresh };
}

/** A menu that folds out; Escape and a click elsewhere close it. */
function menu(label, ...content) {
  const count = h("span", { class: "count", hidden: true });
  const summary = h("summary", { class: "button" }, label, count);
  const element = h("details", { class: "menu" }, summary, h("div", { class: "popup" }, content));
  element.addEventListener("keydown", (event) => {
    if (event.key !== "Escape" || !element.open) return;
    element.open = false;
    summary.focus();
  });
  element.addEventListener("focusout", (event) => {
    if (event.relatedTarget && !element.contains(event.relatedTarget)) element.open = false;
  });
  element.addEventListener("toggle", () => {
    const outside = (event) => {
      if (!element.contains(event.target)) element.open = false;
    };
    if (element.open) document.addEventListener("pointerdown", outside);
    element.addEventListener("toggle", () => document.removeEventListener("pointerdown", outside), { once: true });
  });
  const show = (number) => {
    count.hidden = number === 0;
    count.textContent = number;
  };
  return { element, show };
}

function ticks(query, name, values, words, changed) {
  const boxes = values.map((value) =>
    h("input", {
      type: "checkbox",
      value,
      onchange: () => {
        write(
          query,
          name,
          boxes.filter((box) => box.checked).map((box) => box.value),
        );
        changed();
      },
    }),
  );
  const label = t(`filter.${name}`);
  const group = h(
    "fieldset",
    {},
    h("legend", { class: "visually-hidden" }, label),
    boxes.map((box) => h("label", { class: "tick" }, box, t(`${words}.${box.value}`))),
  );
  const fold = menu(label, group);
  const refresh = () => {
    const chosen = query.getAll(name);
    boxes.forEach((box) => {
      box.checked = chosen.includes(box.value);
    });
    fold.show(chosen.length);
  };
  return { element: fold.element, refresh };
}

/** `names`: the parameter that holds the ids of a kind. */
function people(query, names, label, changed) {
  const kinds = Object.keys(names);
  const chosenOf = (kind) => query.getAll(names[kind]);
  const chips = h("ul", { class: "chips" });
  const pick = ({ kind, id }) => {
    query.append(names[kind], id);
    changed();
  };
  const isChosen = ({ kind, id }) => chosenOf(kind).includes(id);
  const fold = menu(label, directoryPicker(kinds, { label, placeholder: t("search"), pick, isChosen }), chips);
  const remove = (kind, id) => {
    write(
      query,
      names[kind],
      chosenOf(kind).filter((each) => each !== id),
    );
    changed();
  };
  const show = () => {
    const chosen = kinds.flatMap((kind) => chosenOf(kind).map((id) => [kind, id]));
    fold.show(chosen.length);
    fill(
      chips,
      chosen.map(([kind, id]) => chip(kind, nameOf(kind, id), () => remove(kind, id))),
    );
  };
  const refresh = () => {
    show();
    Promise.all(kinds.map((kind) => learnNames(kind, chosenOf(kind)))).then(show, show);
  };
  return { element: fold.element, refresh };
}

function ranges(query, changed) {
  const field = (name, label, input, scale = 1) => {
    input.addEventListener("change", () => {
      write(query, name, [input.value === "" ? "" : String(scale === 1 ? input.value : input.value / scale)]);
      changed();
    });
    const refresh = () => {
      input.value = query.has(name) ? (scale === 1 ? query.get(name) : Math.round(query.get(name) * scale)) : "";
    };
    return { name, refresh, element: h("label", { class: "field" }, h("span", {}, label), input) };
  };
  const day = () => h("input", { type: "date" });
  const percent = () => h("input", { type: "number", min: 0, max: 9999, inputmode: "numeric" });
  const data = h(
    "select",
    {},
    ["", "false", "true"].map((value) => h("option", { value }, t(`filter.no-data.${value || "any"}`))),
  );
  const fields = [
    field("from", t("filter.from"), day()),
    field("to", t("filter.to"), day()),
    field("progress_min", t("filter.progress-min"), percent(), 100),
    field("progress_max", t("filter.progress-max"), percent(), 100),
    field("no_data", t("filter.no-data"), data),
  ];
  const fold = menu(
    t("filter.ranges"),
    h(
      "div",
      { class: "pairs" },
      fields.map((each) => each.element),
    ),
  );
  const refresh = () => {
    fields.forEach((each) => each.refresh());
    fold.show(fields.filter(({ name }) => query.has(name)).length);
  };
  return { element: fold.element, refresh };
}

/** The order, apart from the filters; `refresh()` likewise. */
export function buildSorting(query, changed) {
  const id = newId("sort");
  const select = h(
    "select",
    {
      id,
      onchange: () => {
        write(query, "sort", [select.value]);
        changed();
      },
    },
    SORTS.map((sort) => h("option", { value: sort }, t(`sort.${sort}`))),
  );
  const refresh = () => {
    select.value = query.get("sort") ?? "goal_name";
  };
  refresh();
  return { element: h("span", { class: "choice" }, h("label", { for: id }, t("sort")), select), refresh };
}
