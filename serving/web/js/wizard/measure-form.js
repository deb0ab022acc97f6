/** A measure of one's own: which fact, which statistic, what counts as better, which tickets. */

import { fill, h } from "../base/dom.js";
import { t } from "../base/words.js";
import { CONDITIONS, hasMinimum, STATISTICS } from "../goal/measure.js";
import { icon } from "../parts/icons.js";

/** `check(read)` shows what is wrong with what was read, at its field; true when nothing is. */
export function measureForm(measure, changed) {
  const element = h("fieldset", { class: "measure" });
  const set = (name, value, again) => {
    measure[name] = value;
    if (!STATISTICS[measure.fact].includes(measure.statistic)) measure.statistic = STATISTICS[measure.fact][0];
    changed();
    if (again) draw();
  };
  const select = (name, options) => {
    const list = h(
      "select",
      {
        name,
        onchange: () => {
          set(name, list.value, true);
          element.querySelector(`[name=${name}]`).focus();
        },
      },
      options.map((option) =>
        h("option", { value: option, selected: option === measure[name] }, t(`measure.${name}.${option || "default"}`)),
      ),
    );
    return labelled(t(`measure.${name}`), list);
  };
  const text = (name, placeholder) =>
    labelled(
      t(`measure.${name}`),
      h("input", {
        name,
        type: "text",
        placeholder,
        value: measure[name],
        oninput: (event) => set(name, event.target.value),
      }),
    );
  const draw = () =>
    fill(
      element,
      h("legend", {}, t("measure")),
      h(
        "div",
        { class: "pairs" },
        select("fact", Object.keys(STATISTICS)),
        select("statistic", STATISTICS[measure.fact]),
        measure.statistic === "share_within" ? text("threshold", t("example.ms")) : null,
        measure.statistic === "percentile" ? text("percentile", "90") : null,
        select("better", ["", "lower", "higher"]),
        hasMinimum(measure) ? text("minimumCount", "1") : null,
      ),
      h("h3", {}, t("measure.filter")),
      measure.filter.map(condition),
      addition(),
    );
  const condition = (each, index) => {
    const write = (name) => (event) => {
      each[name] = event.target.value;
      changed();
    };
    const remove = () => {
      measure.filter.splice(index, 1);
      changed();
      draw();
    };
    return h(
      "div",
      { class: "line condition" },
      labelled(
        t("measure.attribute"),
        h("input", {
          name: `filter-${index}`,
          type: "text",
          value: each.attribute,
          placeholder: "priority",
          oninput: write("attribute"),
        }),
      ),
      labelled(
        t("measure.condition"),
        h(
          "select",
          { onchange: write("condition") },
          CONDITIONS.map((name) =>
            h("option", { value: name, selected: name === each.condition }, t(`measure.condition.${name}`)),
          ),
        ),
      ),
      labelled(
        t("measure.values"),
        h("input", { type: "text", value: each.value, placeholder: "high, urgent", oninput: write("value") }),
      ),
      h(
        "button",
        {
          type: "button",
          class: "quiet square",
          "aria-label": t("remove", { name: each.attribute || t("measure.condition") }),
          onclick: remove,
        },
        icon("trash"),
      ),
    );
  };
  const addition = () =>
    h(
      "button",
      {
        type: "button",
        class: "quiet",
        onclick: () => {
          measure.filter.push({ attribute: "", condition: "in", value: "" });
          changed();
          draw();
        },
      },
      icon("plus"),
      t("measure.filter.add"),
    );
  const check = ({ field, error }) => {
    element.querySelectorAll(".problem").forEach((each) => each.remove());
    if (!error) return true;
    const input = element.querySelector(`[name="${field}"]`);
    input.closest("label").append(h("span", { class: "problem", role: "alert" }, error));
    input.focus();
    return false;
  };
  draw();
  return { element, check };
}

function labelled(words, control) {
  return h("label", { class: "field" }, h("span", {}, words), control);
}
