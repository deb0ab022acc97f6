/** Where the reader is: `#/PATH?PARAMETERS`. The fragment keeps it out of the server's sight. */

/** `{path: ["status", "close|user:ann|…"], query: URLSearchParams}`. */
export function place() {
  const [path, query = ""] = location.hash.replace(/^#\/?/, "").split("?");
  return { path: path.split("/").map(decodeURIComponent), query: new URLSearchParams(query) };
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

/** Parameters as an object of lists. */
export function parameters(query) {
  return Object.fromEntries([...new Set(query.keys())].map((name) => [name, query.getAll(name)]));
}
