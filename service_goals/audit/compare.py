"""What differs between what was published and what the logs say."""

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import asdict, dataclass
from datetime import date
from typing import Any, Literal

import orjson
from msgspec import UNSET

from schemas.contributions import Change
from schemas.goals import Assignment
from schemas.statuses import encode_body, status_key
from service_goals.audit.recompute import Cells, Totals
from streams.control import ControlState
from streams.evaluate import evaluate
from streams.live import compose, projected
from streams.status_table import follow

Body = dict[str, Any]


@dataclass(frozen=True)
class Difference:
    """One thing that is not what the logs say."""

    what: Literal["result", "status", "aggregate"]
    key: str
    """`GOAL_ID|KIND:ID|MILESTONE_START`; of an aggregate `KIND:ID|MEASURE|PIPELINE|DAY`."""
    field: str
    published: Any
    recomputed: Any

    def as_json(self) -> Body:
        """For machines."""
        return asdict(self)

    def __str__(self) -> str:
        return f"{self.what} {self.key}: {self.field} is {self.published!r}, the logs say {self.recomputed!r}"


def key_of(assignment: Assignment) -> str:
    """The key of its status and result."""
    return status_key(assignment.goal.goal_id, assignment.contributor.key, assignment.milestone.start)


def assignments(state: ControlState) -> Iterator[Assignment]:
    """All that are in force."""
    return (each for contributor in state.contributors() for each in state.assignments(contributor))


def due(state: ControlState, as_of: date, frozen: Iterable[str]) -> dict[str, Assignment]:
    """What a snapshot as of this date has to freeze, by key."""
    known = set(frozen)
    ended = {key_of(each): each for each in assignments(state) if each.milestone.end < as_of}
    return {key: each for key, each in ended.items() if key not in known and not state.stopped(each.contributor.key)}


def frozen_body(state: ControlState, assignment: Assignment, totals: Totals, as_of: date) -> Body:
    """The result that the snapshot has to write, without its cut."""
    total = totals.of(assignment, before=as_of.toordinal())
    numbers = evaluate(assignment.goal.measure, assignment.target, total)
    status = follow("in_progress", numbers.verdict)
    return _decoded(encode_body(compose(state, assignment, total, numbers, status, as_of, frozen=True)))


def live_body(state: ControlState, assignment: Assignment, totals: Totals, today: date) -> Body:
    """The live status, without `as_of`."""
    total = totals.of(assignment)
    numbers = evaluate(assignment.goal.measure, assignment.target, total)
    runs = assignment.milestone.start <= today
    heading = projected(assignment, total, today) if runs and assignment.goal.forecast else UNSET
    status = follow(None, "runs" if runs else "waits")
    body = _decoded(encode_body(compose(state, assignment, total, numbers, status, None, projected=heading)))
    del body["as_of"]
    return body


def differing(what: Literal["result", "status"], key: str, published: Body, expected: Body) -> Iterator[Difference]:
    """Field by field."""
    for field, value in expected.items():
        if field not in published or published[field] != value:
            yield Difference(what, key, field, published.get(field), value)


def compare_cells(state: ControlState, kept: Cells, expected: Cells) -> Iterator[Difference]:
    """The workers' day cells against the recomputed ones."""
    for key in sorted(kept.keys() | expected.keys(), key=repr):
        mine, theirs = kept.get(key, Change()), expected.get(key, Change())
        if mine != theirs:
            measure = state.accumulators[key.accumulator]
            day = date.fromordinal(key.day)
            named = f"{key.contributor}|{measure.fact} {key.accumulator}|{key.pipeline}|{day}"
            for field in ("count", "sum", "within", "values"):
                if getattr(mine, field) != getattr(theirs, field):
                    yield Difference("aggregate", named, field, getattr(mine, field), getattr(theirs, field))


def compare_statuses(
    state: ControlState, totals: Totals, published: Mapping[str, Body], results: Mapping[str, Body], today: date
) -> Iterator[Difference]:
    """Every status that is out, and every one that should be."""
    expected = {key_of(each): each for each in assignments(state)}
    for key in sorted(published.keys() | expected.keys()):
        if key not in expected or key not in published:
            yield Difference("status", key, "published", key in published, key in expected)
        elif key in results:
            body = {name: value for name, value in results[key].items() if name not in ("cut", "computed_at")}
            yield from differing("status", key, published[key], body)
        elif state.stopped(expected[key].contributor.key):
            yield from differing("status", key, published[key], {"status": "stopped", "frozen": False})
        else:
            yield from differing("status", key, published[key], live_body(state, expected[key], totals, today))


def _decoded(body: bytes) -> Body:
    decoded: Body = orjson.loads(body)
    return decoded
