/** The course of a milestone: the actual as a line, against the target and the pace. */

import uPlot from "../../vendor/uplot/uPlot.esm.js";
import { formatAmount } from "../base/amounts.js";
import { fill, h, rem } from "../base/dom.js";
import { addDays, asSeconds, formatDay } from "../base/times.js";
import { t } from "../base/words.js";
import { locale } from "../base/words.js";

const HEIGHT = 16.25;
const MOST = 400;

/** Draw into `slot`; `end()` stops following its width and the colours. */
export function buildChart(slot, history) {
  const drawing = h("div", { class: "chart", role: "img", "aria-label": describe(history) });
  fill(slot, legend(history), drawing);
  let plot = null;
  const draw = () => {
    plot?.destroy();
    plot = new uPlot(options(history, drawing.clientWidth), series(history), drawing);
  };
  const follow = new ResizeObserver(() =>
    plot ? plot.setSize({ width: drawing.clientWidth, height: rem(HEIGHT) }) : draw(),
  );
  follow.observe(drawing);
  document.addEventListener("themechange", draw);
  return {
    end() {
      follow.disconnect();
      document.removeEventListener("themechange", draw);
      plot?.destroy();
    },
  };
}

/** One point a day of the whole milestone; the actual stops today. */
function series({ milestone, days, target, better, unit }) {
  const known = new Map(days.map((day) => [day.date, day]));
  const dates = [];
  for (let date = milestone.start; date <= milestone.end && dates.length < MOST; date = addDays(date, 1))
    dates.push(date);
  const pace = (index) => (hasPace({ better, unit, days }) ? (target * (index + 1)) / dates.length : null);
  return [
    dates.map(asSeconds),
    dates.map((date) => known.get(date)?.actual ?? null),
    dates.map(() => target),
    dates.map((_, index) => pace(index)),
  ];
}

function hasPace({ days }) {
  return days.some((day) => day.pace !== null);
}

function options({ unit }, width) {
  const colour = (name) => getComputedStyle(document.documentElement).getPropertyValue(name).trim();
  const axis = {
    stroke: colour("--ink-soft"),
    grid: { stroke: colour("--line"), width: 1 },
    ticks: { stroke: colour("--line") },
    font: `${rem(0.75)}px system-ui`,
  };
  const date = new Intl.DateTimeFormat(locale, { day: "numeric", month: "short", timeZone: "UTC" });
  return {
    width,
    height: rem(HEIGHT),
    tzDate: (seconds) => uPlot.tzDate(new Date(seconds * 1000), "UTC"),
    legend: { show: false },
    cursor: { y: false, points: { size: 7 } },
    scales: { y: { range: (_plot, _low, high) => [0, (high || 1) * 1.1] } },
    axes: [
      { ...axis, space: rem(4.375), values: (_plot, ticks) => ticks.map((tick) => date.format(tick * 1000)) },
      { ...axis, size: rem(4.875), values: (_plot, ticks) => ticks.map((tick) => formatAmount(tick, unit)) },
    ],
    series: [
      {},
      {
        stroke: colour("--accent"),
        width: 2.5,
        fill: colour("--accent-wash"),
        points: { show: true, size: 5, fill: colour("--accent") },
      },
      { stroke: colour("--target"), width: 1.5, points: { show: false } },
      { stroke: colour("--ink-soft"), width: 1.5, dash: [5, 5], points: { show: false } },
    ],
    hooks: { setCursor: [(plot) => tell(plot, unit)] },
  };
}

/** The day under the pointer, in words. */
function tell(plot, unit) {
  const place = plot.root.parentElement?.parentElement?.querySelector(".reading");
  if (!place) return;
  const { idx } = plot.cursor;
  const actual = idx === null || idx === undefined ? null : plot.data[1][idx];
  const day = actual === null ? null : formatDay(new Date(plot.data[0][idx] * 1000).toISOString().slice(0, 10));
  place.textContent = day ? `${day}: ${formatAmount(actual, unit)}` : "";
}

function legend(history) {
  const line = (look, words) => h("span", { class: `key ${look}` }, words);
  return h(
    "p",
    { class: "legend" },
    line("actual", t("chart.actual")),
    line("target", t("chart.target", { target: formatAmount(history.target, history.unit) })),
    hasPace(history) ? line("pace", t("chart.pace")) : null,
    h("span", { class: "grow" }),
    h("span", { class: "reading" }),
  );
}

function describe({ days, target, unit }) {
  const latest = days.at(-1);
  const values = {
    target: formatAmount(target, unit),
    actual: formatAmount(latest?.actual, unit),
    date: latest ? formatDay(latest.date) : "–",
  };
  return t("chart.words", values);
}
