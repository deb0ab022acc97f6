/** The REST API: JSON in and out; a refusal becomes a `Refusal` with the server's own words. */

const session = { csrf: null, role: "viewer" };

/** What the server refused: `status`, its words as the message, and `errors`: a list of `field` and `detail`. */
export class Refusal extends Error {
  constructor(status, problem) {
    super(problem.detail ?? problem.title ?? String(status));
    this.status = status;
    this.errors = problem.errors ?? [];
  }
}

/** GET, with parameters as an object; lists are repeated, empty values left out. */
export async function read(path, parameters = {}, signal = undefined) {
  const response = await request(address(path, parameters), { signal });
  return response.json();
}

/** A goal and its version, as GET has it. */
export async function readGoal(goalId) {
  const response = await request(`/api/goals/${encodeURIComponent(goalId)}`);
  return { ...(await response.json()), etag: response.headers.get("ETag") };
}

/** All of a list, page by page; at most `most` items. */
export async function readAll(path, parameters = {}, most = 5000) {
  const items = [];
  let cursor = null;
  do {
    const page = await read(path, { ...parameters, limit: 500, cursor });
    items.push(...page.items);
    cursor = page.next;
  } while (cursor && items.length < most);
  return items;
}

/** POST, PUT or DELETE. Null for an answer without a body. Waits for the verdict when the server couldn't. */
export async function write(method, path, body = undefined, headers = {}) {
  const response = await request(path, {
    method,
    body: body === undefined ? undefined : JSON.stringify(body),
    headers: { ...(body === undefined ? {} : { "Content-Type": "application/json" }), ...headers },
  });
  if (response.status === 202) return verdict(response.headers.get("Location"));
  return response.status === 204 ? null : response.json();
}

/** Save a list as a CSV file. */
export async function download(path, parameters, name) {
  const response = await request(address(path, parameters), { headers: { Accept: "text/csv" } });
  const link = document.createElement("a");
  link.href = URL.createObjectURL(await response.blob());
  link.download = name;
  link.click();
  setTimeout(() => URL.revokeObjectURL(link.href), 60_000);
}

/** Who is asking; a Refusal with status 401 when nobody is known. */
export async function openSession() {
  return Object.assign(session, await read("/api/session"));
}

export async function logIn(token) {
  return Object.assign(session, await write("POST", "/api/session", { token }));
}

export async function logOut() {
  await write("DELETE", "/api/session");
}

/** Whether goals may be set. */
export function mayWrite() {
  return session.role !== "viewer";
}

async function request(url, options = {}) {
  const headers = { Accept: "application/json", ...options.headers };
  if (session.csrf && options.method) headers["X-CSRF-Token"] = session.csrf;
  const response = await fetch(url, { ...options, headers });
  if (response.ok) return response;
  if (response.status === 401 && session.csrf) location.reload();
  const problem = await response.json().catch(() => ({}));
  throw new Refusal(response.status, problem);
}

async function verdict(location) {
  for (;;) {
    const { state, reason } = await read(location);
    if (state === "accepted") return null;
    if (state === "refused") throw new Refusal(422, { detail: reason });
    await new Promise((resolve) => setTimeout(resolve, 1000));
  }
}

function address(path, parameters) {
  const query = new URLSearchParams();
  for (const [name, value] of Object.entries(parameters)) {
    for (const each of [value].flat()) {
      if (each !== null && each !== undefined && each !== "") query.append(name, each);
    }
  }
  return query.size ? `${path}?${query}` : path;
}
