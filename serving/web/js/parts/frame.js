/** What stands around every view: the name, the ways, language and colours, whether the numbers are live. */

import { logOut, mayWrite } from "../base/api.js";
import { fill, h, newId } from "../base/dom.js";
import { subscribe } from "../base/live.js";
import { setTheme, theme } from "../base/preferences.js";
import { to } from "../base/router.js";
import { language, setLanguage, t } from "../base/words.js";
import { icon } from "./icons.js";
import { toastCorner } from "./toasts.js";

/** Build the frame into `page`; returns the element that views go into. */
export function buildFrame(page, session) {
  const main = h("main", { id: "main", tabindex: "-1" });
  const skip = h(
    "a",
    {
      class: "skip",
      href: "#main",
      onclick: (event) => {
        event.preventDefault();
        main.focus();
      },
    },
    t("skip"),
  );
  const home = h("a", { class: "brand", href: to("") }, t("title"));
  const told = h("a", { href: to("notifications"), class: "way" }, icon("bell"), h("span", {}, t("notifications")));
  const create = mayWrite() ? h("a", { class: "button primary", href: to("new") }, icon("plus"), t("new-goal")) : null;
  const nav = h("nav", { "aria-label": t("title") }, home, h("span", { class: "grow" }), liveLamp(), told, create);
  fill(page, skip, h("header", { class: "top" }, nav), main, footer(session), toastCorner());
  return main;
}

function liveLamp() {
  const lamp = h("span", { class: "lamp", role: "status" });
  const show = (open) => {
    lamp.className = open ? "lamp on" : "lamp";
    lamp.textContent = t(open ? "live" : "reconnecting");
  };
  show(false);
  subscribe("state", show);
  return lamp;
}

function footer(session) {
  const languages = choice(t("language"), { en: "English", nl: "Nederlands" }, language, setLanguage);
  const themes = { auto: t("theme.auto"), light: t("theme.light"), dark: t("theme.dark") };
  const out =
    session.access === "token" && session.csrf
      ? h(
          "button",
          {
            type: "button",
            class: "quiet",
            onclick: async () => {
              await logOut();
              location.reload();
            },
          },
          t("log-out", { name: session.name }),
        )
      : null;
  return h(
    "footer",
    { class: "bottom" },
    languages,
    choice(t("theme"), themes, theme(), setTheme),
    h("span", { class: "grow" }),
    out,
  );
}

function choice(label, options, chosen, choose) {
  const id = newId("choice");
  const select = h(
    "select",
    { id, onchange: () => choose(select.value) },
    Object.entries(options).map(([value, name]) => h("option", { value, selected: value === chosen }, name)),
  );
  return h("span", { class: "choice" }, h("label", { for: id }, label), select);
}
