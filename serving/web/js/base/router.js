/** Where the reader is: `#/PATH?PARAMETERS`. The fragment keeps it out of the server's sight. */

import { remember, remembered } from "./preferences.js";

const OVERVIEW = "overview";

let left = "#/";

/** `{path: ["status", "close|user:ann|…"], query: URLSearchParams}`; the path is empty when the address is no address. */
export function place() {
  const [path, query = ""] = location.hash.replace(/^#\/?/, "").split("?");
  return { path: decoded(path.split("/")), query: new URLSearchParams(query) };
}

function decoded(parts) {
  try {
    return parts.map(decodeURIComponent);
  } catch {
    return [];
  }
}

/** The address of a view. */
export function to(...path) {
  return `#/${path.map(encodeURIComponent).join("/")}`;
}

/** Go to a view. */
export function go(...path) {
  location.hash = to(...path);
}

/** Write other parameters into the address, without leaving the view. */
export function setQuery(query) {
  const path = location.hash.split("?")[0] || "#/";
  history.replaceState(null, "", query.size ? `${path}?${query}` : path);
}

/** Remember the overview as it stands in the address, for `overview()`: as long as the tab is open. */
export function keepOverview() {
  left = location.hash;
  remember(OVERVIEW, left, "sessionStorage");
}

/** The address of the overview as the reader left it, filters and all. */
export function overview() {
  return remembered(OVERVIEW, left, "sessionStorage") || "#/";
}

/** Parameters as an object of lists. */
export function parameters(query) {
  return Object.fromEntries([...new Set(query.keys())].map((name) => [name, query.getAll(name)]));
}
