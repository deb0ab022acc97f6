/** Live events: one stream for the whole page; views subscribe to kinds of events. */

import { openSession } from "./api.js";

const KINDS = ["status", "result", "notification", "goal", "directory", "account", "snapshot", "reset"];
const AGAIN = 5000;
const LONGEST_START = 1000;

const listeners = new Map();

/** Call `listener` with the data of each event of a kind; also `state`: whether the stream is open. Returns the end of it. */
export function subscribe(kind, listener) {
  if (!listeners.has(kind)) listeners.set(kind, new Set());
  listeners.get(kind).add(listener);
  return () => listeners.get(kind).delete(listener);
}

/**
 * Open the stream; it opens itself again, from where it was, when the connection is lost. Resolves when it stands: what is
 * loaded from then on misses nothing. Where that takes too long, or it had to begin anew, views are told to load again: `reset`.
 */
export function connect() {
  return new Promise((resolve) => {
    let late = false;
    const begin = () => {
      late = true;
      resolve();
    };
    open(() => {
      if (late) tell("reset", {});
      begin();
    });
    setTimeout(begin, LONGEST_START);
  });
}

function open(onReady) {
  const source = new EventSource("/api/events");
  source.onopen = () => tell("state", true);
  source.onerror = () => {
    tell("state", false);
    if (source.readyState !== EventSource.CLOSED) return;
    setTimeout(open, AGAIN, onReady);
    // It doesn't say why: asking for the session finds out when that has ended.
    openSession().catch(() => {});
  };
  source.addEventListener("ready", onReady, { once: true });
  for (const kind of KINDS) source.addEventListener(kind, (event) => tell(kind, JSON.parse(event.data)));
}

function tell(kind, data) {
  for (const listener of listeners.get(kind) ?? []) listener(data);
}
