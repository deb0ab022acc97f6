"""What is watched: every assignment that isn't frozen, with its running total over everything received.

The law: a watch's total is the sum of the cells in its window. It is counted from the cells once, when the watch
begins, and kept by the changes that arrive; only watches whose numbers can have changed are stale.
"""

from collections.abc import Iterable, Iterator
from datetime import date

from schemas.contributions import CellKey, Change
from schemas.goals import Assignment
from schemas.statuses import Status, StatusName
from streams.aggregate import Total
from streams.cells import Window

Share = tuple[str, str]
"""Goal id and contributor `KIND:ID`."""


class Watch:
    """One assignment that isn't frozen."""

    __slots__ = ("as_of", "assignment", "key", "status", "total", "window")

    def __init__(self, key: str, assignment: Assignment, window: Window, total: Total, shown: Status | None) -> None:
        """`key`: of its status; `total`: of its window; `shown`: the status that is out, if there is one."""
        self.key = key
        self.assignment = assignment
        self.window = window
        self.total = total
        self.as_of: date | None = shown.as_of if shown is not None else None
        """The latest date of a snapshot that evaluated it."""
        self.status: StatusName | None = shown.status if shown is not None else None

    @property
    def contributor(self) -> str:
        """`KIND:ID`."""
        return self.window.contributor

    def evaluated(self, as_of: date) -> None:
        """A snapshot evaluated it; the date never goes back."""
        self.as_of = max(self.as_of, as_of) if self.as_of is not None else as_of


class Watches:
    """All watches, found by share, by contributor, and by the cells that they add up."""

    def __init__(self) -> None:
        """None yet."""
        self.stale: dict[Watch, None] = {}
        """What has to be evaluated, in the order in which that came about."""
        self._watches: dict[str, dict[str, dict[str, Watch]]] = {}
        """By contributor, goal id and status key."""
        self._on_day: dict[tuple[str, int], dict[int, list[Watch]]] = {}
        """By contributor and accumulator, then day: remembered until one of the contributor's watches comes or goes."""

    def __iter__(self) -> Iterator[Watch]:
        """All of them; `begin` and `end` only after iterating."""
        for contributor in self._watches:
            yield from self.of_contributor(contributor)

    def of_contributor(self, contributor: str) -> Iterator[Watch]:
        """All of one contributor's."""
        for of_goal in self._watches.get(contributor, {}).values():
            yield from of_goal.values()

    def of_share(self, share: Share) -> dict[str, Watch]:
        """One contributor's in one goal, by status key."""
        goal_id, contributor = share
        return self._watches.get(contributor, {}).get(goal_id, {})

    def begin(self, watch: Watch) -> None:
        """Watch it from now on; it is stale."""
        of_contributor = self._watches.setdefault(watch.contributor, {})
        of_contributor.setdefault(watch.assignment.goal.goal_id, {})[watch.key] = watch
        self._on_day.pop((watch.contributor, watch.window.accumulator), None)
        self.stale[watch] = None

    def end(self, watch: Watch) -> None:
        """Watch it no longer."""
        self._on_day.pop((watch.contributor, watch.window.accumulator), None)
        self.stale.pop(watch, None)
        of_contributor = self._watches[watch.contributor]
        of_goal = of_contributor[watch.assignment.goal.goal_id]
        del of_goal[watch.key]
        if not of_goal:
            del of_contributor[watch.assignment.goal.goal_id]

    def count(self, changes: Iterable[tuple[CellKey, Change]]) -> None:
        """Add what arrived to the totals it belongs to."""
        for key, change in changes:
            if key.contributor in self._watches:
                for watch in self._watching(key):
                    if watch.window.covers(key):
                        watch.total.add(change)
                        self.stale[watch] = None

    def touch(self, watches: Iterable[Watch]) -> None:
        """Something that their statuses depend on changed."""
        self.stale.update(dict.fromkeys(watches))

    def drain(self) -> Iterable[Watch]:
        """What is stale; afterwards nothing is."""
        stale, self.stale = self.stale, {}
        return stale

    def _watching(self, key: CellKey) -> list[Watch]:
        on_day = self._on_day.setdefault((key.contributor, key.accumulator), {})
        found = on_day.get(key.day)
        if found is None:
            watches = self.of_contributor(key.contributor)
            found = on_day[key.day] = [watch for watch in watches if _adds_up(watch.window, key)]
        return found


def _adds_up(window: Window, key: CellKey) -> bool:
    return window.accumulator == key.accumulator and window.first <= key.day <= window.last
