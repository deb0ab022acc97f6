/** Logging in with a token, where the server asks for one. */

import { logIn } from "../base/api.js";
import { fill, h } from "../base/dom.js";
import { t } from "../base/words.js";

/** Show the form in `page`; resolves with the session. */
export function askForToken(page) {
  return new Promise((resolve) => {
    const token = h("input", { id: "token", type: "password", autocomplete: "current-password", required: true });
    const problem = h("p", { class: "problem", role: "alert" });
    const submit = async (event) => {
      event.preventDefault();
      try {
        resolve(await logIn(token.value.trim()));
      } catch (error) {
        problem.textContent = error.status === 401 ? t("login.wrong") : error.message;
        token.select();
      }
    };
    const form = h(
      "form",
      { class: "card", onsubmit: submit },
      h("h1", {}, t("title")),
      h("label", { for: "token" }, t("login.token")),
      token,
      problem,
      h("button", { class: "primary" }, t("login.enter")),
    );
    fill(page, h("main", { class: "login" }, form));
    token.focus();
  });
}
