"""A snapshot (SPEC 5): freezes what has ended, tells what is new of what still runs, and dates everything it evaluates.

The law: what it writes is a function of the spine up to its request and of the records before its cut. What was frozen
once is not watched any more, and what was told once is not told again.
"""

from datetime import date

from schemas.goals import NotificationKind
from schemas.statuses import Status
from schemas.topics import CONTROL_ACCEPTED
from streams.aggregate import Total
from streams.control import ControlState
from streams.evaluate import Numbers, evaluate
from streams.freeze import interim, result
from streams.layers import Layers
from streams.notify import KINDS, early, notification, tells_early
from streams.published import Published
from streams.watches import Watch, Watches


class Snapshot:
    """One snapshot of one partition, as of a complete request. Make it, `take` it, and forget it."""

    def __init__(
        self, state: ControlState, offset: int, as_of: date, layers: Layers, published: Published, now: int
    ) -> None:
        """`state`: as of the request's entry, which is at `offset` of the spine; `now` only dates what goes out."""
        self._state = state
        self._as_of = as_of
        self._layers = layers
        self._published = published
        self._now = now
        self._cut = layers.cut(offset) | {CONTROL_ACCEPTED: [offset + 1]}

    def take(self, watches: Watches, kept_from: int) -> None:
        """Evaluate every watch but those of users who are gone; the ones that are frozen end.

        Nor those that begin before the day (ordinal) from which cells are kept: they ended while their user was gone.
        """
        for watch in list(watches):
            if self._state.stopped(watch.contributor) or watch.window.first < kept_from:
                continue
            watch.evaluated(self._as_of)
            if watch.assignment.milestone.end < self._as_of:
                self._freeze(watch)
                watches.end(watch)
            elif tells_early(watch.assignment.goal.measure):
                self._tell_early(watch)

    def _freeze(self, watch: Watch) -> None:
        total, numbers = self._evaluate(watch)
        frozen = result(self._state, watch, total, numbers, self._as_of, self._cut)
        self._tell(watch, KINDS[numbers.verdict], frozen)
        self._published.freeze(watch.key, frozen, self._now)

    def _tell_early(self, watch: Watch) -> None:
        total, numbers = self._evaluate(watch)
        kind = early(numbers.verdict)
        if kind is not None:
            self._tell(watch, kind, interim(self._state, watch, total, numbers, self._as_of))

    def _evaluate(self, watch: Watch) -> tuple[Total, Numbers]:
        """Over the facts of the cut, of days before the date."""
        window, assignment = watch.window, watch.assignment
        total = self._layers.cut_total(window._replace(last=min(window.last, self._as_of.toordinal() - 1)))
        return total, evaluate(assignment.goal.measure, assignment.target, total)

    def _tell(self, watch: Watch, kind: NotificationKind, status: Status) -> None:
        if not self._published.told(watch.key, kind):
            self._published.tell(watch.key, notification(self._state, watch.assignment, kind, status), self._now)
