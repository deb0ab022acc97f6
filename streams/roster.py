"""Who has which assignments on this partition: watches come and go as the spine is walked.

An entry only marks what it may have changed; that is looked at before the next evaluation. So a goal that is edited a
hundred times on the way is looked at once, and a machine that starts anew just marks everything.
"""

from collections.abc import Callable, Iterable

from schemas.contributions import CellKey, Change
from schemas.control import Entry
from schemas.goals import Assignment
from schemas.statuses import status_key
from schemas.topics import ACCOUNT, DIRECTORY, GOALS
from streams.cells import Window
from streams.control import ControlState
from streams.layers import Layers
from streams.published import Published
from streams.watches import Share, Watch, Watches


class Roster:
    """Keeps the watches in step with the spine and with what arrived."""

    def __init__(self, layers: Layers, published: Published, mine: Callable[[str], bool]) -> None:
        """`mine`: does this contributor, `KIND:ID`, belong to the partition?"""
        self.watches = Watches()
        self._layers = layers
        self._published = published
        self._mine = mine
        self._arrived: list[Iterable[tuple[CellKey, Change]]] = []
        """In the cells already, not yet in the totals of the watches."""
        self._edited: dict[Share, None] = {}
        """Shares whose assignments may have changed."""

    @property
    def dirty(self) -> bool:
        """May a status have changed?"""
        return bool(self._arrived or self._edited or self.watches.stale)

    def arrived(self, changes: Iterable[tuple[CellKey, Change]]) -> None:
        """These changes are in the layers now."""
        self._arrived.append(changes)

    def edited(self, entry: Entry, before: ControlState, after: ControlState) -> None:
        """Mark what the entry may have changed; the states are those around it."""
        if entry.topic == GOALS:
            self._edited_goal(entry.key, before, after)
        elif entry.topic == DIRECTORY:
            self.watches.touch(self.watches.of_contributor(entry.key))
        elif entry.topic == ACCOUNT:
            self.edited_all(after)

    def edited_all(self, state: ControlState) -> None:
        """Mark everyone in the state and all who have a status out."""
        mine = (contributor for contributor in state.contributors() if self._mine(contributor))
        self._edited.update(((goal_id, one), None) for one in mine for goal_id in state.goals_of(one))
        self._edited.update(dict.fromkeys(self._published.shares()))

    def settle(self, state: ControlState) -> None:
        """Bring the watches up to the state and to all that arrived.

        In this order: what arrived is counted into the watches that were there; those that begin count the cells.
        """
        arrived, self._arrived = self._arrived, []
        for changes in arrived:
            self.watches.count(changes)
        edited, self._edited = self._edited, {}
        for share in edited:
            self._assign(state, share)

    def _edited_goal(self, goal_id: str, before: ControlState, after: ControlState) -> None:
        histories = [each for state in (before, after) if (each := state.histories.get(goal_id)) is not None]
        members = sorted({one for history in histories for one in history.members if self._mine(one)})
        self._edited.update(((goal_id, one), None) for one in members)
        if goal_id not in after.histories:
            self._withdraw_frozen(before, [(goal_id, one) for one in members])

    def _withdraw_frozen(self, state: ControlState, shares: Iterable[Share]) -> None:
        """At once: later nothing tells any more that they are out."""
        for share in shares:
            for key, assignment in _assignments(state, share).items():
                if self._published.frozen(key, assignment):
                    self._published.withdraw(key)

    def _assign(self, state: ControlState, share: Share) -> None:
        assignments = _assignments(state, share)
        watched = self.watches.of_share(share)
        for watch in [watch for key, watch in watched.items() if key not in assignments]:
            self.watches.end(watch)
        for key in self._published.keys(share):
            if key not in assignments:
                self._published.withdraw(key)
        for key, assignment in assignments.items():
            if not self._published.frozen(key, assignment):
                self._watch(key, assignment, state.accumulator_index(assignment.goal.measure))

    def _watch(self, key: str, assignment: Assignment, accumulator: int) -> None:
        """Anew; or, when it adds up the same cells as before, under the new terms."""
        window = _window(assignment, accumulator)
        former = self.watches.of_share((assignment.goal.goal_id, window.contributor)).get(key)
        if former is not None and former.window == window:
            former.assignment = assignment
            self.watches.touch([former])
            return
        if former is not None:
            self.watches.end(former)
        self.watches.begin(Watch(key, assignment, window, self._layers.total(window), self._published.status(key)))


def _window(assignment: Assignment, accumulator: int) -> Window:
    milestone, pipelines = assignment.milestone, frozenset(assignment.pipelines)
    first, last = milestone.start.toordinal(), milestone.end.toordinal()
    return Window(assignment.contributor.key, accumulator, pipelines or None, first, last)


def _assignments(state: ControlState, share: Share) -> dict[str, Assignment]:
    """A contributor's assignments in a goal by status key; none when the goal is gone."""
    goal_id, contributor = share
    history = state.histories.get(goal_id)
    if history is None:
        return {}
    return {status_key(goal_id, contributor, one.milestone.start): one for one in history.assignments(contributor)}
