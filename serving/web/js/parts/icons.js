/** The page's few icons, drawn as lines in a box of 16 × 16. They decorate: words stand beside them. */

import { svg } from "../base/dom.js";

const PATHS = {
  exceeded: "M4 11l4-4 4 4M4 7l4-4 4 4",
  achieved: "M3 8.5l3.5 3.5L13 4.5",
  missed: "M4 4l8 8M12 4l-8 8",
  pending: "M8 4v4l2.5 2M8 1.8a6.2 6.2 0 1 0 .01 0",
  in_progress: "M2 12.5l4-4.5 3 2.5 5-6.5M10.5 4H14v3.5",
  stopped: "M6 4v8M10 4v8",
  locked: "M4.5 7.5h7v5.5h-7zM6 7.5V5a2 2 0 0 1 4 0v2.5",
  user: "M8 8a2.6 2.6 0 1 0 0-5.2A2.6 2.6 0 0 0 8 8M3 13.5c.6-2.7 2.5-4 5-4s4.4 1.3 5 4",
  team: "M6 7.500a2.2 2.2 0 1 0 0-4.4 2.2 2.2 0 0 0 0 4.400M1.8 12.800c.5-2.3 2.1-3.4 4.2-3.400s3.7 1.1 4.2 3.400M10.8 3.400a2.2 2.2 0 0 1 0 4M12 9.700c1.2.5 2 1.5 2.3 3.1",
  pipeline: "M2 4h12M4 8h8M6.5 12h3",
  close: "M4 4l8 8M12 4l-8 8",
  plus: "M8 3v10M3 8h10",
  bell: "M4 11V7.500a4 4 0 0 1 8 0V11l1 1.200H3zM6.8 14h2.4",
  download: "M8 2.500v7.500M4.8 7L8 10.2 11.2 7M3 13h10",
  edit: "M3 13l.7-3L10.5 3.200l2.3 2.300L6 12.300z",
  trash: "M3 4.500h10M6 4.500V3h4v1.500M4.5 4.500l.6 8.500h5.800l.6-8.5",
  filter: "M2.5 3.500h11L9.5 8.500V13l-3-1.500v-3z",
  back: "M9.5 3.500L5 8l4.5 4.5",
  sun: "M8 5a3 3 0 1 0 .01 0M8 1.500v1M8 13.500v1M1.5 8h1M13.5 8h1M3.4 3.400l.7.7M11.9 11.900l.7.7M3.4 12.600l.7-.7M11.9 4.100l.7-.7",
};

/** An icon by name. */
export function icon(name) {
  const line = {
    fill: "none",
    stroke: "currentColor",
    "stroke-width": "1.7",
    "stroke-linecap": "round",
    "stroke-linejoin": "round",
  };
  return svg(
    "svg",
    { class: "icon", viewBox: "0 0 16 16", "aria-hidden": "true", ...line },
    svg("path", { d: PATHS[name] }),
  );
}
