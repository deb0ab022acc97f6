/** Dialogs: the browser's own, which keep the focus inside and give it back. */

import { h, newId } from "../base/dom.js";
import { t } from "../base/words.js";
import { icon } from "./icons.js";
import { complain } from "./toasts.js";

/**
 * Open a dialog with a heading; `content(close, leave)` makes what is in it. `kind` is a class: `panel` for one at the side.
 * `close` closes it; `leave`, as Escape and its button do, asks first when `isChanged()` says that something would be lost.
 */
export function openDialog(heading, content, kind = "", isChanged = () => false) {
  const id = newId("dialog");
  const dialog = h("dialog", { class: kind, "aria-labelledby": id, onclose: () => dialog.remove() });
  const close = () => dialog.close();
  const ask = () => confirmAction(t("discard.heading"), h("p", {}, t("discard.words")), t("discard"), close);
  const leave = () => (isChanged() ? ask() : close());
  const stay = (event) => {
    if (event.defaultPrevented || !isChanged()) return;
    event.preventDefault();
    ask();
  };
  const shut = h(
    "button",
    { type: "button", class: "quiet square", "aria-label": t("close"), onclick: leave },
    icon("close"),
  );
  dialog.append(h("header", {}, h("h2", { id }, heading), shut), content(close, leave));
  dialog.addEventListener("cancel", stay);
  // A browser lets nobody stop the second Escape in a row: its key can be.
  dialog.addEventListener("keydown", (event) => event.key === "Escape" && stay(event));
  document.body.append(dialog);
  dialog.showModal();
  return dialog;
}

/** Close all that are open: another view comes. */
export function closeDialogs() {
  document.querySelectorAll("dialog[open]").forEach((dialog) => dialog.close());
}

/** Ask before something is done; `act` does it, and what it throws is shown, even when the dialog is closed by then. */
export function confirmAction(heading, words, label, act) {
  openDialog(heading, (close) => {
    const problem = h("p", { class: "problem", role: "alert", hidden: true });
    const doIt = async () => {
      button.disabled = true;
      try {
        await act();
        close();
      } catch (error) {
        if (!button.isConnected) complain(error);
        problem.textContent = error.message;
        problem.hidden = false;
        button.disabled = false;
      }
    };
    const button = h("button", { type: "button", class: "danger", onclick: doIt }, label);
    const cancel = h("button", { type: "button", onclick: close }, t("cancel"));
    return h("div", { class: "content" }, words, problem, h("div", { class: "buttons" }, cancel, button));
  });
}
