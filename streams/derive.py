"""From a ticket's row to its facts (SPEC 3), each with whom it is credited to and what adds it up (SPEC 4.1).

A fact is a function of the row and the crediting, of nothing else: nothing derived is kept.
"""

from collections.abc import Callable, Mapping
from typing import Any, Final

import msgspec

from schemas.events import Stamp
from schemas.measures import Accumulator, FactName, Filter, Scalar
from schemas.rows import Row, unpack_attributes
from streams.crediting import Crediting

Credit = tuple[str | None, str | None, str | None, int]
"""Who a fact is credited to (user, team, pipeline; None: nobody), and the ordinal of its local day."""


class Counted(msgspec.Struct, frozen=True, gc=False):
    """An accumulator that a fact is added up in."""

    index: int
    """Into `Crediting.accumulators`."""
    threshold: int | None
    values: bool


class Fact(msgspec.Struct, frozen=True, gc=False):
    """One fact of a ticket."""

    value: int
    """Milliseconds; 1 for `closed`."""
    credit: Credit
    accumulators: tuple[Counted, ...]


_Holds = Callable[[Mapping[str, Scalar]], bool]
_MISSING: Final = object()


class Derivation:
    """Derives facts under one crediting, for its accumulators from index `start` to before `stop`."""

    def __init__(self, crediting: Crediting, start: int = 0, stop: int | None = None) -> None:
        """Compiles the filters once; the derivation is used for many rows."""
        self._team_of = crediting.team_of
        self._day_of = crediting.days.day_of
        numbered = list(enumerate(crediting.accumulators))[start:stop]
        self._response = _counting("response", numbered)
        self._resolution = _counting("resolution", numbered)
        self._closed = _counting("closed", numbered)

    def facts(self, row: Row | None) -> list[Fact]:
        """The facts of a ticket that is known by this row; a negative value is no fact."""
        if row is None or row.deleted is not None:
            return []
        facts = []
        created, response, close = row.created, row.response, row.close
        if response is not None and created is not None and response[0] >= created:
            facts.append(Fact(response[0] - created, self._credit(row, response), self._response(row)))
        if close is not None and (row.reopened is None or close[0] >= row.reopened):
            credit = self._credit(row, close)
            if created is not None and close[0] >= created:
                facts.append(Fact(close[0] - created, credit, self._resolution(row)))
            facts.append(Fact(1, credit, self._closed(row)))
        return facts

    def _credit(self, row: Row, stamp: Stamp) -> Credit:
        """Who did it, in their team of that moment: the event's own, or the directory's on the local day."""
        at, _, _, user, team, _ = stamp
        day = self._day_of(at)
        credited = team or (self._team_of(user, day) if user else None)
        return user or None, credited, row.pipeline[5] if row.pipeline is not None else None, day


def negative_values(row: Row | None) -> int:
    """How many facts of a ticket are none because their value is negative."""
    if row is None or row.deleted is not None or row.created is None:
        return 0
    closed = row.close is not None and (row.reopened is None or row.close[0] >= row.reopened)
    negative_response = row.response is not None and row.response[0] < row.created
    return negative_response + (closed and row.close is not None and row.close[0] < row.created)


def _counting(fact: FactName, numbered: list[tuple[int, Accumulator]]) -> Callable[[Row], tuple[Counted, ...]]:
    """The accumulators that look at `fact` and whose filter the row's attributes pass, as a function of the row."""
    of_fact: list[tuple[Counted, tuple[Filter, ...]]] = [
        (Counted(i, each.threshold, each.values), each.filter) for i, each in numbered if each.fact == fact
    ]
    always = tuple(counted for counted, _ in of_fact)
    if not any(conditions for _, conditions in of_fact):
        return lambda _row: always
    filtered = [(counted, [_condition(each) for each in conditions]) for counted, conditions in of_fact]

    def passing(row: Row) -> tuple[Counted, ...]:
        attributes = {name: value for _, group in unpack_attributes(row) for name, value in group.items()}
        return tuple(counted for counted, conditions in filtered if all(holds(attributes) for holds in conditions))

    return passing


def _condition(condition: Filter) -> _Holds:
    """One filter as a function of the attributes by name (SPEC 4.1): all its parts must hold."""
    name = condition.attribute
    parts: list[Callable[[Any], bool]] = []
    if condition.in_ is not None:
        accepted = frozenset(map(_json_value, condition.in_))
        parts.append(lambda value: value is not _MISSING and _json_value(value) in accepted)
    if condition.not_in is not None:
        refused = frozenset(map(_json_value, condition.not_in))
        parts.append(lambda value: value is _MISSING or _json_value(value) not in refused)
    if condition.at_least is not None:
        least = condition.at_least
        parts.append(lambda value: _is_number(value) and value >= least)
    if condition.at_most is not None:
        most = condition.at_most
        parts.append(lambda value: _is_number(value) and value <= most)
    return lambda attributes: all(part(attributes.get(name, _MISSING)) for part in parts)


def _json_value(value: Scalar) -> tuple[bool, Scalar]:
    """Equal when JSON's values are: 1 is 1.0, true is not 1."""
    return isinstance(value, bool), value


def _is_number(value: object) -> bool:
    return isinstance(value, int | float) and not isinstance(value, bool)
