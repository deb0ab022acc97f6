"""How long tickets and day cells are kept, when not for ever (`keep_days` of the account; docs/decisions/0011).

The law: no number of a day from `ControlState.kept_from` on ever depends on what expired. That day follows from the
spine alone: each snapshot request moves it up to `keep_days` before its date, but never past the start of a milestone
that is still open; and no new goal may start before it. So every row and every cell that a goal can still need is
there, in every partition, at the same entry.
"""

from typing import Final

from schemas.rows import Row, unpack_attributes
from streams.control import ControlState

NOTHING_KNOWN: Final = -(2**63)
"""Before every instant."""


def kept_from(state: ControlState) -> int:
    """The first local day (ordinal) that has to be kept, once a snapshot request is in `state`."""
    keep, last = state.account.keep_days, state.last_snapshot
    if keep is None or last is None:
        return state.kept_from
    histories = state.histories.values()
    opened = (each.milestones[each.closed].start for each in histories if each.closed < len(each.milestones))
    return max(state.kept_from, min((last.toordinal() - keep, *(start.toordinal() for start in opened))))


def last_event(row: Row) -> int:
    """The latest instant that a ticket's row remembers, in milliseconds; `NOTHING_KNOWN` when it remembers none."""
    stamps = (row.response, row.close, row.pipeline, *(stamp for stamp, _ in unpack_attributes(row)))
    instants = (row.created, row.reopened, row.deleted, *(stamp[0] for stamp in stamps if stamp is not None))
    return max((at for at in instants if at is not None), default=NOTHING_KNOWN)
