"""What has to be out: results, news and statuses, from recomputed cells and what is in force."""

from collections.abc import Iterator
from datetime import date
from typing import Final

import msgspec
from msgspec import UNSET

from schemas.goals import Assignment, NotificationKind
from schemas.statuses import Status, encode_body, status_key
from service_goals.audit.differences import Body, Difference, Scope, What
from service_goals.audit.recompute import Cells
from streams.control import ControlState
from streams.evaluate import Verdict, evaluate
from streams.live import compose, projected
from streams.notify import KINDS, early, notification, tells_early
from streams.status_table import follow

_ABSENT: Final = "absent"


def key_of(assignment: Assignment) -> str:
    """The key of its status and result."""
    return status_key(assignment.goal.goal_id, assignment.contributor.key, assignment.milestone.start)


def snapshot_status(
    state: ControlState, assignment: Assignment, cells: Cells, as_of: date
) -> tuple[Verdict, Status, NotificationKind | None]:
    """What a snapshot says of a milestone: frozen when it has ended; and the kind of news that this is, if any."""
    measure, ended = assignment.goal.measure, assignment.milestone.end < as_of
    total = cells.total(state.accumulator_index(measure), assignment, before=as_of.toordinal())
    numbers = evaluate(measure, assignment.target, total)
    name = follow("in_progress", numbers.verdict) if ended else "in_progress"
    status = compose(state, assignment, total, numbers, name, as_of, frozen=ended)
    if ended:
        return numbers.verdict, status, KINDS[numbers.verdict]
    return numbers.verdict, status, early(numbers.verdict) if tells_early(measure) else None


def news_body(state: ControlState, assignment: Assignment, kind: NotificationKind, status: Status) -> Body:
    """The notification, without `computed_at`."""
    return as_body(notification(state, assignment, kind, status))


def live_body(state: ControlState, assignment: Assignment, cells: Cells, today: date) -> Body:
    """The live status, without `as_of` and `computed_at`."""
    total = cells.total(state.accumulator_index(assignment.goal.measure), assignment)
    numbers = evaluate(assignment.goal.measure, assignment.target, total)
    runs = assignment.milestone.start <= today
    heading = projected(assignment, total, today) if runs and assignment.goal.forecast else UNSET
    status = follow(None, "runs" if runs else "waits")
    body = as_body(compose(state, assignment, total, numbers, status, None, projected=heading))
    del body["as_of"]
    return body


def as_body(status: Status) -> Body:
    """As it is published."""
    body: Body = msgspec.json.decode(encode_body(status))
    return body


def scope_of(state: ControlState, assignment: Assignment, epoch: int, before: date | None = None) -> Scope:
    """The facts that the milestone's numbers are about; `before`: of days before this."""
    milestone, last = assignment.milestone, assignment.milestone.end.toordinal()
    if before is not None:
        last = min(last, before.toordinal() - 1)
    accumulator = state.accumulator_index(assignment.goal.measure)
    contributor, pipelines = assignment.contributor.key, assignment.pipelines or None
    return Scope(epoch, contributor, accumulator, pipelines, milestone.start.toordinal(), last)


def differing(
    what: What, key: str, published: Body, expected: Body, scope: Scope | None = None, *, whole: bool = True
) -> Iterator[Difference]:
    """Field by field; `whole`: what is published has no fields beyond the expected ones and `computed_at`."""
    more = published.keys() - expected.keys() - {"computed_at"} if whole else set()
    milestone = key_in(published, key)
    for name in [*expected, *sorted(more)]:
        is_now, should_be = published.get(name, _ABSENT), expected.get(name, _ABSENT)
        if is_now != should_be:
            yield Difference(what, key, name, is_now, should_be, milestone, scope)


def key_in(body: Body, key: str) -> tuple[str, ...]:
    """The status key of what a body is about; a notification's own key is its id."""
    try:
        who = body["contributor"]
        return (f"{body['goal_id']}|{who['kind']}:{who['id']}|{body['milestone']['start']}",)
    except (KeyError, TypeError):
        return (key,)
