/** Elements without markup in strings: what comes from the API is only ever text. */

const PROPERTIES = new Set(["value", "checked", "disabled", "selected", "hidden", "indeterminate"]);
const SVG = "http://www.w3.org/2000/svg";

/** An element; `on…` attributes are listeners, null and false attributes and children are left out. */
export function h(tag, attributes = {}, ...children) {
  return dress(document.createElement(tag), attributes, children);
}

/** The same for SVG. */
export function svg(tag, attributes = {}, ...children) {
  return dress(document.createElementNS(SVG, tag), attributes, children);
}

/** Put `children` in place of what an element holds. */
export function fill(element, ...children) {
  element.replaceChildren(...present(children));
  return element;
}

/** Where rows become cards and filters fold; as in the style sheets. */
export const NARROW = matchMedia("(width <= 48rem)");

/** Pixels of so many rem, for those who draw by themselves. */
export function rem(count) {
  return Math.round(count * Number.parseFloat(getComputedStyle(document.documentElement).fontSize));
}

const AGAIN = 5000;

/**
 * Call `action` `pause` ms after the first of a burst of calls, and again for what was called since: however long the burst.
 * Never twice at once, so that no earlier answer is drawn over a later one; one that fails is tried again.
 */
export function gathered(action, pause) {
  let called = false;
  let running = false;
  const run = async (wait) => {
    await new Promise((resolve) => setTimeout(resolve, wait));
    called = false;
    let failed = false;
    try {
      await action();
    } catch {
      failed = true;
    }
    running = called || failed;
    if (running) run(failed ? AGAIN : pause);
  };
  return () => {
    called = true;
    if (running) return;
    running = true;
    run(pause);
  };
}

/** Call `action` once, `pause` ms after the last of a burst of calls: when someone has stopped typing. */
export function settled(action, pause) {
  let timer = 0;
  return (...values) => {
    clearTimeout(timer);
    timer = setTimeout(() => action(...values), pause);
  };
}

let last = 0;

/** An id for an element, for labels and descriptions to point at. */
export function newId(prefix) {
  last += 1;
  return `${prefix}-${last}`;
}

function dress(element, attributes, children) {
  for (const [name, value] of Object.entries(attributes)) {
    if (value === null || value === undefined || value === false) continue;
    if (name.startsWith("on")) element.addEventListener(name.slice(2), value);
    else if (PROPERTIES.has(name)) element[name] = value;
    else element.setAttribute(name, value === true ? "" : value);
  }
  element.append(...present(children));
  return element;
}

function present(children) {
  return children.flat(Infinity).filter((child) => child !== null && child !== undefined && child !== false);
}
