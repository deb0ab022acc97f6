"""Rows of tickets that wait to be written: when, and of several of one ticket only the last. Pure.

Each row that is written changes several trees of the index. Many at once cost less each; while a worker catches up
most of them are superseded before they are written; and whatever comes, only so much of a core is taken.
"""

from collections.abc import Mapping
from typing import Final

MOST: Final = 20_000
"""Tickets that wait at most."""
HOLD: Final = 2.0
"""Seconds from one writing to the next, at least."""
REST: Final = 3.0
"""Times as long as the last writing took."""

Rows = dict[str, bytes | None]
"""By ticket; None: gone."""


class Held:
    """What waits, and when it may be written. `now` and the like are seconds since some moment."""

    def __init__(self) -> None:
        self._rows: Rows = {}
        self._due = 0.0

    @property
    def full(self) -> bool:
        """No more may come."""
        return len(self._rows) >= MOST

    def add(self, rows: Mapping[str, bytes | None]) -> None:
        """The last row of a ticket decides."""
        self._rows |= rows

    def due_in(self, now: float) -> float:
        """Seconds until something may be written again."""
        return max(0.0, self._due - now)

    def drain(self) -> Rows:
        """What waits."""
        rows, self._rows = self._rows, {}
        return rows

    def written(self, begin: float, end: float) -> None:
        """A writing took from then till then."""
        self._due = end + max(HOLD, REST * (end - begin))
