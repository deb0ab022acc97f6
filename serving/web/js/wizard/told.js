/** Who is told, for each contributor. */

import { buildNotify } from "../goal/notify.js";
import { learnNames } from "../parts/directory.js";

export async function told(draft, { changed }) {
  await learnNames(
    "user",
    draft.rows.flatMap((row) => row.notify.map((each) => each.user_id)),
  );
  return { element: buildNotify({ rows: draft.rows, changed }), check: () => true };
}
