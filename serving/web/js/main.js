/** The page's start: session, account, live events, and the view that the address names. */

import { openSession, read } from "./base/api.js";
import { fill, h } from "./base/dom.js";
import { connect, subscribe } from "./base/live.js";
import { applyTheme } from "./base/preferences.js";
import { place } from "./base/router.js";
import { useZone } from "./base/times.js";
import { language, t } from "./base/words.js";
import { showDetails } from "./details/details.js";
import { showNotifications, toastNotification } from "./details/notifications.js";
import { showOverview } from "./overview/overview.js";
import { closeDialogs } from "./parts/dialog.js";
import { buildFrame } from "./parts/frame.js";
import { askForToken } from "./parts/login.js";
import { showWizard } from "./wizard/wizard.js";

/** Each fills an element and may return a function that ends it: `(main, path, query, account)`. */
const VIEWS = new Map([
  ["", showOverview],
  ["new", showWizard],
  ["status", showDetails],
  ["notifications", showNotifications],
]);

const page = document.getElementById("page");
let account = null;
let end = null;
let shown = 0;

async function start() {
  document.documentElement.lang = language;
  applyTheme();
  matchMedia("(prefers-color-scheme: dark)").addEventListener("change", applyTheme);
  const session = await openSession().catch((error) =>
    error.status === 401 ? askForToken(page) : Promise.reject(error),
  );
  const main = buildFrame(page, session);
  subscribe("account", readAccount);
  subscribe("reset", readAccount);
  subscribe("notification", toastNotification);
  await connect();
  await readAccount();
  addEventListener("hashchange", () => show(main, true));
  await show(main, false);
}

async function readAccount() {
  account = await read("/api/account");
  useZone(account.time_zone);
}

async function show(main, moveFocus) {
  const turn = (shown += 1);
  end?.();
  end = null;
  closeDialogs();
  const { path, query } = place();
  const view = VIEWS.get(path[0]) ?? showNothing;
  const room = h("div", { class: "view" });
  fill(main, room);
  let ending = null;
  try {
    ending = await view(room, path, query, account);
  } catch (error) {
    fill(room, h("h1", {}, t("went-wrong")), h("p", { class: "problem", role: "alert" }, error.message));
  }
  if (turn !== shown) return ending?.();
  end = ending;
  const heading = room.querySelector("h1");
  document.title = heading ? `${heading.textContent} – ${t("title")}` : t("title");
  if (!moveFocus || !heading) return undefined;
  heading.tabIndex = -1;
  heading.focus({ preventScroll: true });
  scrollTo(0, 0);
  return undefined;
}

function showNothing(room) {
  fill(room, h("h1", {}, t("nothing-here")), h("p", {}, h("a", { href: "#/" }, t("to-overview"))));
}

start().catch((error) =>
  fill(page, h("main", {}, h("h1", {}, t("went-wrong")), h("p", { class: "problem", role: "alert" }, error.message))),
);
