/** Targets and actuals as people write and read them. Units: `ms`, `tickets`, `share`. */

import { language, locale, t } from "./words.js";

const SECOND = 1000;
const MINUTE = 60 * SECOND;
const HOUR = 60 * MINUTE;
const DAY = 24 * HOUR;

const SPELLINGS = [
  [7 * DAY, "w|wk|week|weeks|weken"],
  [DAY, "d|day|days|dag|dagen"],
  [HOUR, "h|hr|hrs|hour|hours|u|uur|uren"],
  [MINUTE, "m|min|mins|minute|minutes|minuut|minuten"],
  [SECOND, "s|sec|secs|second|seconds|seconde|seconden"],
  [1, "ms"],
];
const LENGTHS = new Map(SPELLINGS.flatMap(([ms, names]) => names.split("|").map((name) => [name, ms])));
const LETTERS = { en: ["d", "h", "m", "s"], nl: ["d", "u", "m", "s"] };

/** `{value}` in the unit, or `{error}`: words that say what to type instead. */
export function parseAmount(text, unit) {
  const typed = text.trim().toLowerCase();
  if (!typed) return { error: t("amount.empty") };
  return { ms: parseDuration, tickets: parseTickets, share: parseShare }[unit](typed);
}

function parseDuration(typed) {
  const clock = /^(\d+):([0-5]\d)$/.exec(typed);
  if (clock) return positive(clock[1] * HOUR + clock[2] * MINUTE);
  if (/^[\d.,]+$/.test(typed)) return { error: t("amount.unitless", { typed }) };
  let total = 0;
  let rest = typed.replace(/(\d)\s*(h|u|uur)\s*(\d+)$/, "$1$2 $3m").replace(/\b(and|en)\b/g, " ");
  while ((rest = rest.replace(/^[\s,]+/, ""))) {
    const part = /^(\d+(?:[.,]\d+)?)\s*([a-z]+)\.?/.exec(rest);
    if (!part || !LENGTHS.has(part[2])) return { error: t("amount.duration", { typed }) };
    total += Number(part[1].replace(",", ".")) * LENGTHS.get(part[2]);
    rest = rest.slice(part[0].length);
  }
  return positive(Math.round(total));
}

function parseTickets(typed) {
  const digits = /^\d{1,3}(?:[.,\s]\d{3})+$/.test(typed) ? typed.replace(/\D/g, "") : typed;
  return /^\d{1,15}$/.test(digits) ? positive(Number(digits)) : { error: t("amount.tickets", { typed }) };
}

function parseShare(typed) {
  const parts = /^(\d+(?:[.,]\d+)?)\s*(%?)$/.exec(typed);
  const number = parts && Number(parts[1].replace(",", "."));
  const share = parts && Math.round((parts[2] || number > 1 ? number / 100 : number) * 10_000) / 10_000;
  return parts && share <= 1 ? positive(share) : { error: t("amount.share", { typed }) };
}

function positive(value) {
  return value > 0 ? { value } : { error: t("amount.positive") };
}

/** For reading: `2 h 30 m`, `24`, `60.5 %`; a dash for nothing. */
export function formatAmount(value, unit) {
  if (value === null || value === undefined) return "–";
  if (unit === "share") return percent(value, 1);
  return unit === "ms" ? formatDuration(value) : formatNumber(value);
}

/** For editing: exactly the value, as `parseAmount` reads it. */
export function writeAmount(value, unit) {
  if (unit === "share") return `${new Intl.NumberFormat(locale, { maximumFractionDigits: 2 }).format(value * 100)} %`;
  return unit === "ms" ? spell(value, 5) : String(value);
}

/** The two largest units of a span of time that are not zero. */
export function formatDuration(ms) {
  return ms < SECOND ? `${formatNumber(ms)} ms` : spell(Math.round(ms / SECOND) * SECOND, 2);
}

function spell(ms, most) {
  const [day, hour, minute, second] = LETTERS[language];
  const lengths = [
    [DAY, day],
    [HOUR, hour],
    [MINUTE, minute],
    [SECOND, second],
    [1, "ms"],
  ];
  let rest = ms;
  const amounts = lengths.map(([length, letter]) => {
    const amount = Math.floor(rest / length);
    rest -= amount * length;
    return { amount, letter };
  });
  const first = amounts.findIndex(({ amount }) => amount > 0);
  if (first < 0) return `0 ${second}`;
  const shown = amounts.slice(first, first + most).filter(({ amount }) => amount > 0);
  return shown.map(({ amount, letter }) => `${amount} ${letter}`).join(" ");
}

export function formatNumber(value) {
  return new Intl.NumberFormat(locale, { maximumFractionDigits: 2 }).format(value);
}

/** 1 is 100 %, and nothing less is: what is short of it is not rounded up to it. */
export function percent(value, decimals = 0) {
  const shown = value < 1 ? Math.min(value, 1 - 10 ** -(2 + decimals)) : value;
  return new Intl.NumberFormat(locale, { style: "percent", maximumFractionDigits: decimals }).format(shown);
}
