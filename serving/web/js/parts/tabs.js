/** Tabs, by ARIA's pattern: arrows move between them. */

import { fill, h, newId } from "../base/dom.js";

/** `tabs`: `name`, and `content()` made anew whenever the tab is shown. `show(index)` turns to one. */
export function buildTabs(label, tabs) {
  const id = newId("tabs");
  const panel = h("div", { id: `${id}-panel`, role: "tabpanel", tabindex: "0" });
  const show = (index) => {
    buttons.forEach((button, at) => {
      button.setAttribute("aria-selected", String(at === index));
      button.tabIndex = at === index ? 0 : -1;
    });
    panel.setAttribute("aria-labelledby", buttons[index].id);
    fill(panel, tabs[index].content());
  };
  const turn = (event, index) => {
    const step = { ArrowRight: 1, ArrowLeft: -1 }[event.key];
    if (!step) return;
    const next = (index + step + tabs.length) % tabs.length;
    show(next);
    buttons[next].focus();
  };
  const buttons = tabs.map(({ name }, index) =>
    h(
      "button",
      {
        type: "button",
        role: "tab",
        id: `${id}-${index}`,
        "aria-controls": panel.id,
        onclick: () => show(index),
        onkeydown: (event) => turn(event, index),
      },
      name,
    ),
  );
  show(0);
  return {
    element: h("div", { class: "tabs" }, h("div", { role: "tablist", "aria-label": label }, buttons), panel),
    show,
  };
}
