/** What this browser remembers: language, colours. Without storage (private windows) the page works all the same. */

/** A remembered value, or the fallback. `place` is `sessionStorage` for what one tab remembers. */
export function remembered(name, fallback = null, place = "localStorage") {
  try {
    return JSON.parse(window[place].getItem(`service-goals.${name}`)) ?? fallback;
  } catch {
    return fallback;
  }
}

/** Remember a value; null forgets it. */
export function remember(name, value, place = "localStorage") {
  try {
    if (value === null) window[place].removeItem(`service-goals.${name}`);
    else window[place].setItem(`service-goals.${name}`, JSON.stringify(value));
  } catch {
    // Storage is full or forbidden: the value lives as long as the page.
  }
}

/** `auto`, `light` or `dark`. */
export function theme() {
  return remembered("theme", "auto");
}

export function setTheme(chosen) {
  remember("theme", chosen);
  applyTheme();
}

/** Dress the document in the chosen colours, and say so to whoever draws with them. */
export function applyTheme() {
  const dark = matchMedia("(prefers-color-scheme: dark)").matches;
  document.documentElement.dataset.theme = theme() === "auto" ? (dark ? "dark" : "light") : theme();
  document.dispatchEvent(new Event("themechange"));
}
