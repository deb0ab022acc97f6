"""From a ticket's registers to its facts (SPEC 3): a function of the row and of what the spine says, kept nowhere."""

from collections.abc import Callable
from typing import Final, NamedTuple

from schemas.measures import Accumulator, FactName, Filter, Scalar
from schemas.rows import Act, Row
from streams.crediting import Crediting


class Fact(NamedTuple):
    """What the events of a ticket mean."""

    name: FactName
    value: int
    """Milliseconds; 1 for `closed`."""
    user_id: str
    """Empty: nobody is credited."""
    team_id: str
    pipeline_id: str
    day: int
    """Ordinal of the local day."""


def facts(row: Row, crediting: Crediting) -> list[Fact]:
    """The facts that exist; a negative value is none (see `negatives`)."""
    if row.deleted:
        return []
    created, response, close = row.created, row.response, row.close
    pipeline_id = row.pipeline.pipeline_id if row.pipeline is not None else ""
    found = []
    if created is not None and response is not None and response.occurred_at >= created:
        found.append(_fact("response", response.occurred_at - created, response, pipeline_id, crediting))
    if close is not None and is_closed(row):
        closed = _fact("closed", 1, close, pipeline_id, crediting)
        found.append(closed)
        if created is not None and close.occurred_at >= created:
            found.append(closed._replace(name="resolution", value=close.occurred_at - created))
    return found


def is_closed(row: Row) -> bool:
    """There is a close and no later reopen; in the same millisecond the close wins."""
    return row.close is not None and (row.reopened is None or row.reopened <= row.close.occurred_at)


def negatives(row: Row) -> int:
    """How many values are no facts because the act lies before the ticket's creation."""
    if row.deleted or row.created is None:
        return 0
    close = row.close if is_closed(row) else None
    return sum(act is not None and act.occurred_at < row.created for act in (row.response, close))


def _fact(name: FactName, value: int, act: Act, pipeline_id: str, crediting: Crediting) -> Fact:
    day = crediting.days.day_of(act.occurred_at)
    user_id, team_id = act.user_id, act.team_id
    if not team_id and user_id:
        team_id = crediting.team_of(user_id, day) or ""
    return Fact(name, value, user_id, team_id, pipeline_id, day)


def attributes(row: Row) -> dict[str, Scalar]:
    """The ticket's attributes by name; null is a value."""
    return {name: value for _, values in row.attributes for name, value in values.items()}


def passes(filters: tuple[Filter, ...], values: dict[str, Scalar]) -> bool:
    """Whether all conditions hold (SPEC 4.1)."""
    return all(_holds(one, values) for one in filters)


def _holds(one: Filter, values: dict[str, Scalar]) -> bool:
    present = one.attribute in values
    value = values.get(one.attribute)
    if one.in_ is not None and not (present and any(_same(value, other) for other in one.in_)):
        return False
    if one.not_in is not None and present and any(_same(value, other) for other in one.not_in):
        return False
    if one.at_least is None and one.at_most is None:
        return True
    if not isinstance(value, int | float) or isinstance(value, bool):
        return False
    return (one.at_least is None or value >= one.at_least) and (one.at_most is None or value <= one.at_most)


def _same(one: Scalar, other: Scalar) -> bool:
    """Equality is JSON's: to Python True is 1, to JSON it isn't."""
    return isinstance(one, bool) == isinstance(other, bool) and one == other


class Plan(NamedTuple):
    """Which accumulators each fact goes into: the templates' directly, those with a filter after a look."""

    plain: dict[FactName, tuple[tuple[int, Accumulator], ...]]
    filtered: dict[FactName, tuple[tuple[int, Accumulator], ...]]


def plan(accumulators: tuple[Accumulator, ...], since: int = 0) -> Plan:
    """The plan for the accumulators from index `since` on."""
    names: Final[tuple[FactName, ...]] = ("response", "resolution", "closed")

    def those(name: FactName, wanted: Callable[[Accumulator], bool]) -> tuple[tuple[int, Accumulator], ...]:
        return tuple((i, a) for i, a in enumerate(accumulators) if i >= since and a.fact == name and wanted(a))

    return Plan(
        {name: those(name, lambda one: not one.filter) for name in names},
        {name: those(name, lambda one: bool(one.filter)) for name in names},
    )
