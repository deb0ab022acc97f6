"""Which daily snapshots are due (SPEC 5): a function of what is in force and of the time, never of a timer's memory."""

from datetime import date

from streams.control import ControlState


def due_snapshots(state: ControlState, first_start: int, now: int) -> list[date]:
    """The dates to request, in order; a date is due `freeze_grace` after its local midnight.

    `first_start` and `now` are milliseconds since the epoch. Dates up to the one of the first start are never due by
    themselves, so that history can be imported first, and a snapshot of a past year asks for no others.
    """
    days = state.crediting.days
    first = days.day_of(first_start) + 1
    if state.last_snapshot is not None:
        first = max(first, state.last_snapshot.toordinal() + 1)
    latest = days.day_of(now - state.account.freeze_grace)
    return [date.fromordinal(day) for day in range(first, latest + 1)]
