/** Who is told what, for each contributor; and the same for all of them at once. */

import { fill, h } from "../base/dom.js";
import { t } from "../base/words.js";
import { chip, directoryPicker, nameOf } from "../parts/directory.js";
import { icon } from "../parts/icons.js";

export const KINDS = ["achieved", "exceeded", "missed"];

/** A part for each row; `changed()` is called after each change of the rows. */
export function buildNotify({ rows, changed }) {
  const parts = h("div", { class: "notify" });
  const draw = () =>
    fill(
      parts,
      rows.map((row) => part(row, changed)),
    );
  const everyone = { name: t("notify.everyone"), notify: [] };
  const copy = h(
    "button",
    {
      type: "button",
      onclick: () => {
        rows.forEach((row) => {
          row.notify = structuredClone(everyone.notify);
        });
        draw();
        changed();
      },
    },
    t("notify.apply"),
  );
  draw();
  return h(
    "div",
    {},
    h("p", { class: "hint" }, t("notify.hint")),
    rows.length > 1
      ? h(
          "div",
          { class: "everyone" },
          part(everyone, () => {}),
          copy,
        )
      : null,
    parts,
  );
}

function part(row, changed) {
  const told = h("ul", { class: "recipients" });
  const draw = () =>
    fill(
      told,
      row.notify.map((recipient) => recipientLine(row, recipient, draw, changed)),
    );
  const pick = ({ id }) => {
    row.notify.push({ user_id: id, on: [...KINDS] });
    draw();
    changed();
  };
  const isChosen = ({ id }) => row.notify.some((recipient) => recipient.user_id === id);
  const label = t("notify.add", { name: row.name });
  draw();
  return h(
    "section",
    { class: "row" },
    h("h3", {}, row.kind ? icon(row.kind) : null, row.name),
    directoryPicker(["user"], { label, hideLabel: true, placeholder: t("notify.placeholder"), pick, isChosen }),
    told,
  );
}

function recipientLine(row, recipient, draw, changed) {
  const name = nameOf("user", recipient.user_id);
  const remove = () => {
    row.notify = row.notify.filter((each) => each !== recipient);
    draw();
    changed();
  };
  const toggle = (kind, on) => {
    recipient.on = KINDS.filter((each) => (each === kind ? on : recipient.on.includes(each)));
    changed();
  };
  const box = (kind) =>
    h("input", {
      type: "checkbox",
      checked: recipient.on.includes(kind),
      onchange: (event) => toggle(kind, event.target.checked),
    });
  const kinds = KINDS.map((kind) => h("label", { class: "tick" }, box(kind), t(`status.${kind}`)));
  return h(
    "li",
    {},
    h("ul", { class: "chips" }, chip("user", name, remove)),
    h("fieldset", { class: "line" }, h("legend", { class: "visually-hidden" }, t("notify.when", { name })), kinds),
  );
}
