"""A recomputation from the logs: rows by merging every record before a cut, cells by adding up the facts of all rows.

It shares the rules with the workers (what an event means, how a total is judged) and nothing of how they keep state:
no tables, no contributions, no layers, nothing incremental.
"""

from collections import defaultdict
from collections.abc import Iterable, Iterator

from schemas.contributions import CellKey, Change
from schemas.events import Rejected, decode_event
from schemas.goals import Assignment
from schemas.records import Record
from schemas.rows import Row
from streams.aggregate import Total, merge
from streams.control import ControlState
from streams.crediting import Crediting
from streams.derive import Derivation, Fact
from streams.merge import merge as merge_events

Cells = dict[CellKey, Change]


class Rows:
    """The tickets as the records so far make them."""

    def __init__(self) -> None:
        self._rows: dict[str, Row] = {}
        self.records = 0
        self.rejected = 0

    def feed(self, topic: str, records: Iterable[Record]) -> None:
        """Merge records of one ticket topic."""
        for record in records:
            self.records += 1
            try:
                event = decode_event(topic, record)
            except Rejected:
                self.rejected += 1
            else:
                self._rows[event.ticket_id] = merge_events(self._rows.get(event.ticket_id), topic, [event])

    def cells(self, crediting: Crediting) -> Cells:
        """All facts added up, credited as it was in force."""
        cells: Cells = {}
        derivation = Derivation(crediting)
        for row in self._rows.values():
            for fact in derivation.facts(row):
                for key, change in _contributions(fact):
                    if key in cells:
                        merge(cells[key], change)
                    else:
                        cells[key] = change
        return cells


class Totals:
    """What milestones amount to, from cells."""

    def __init__(self, state: ControlState, cells: Cells) -> None:
        """`state`: whose accumulators the cells are of."""
        self._state = state
        self._cells: dict[tuple[str, int], list[tuple[CellKey, Change]]] = defaultdict(list)
        for key, cell in cells.items():
            self._cells[key.contributor, key.accumulator].append((key, cell))

    def of(self, assignment: Assignment, before: int | None = None) -> Total:
        """All facts of the milestone's days; `before`: only of days before this ordinal."""
        first, last = assignment.milestone.start.toordinal(), assignment.milestone.end.toordinal()
        pipelines = assignment.pipelines
        total = Total()
        index = self._state.accumulator_index(assignment.goal.measure)
        for key, cell in self._cells.get((assignment.contributor.key, index), ()):
            counted = not pipelines or key.pipeline in pipelines
            if counted and first <= key.day <= last and (before is None or key.day < before):
                total.add(cell)
        return total


def _contributions(fact: Fact) -> Iterator[tuple[CellKey, Change]]:
    """What one fact adds, for each it is credited to and each accumulator."""
    user, team, pipeline, day = fact.credit
    credited = [f"{kind}:{name}" for kind, name in (("user", user), ("team", team), ("pipeline", pipeline)) if name]
    for counted in fact.accumulators:
        within = int(counted.threshold is not None and fact.value <= counted.threshold)
        for contributor in credited:
            values = {fact.value: 1} if counted.values else {}
            yield CellKey(contributor, counted.index, pipeline, day), Change(1, fact.value, within, values)
