"""Comparing what was published with the recomputation, into differences that name goal, contributor and milestone."""

from collections.abc import Iterator, Mapping
from dataclasses import asdict, dataclass
from typing import Any, Final

from schemas.goals import Assignment
from schemas.statuses import status_key
from service_goals.audit.recompute import Facts, numbers
from streams.control import ControlState

VERDICTS: Final = {"better": "exceeded", "exact": "achieved", "worse": "missed"}
Published = dict[str, Any]


@dataclass(frozen=True)
class Difference:
    """One field that is not what the logs say."""

    what: str
    """`result` or `status`."""
    key: str
    """`GOAL_ID|KIND:ID|MILESTONE_START`."""
    field: str
    published: Any
    recomputed: Any

    def as_json(self) -> dict[str, Any]:
        """For machines."""
        return asdict(self)

    def __str__(self) -> str:
        return f"{self.what} {self.key}: {self.field} is {self.published!r}, the logs say {self.recomputed!r}"


def key_of(assignment: Assignment) -> str:
    """The key of its status and result."""
    return status_key(assignment.goal.goal_id, assignment.contributor.key, assignment.milestone.start)


def compare_results(
    state: ControlState, facts: Facts, day: int, published: Mapping[str, Published], frozen: set[str]
) -> Iterator[Difference]:
    """What a snapshot as of `day` froze, by key, against the facts at its cut; `frozen` grows by what is due."""
    expected = {}
    for contributor in state.contributors():
        if not state.stopped(contributor):
            for assignment in state.assignments(contributor):
                if assignment.milestone.end.toordinal() < day and key_of(assignment) not in frozen:
                    expected[key_of(assignment)] = assignment
    frozen |= expected.keys()
    for key in published.keys() - expected.keys():
        yield Difference("result", key, "published", True, False)
    for key, assignment in sorted(expected.items()):
        if key not in published:
            yield Difference("result", key, "published", False, True)
            continue
        total, said = numbers(facts, state, assignment, day)
        fields = _fields(total.sum, total.count, said.actual, said.progress, said.no_data)
        yield from _differences("result", key, published[key], fields | {"status": VERDICTS[said.verdict]})


def compare_live(state: ControlState, facts: Facts, published: Mapping[str, Published]) -> Iterator[Difference]:
    """The live statuses that are not frozen and not stopped, against all facts."""
    for contributor in state.contributors():
        if state.stopped(contributor):
            continue
        for assignment in state.assignments(contributor):
            key = key_of(assignment)
            status = published.get(key)
            if status is None:
                yield Difference("status", key, "published", False, True)
            elif not status["frozen"]:
                total, said = numbers(facts, state, assignment)
                fields = _fields(total.sum, total.count, said.actual, said.progress, said.no_data)
                yield from _differences("status", key, status, fields)


def _fields(total: int, count: int, actual: Any, progress: Any, no_data: bool) -> Published:
    return {"sum": total, "count": count, "actual": actual, "progress": progress, "no_data": no_data}


def _differences(what: str, key: str, published: Published, expected: Published) -> Iterator[Difference]:
    for field, value in expected.items():
        if published[field] != value:
            yield Difference(what, key, field, published[field], value)
