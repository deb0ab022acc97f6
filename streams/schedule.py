"""Which snapshots are due: a function of the spine and the clock, so that asking twice changes nothing (SPEC 5)."""

from datetime import date, timedelta
from typing import Final

from streams.control import ControlState

_DAY: Final = timedelta(days=1)


def due_snapshots(state: ControlState, first_start: int, now: int) -> list[date]:
    """The dates not requested yet whose local midnight plus `freeze_grace` has come, in order.

    `first_start`, `now`: milliseconds. Nothing is due for the local day of the first start or earlier: the system
    missed no day before it was there. After that every day is due, however long the system was down.
    """
    days = state.crediting.days
    day = days.today(first_start) + _DAY
    if state.last_snapshot is not None:
        day = max(day, state.last_snapshot + _DAY)
    due = []
    while day <= days.today(now) and days.start_of(day.toordinal()) + state.account.freeze_grace <= now:
        due.append(day)
        day += _DAY
    return due
