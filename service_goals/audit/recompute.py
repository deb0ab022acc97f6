"""A recomputation from the logs: rows by merging every record before a cut, numbers by adding up the facts of all rows.

It shares the rules with the workers (what an event means, how a total is judged) and nothing of how they keep state:
no tables, no contributions, no layers.
"""

from collections import defaultdict
from collections.abc import Iterable

from schemas.contributions import Change
from schemas.events import Rejected, decode_event
from schemas.goals import Assignment
from schemas.measures import accumulator_of
from schemas.records import Record
from schemas.rows import Row
from streams.aggregate import Total
from streams.control import ControlState
from streams.derive import Derivation
from streams.evaluate import Numbers, evaluate
from streams.merge import merge

Facts = dict[tuple[str, int], list[tuple[str | None, int, Change]]]
"""By contributor and accumulator: pipeline, day and what one fact adds."""


class Rows:
    """The tickets as the records so far make them."""

    def __init__(self) -> None:
        self._rows: dict[str, Row] = {}
        self.rejected = 0

    def feed(self, topic: str, records: Iterable[Record]) -> None:
        """Merge records of one ticket topic."""
        for record in records:
            try:
                event = decode_event(topic, record)
            except Rejected:
                self.rejected += 1
            else:
                self._rows[event.ticket_id] = merge(self._rows.get(event.ticket_id), topic, [event])

    def facts(self, state: ControlState) -> Facts:
        """All facts, credited as the state says."""
        facts: Facts = defaultdict(list)
        derivation = Derivation(state.crediting)
        for row in self._rows.values():
            for fact in derivation.facts(row):
                user, team, pipeline, day = fact.credit
                who = (("user", user), ("team", team), ("pipeline", pipeline))
                for counted in fact.accumulators:
                    within = int(counted.threshold is not None and fact.value <= counted.threshold)
                    change = Change(1, fact.value, within, {fact.value: 1} if counted.values else {})
                    for kind, name in who:
                        if name is not None:
                            facts[f"{kind}:{name}", counted.index].append((pipeline, day, change))
        return facts


def numbers(
    facts: Facts, state: ControlState, assignment: Assignment, before: int | None = None
) -> tuple[Total, Numbers]:
    """The assignment's total and what it amounts to; `before`: only days before this ordinal."""
    measure = assignment.goal.measure
    first, last = assignment.milestone.start.toordinal(), assignment.milestone.end.toordinal()
    total = Total()
    index = state.accumulator_index(measure)
    assert state.accumulators[index] == accumulator_of(measure)
    for pipeline, day, change in facts.get((assignment.contributor.key, index), ()):
        counted = not assignment.pipelines or pipeline in assignment.pipelines
        if counted and first <= day <= last and (before is None or day < before):
            total.add(change)
    return total, evaluate(measure, assignment.target, total)
