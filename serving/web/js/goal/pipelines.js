/** Choosing pipelines: none ticked means all of them. */

import { h } from "../base/dom.js";
import { t } from "../base/words.js";
import { openDialog } from "../parts/dialog.js";
import { allPipelines, nameOf } from "../parts/directory.js";

/** `All pipelines`, the name of one, or how many. */
export function pipelineWords(ids) {
  if (ids.length === 0) return t("all-pipelines");
  return ids.length === 1 ? nameOf("pipeline", ids[0]) : t("pipelines", { count: ids.length });
}

/** A dialog with all pipelines to tick; `take(ids)` gets those that are ticked in the end. */
export async function choosePipelines(heading, chosen, take) {
  const pipelines = await allPipelines();
  openDialog(heading, (close) => {
    const boxes = pipelines.map(({ id }) => h("input", { type: "checkbox", value: id, checked: chosen.includes(id) }));
    const ready = (event) => {
      event.preventDefault();
      take(boxes.filter((box) => box.checked).map((box) => box.value));
      close();
    };
    const ticks = pipelines.map(({ id, name }, index) => h("label", { class: "tick" }, boxes[index], name ?? id));
    return h(
      "form",
      { class: "content", onsubmit: ready },
      h("p", { class: "hint" }, pipelines.length ? t("pipelines.hint") : t("pipelines.none")),
      h("div", { class: "ticks" }, ticks),
      h(
        "div",
        { class: "buttons" },
        h("button", { type: "button", onclick: close }, t("cancel")),
        h("button", { class: "primary" }, t("apply")),
      ),
    );
  });
}
