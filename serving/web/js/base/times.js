/** Dates and instants as people read them; instants in the account's time zone. */

import { locale } from "./words.js";

let zone = "UTC";

/** From now on instants are shown in this zone. */
export function useZone(timeZone) {
  zone = timeZone;
}

/** `1 Mar 2026`, of a local date `2026-03-01`. */
export function formatDate(date) {
  return days({ day: "numeric", month: "short", year: "numeric" }).format(asUtc(date));
}

/** `Sun 1 Mar`. */
export function formatDay(date) {
  return days({ weekday: "short", day: "numeric", month: "short" }).format(asUtc(date));
}

/** `1 – 31 Mar 2026`. */
export function formatSpan({ start, end }) {
  return days({ day: "numeric", month: "short", year: "numeric" }).formatRange(asUtc(start), asUtc(end));
}

/** A milestone by the name people give it: `March 2026`, `Q1 2026`, `2026`; otherwise its days. */
export function formatMilestone({ start, end }) {
  if (start.slice(8) !== "01" || addDays(end, 1).slice(8) !== "01") return formatSpan({ start, end });
  const months = (end.slice(0, 4) - start.slice(0, 4)) * 12 + (end.slice(5, 7) - start.slice(5, 7)) + 1;
  if (months === 1) return days({ month: "long", year: "numeric" }).format(asUtc(start));
  const month = Number(start.slice(5, 7));
  if (months === 3 && month % 3 === 1) return `Q${(month + 2) / 3} ${start.slice(0, 4)}`;
  return months === 12 && month === 1 ? start.slice(0, 4) : formatSpan({ start, end });
}

/** `19 Mar 2026, 11:00`, in the account's zone. */
export function formatInstant(instant) {
  return new Intl.DateTimeFormat(locale, { dateStyle: "medium", timeStyle: "short", timeZone: zone }).format(
    new Date(instant),
  );
}

/** Seconds since the epoch at UTC midnight: what the chart counts in. */
export function asSeconds(date) {
  return asUtc(date) / 1000;
}

/** The local date so many days later. */
export function addDays(date, days) {
  return new Date(asUtc(date).getTime() + days * 86_400_000).toISOString().slice(0, 10);
}

function days(options) {
  return new Intl.DateTimeFormat(locale, { ...options, timeZone: "UTC" });
}

function asUtc(date) {
  return new Date(`${date}T00:00:00Z`);
}
