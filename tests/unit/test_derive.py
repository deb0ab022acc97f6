"""From registers to facts (SPEC 3), and which facts a measure counts (SPEC 4.1)."""

from typing import Any

import pytest
from immutables import Map

from schemas.control import TeamSince
from schemas.days import LocalDays
from schemas.events import Stamp
from schemas.measures import TEMPLATE_ACCUMULATORS, Accumulator, Filter
from schemas.rows import Row, pack_attributes
from streams.crediting import Crediting
from streams.derive import Derivation, Fact, negative_values
from tests.ticket_builders import HOUR, NEW_YEAR, ms

UTC = Crediting(LocalDays("UTC"), Map(), TEMPLATE_ACCUMULATORS)
DAY = 739_617
"""The ordinal of 2026-01-01."""
RESPONSE, RESOLUTION, CLOSED = 0, 1, 2


def by(at: int, user: str = "ana", team: str = "red") -> Stamp:
    return at, "e", 0, user, team, ""


def facts(row: Row, crediting: Crediting = UTC) -> dict[int, Fact]:
    """By the index of the template's accumulator."""
    return {fact.accumulators[0].index: fact for fact in Derivation(crediting).facts(row)}


def values(row: Row) -> dict[int, int]:
    return {index: fact.value for index, fact in facts(row).items()}


def row(**registers: Any) -> Row:
    known: dict[str, Any] = {"created": NEW_YEAR, "pipeline": (NEW_YEAR, "e", 1, "", "", "support")}
    return Row(**(known | registers))


def test_a_ticket_that_is_only_created_has_no_fact() -> None:
    assert values(row()) == {}
    assert Derivation(UTC).facts(None) == []


def test_a_response_takes_from_the_creation_to_the_first_response() -> None:
    answered = row(response=by(NEW_YEAR + HOUR))
    assert facts(answered)[RESPONSE].value == HOUR
    assert facts(answered)[RESPONSE].credit == ("ana", "red", "support", DAY)


def test_a_resolution_takes_from_the_creation_to_the_last_close_and_counts_as_closed_too() -> None:
    closed = row(close=by(NEW_YEAR + HOUR))
    assert values(closed) == {RESOLUTION: HOUR, CLOSED: 1}
    assert facts(closed)[CLOSED].credit == facts(closed)[RESOLUTION].credit == ("ana", "red", "support", DAY)


def test_without_a_creation_only_the_closing_counts() -> None:
    assert values(row(created=None, response=by(NEW_YEAR), close=by(NEW_YEAR))) == {CLOSED: 1}


@pytest.mark.parametrize(("reopened", "closed"), [(HOUR - 1, True), (HOUR, True), (HOUR + 1, False)])
def test_a_later_reopen_opens_and_one_of_the_same_millisecond_does_not(reopened: int, closed: bool) -> None:
    found = values(row(close=by(NEW_YEAR + HOUR), reopened=NEW_YEAR + reopened))
    assert found == ({RESOLUTION: HOUR, CLOSED: 1} if closed else {})


def test_a_deleted_ticket_has_no_fact_and_nothing_negative() -> None:
    deleted = row(response=by(NEW_YEAR - 1), close=by(NEW_YEAR + HOUR), deleted=True)
    assert values(deleted) == {}
    assert negative_values(deleted) == 0


def test_zero_is_a_fact_and_negative_values_are_none_but_counted() -> None:
    assert values(row(response=by(NEW_YEAR), close=by(NEW_YEAR))) == {RESPONSE: 0, RESOLUTION: 0, CLOSED: 1}
    early = row(response=by(NEW_YEAR - 1), close=by(NEW_YEAR - 1))
    assert values(early) == {CLOSED: 1}
    assert negative_values(early) == 2
    assert negative_values(row(close=by(NEW_YEAR - 1), reopened=NEW_YEAR)) == 0
    assert negative_values(row(response=by(NEW_YEAR))) == negative_values(row()) == negative_values(None) == 0


@pytest.mark.parametrize(
    ("zone", "instant", "day"),
    [
        ("Europe/Berlin", "2026-03-29T21:59:59.999Z", "2026-03-29"),
        ("Europe/Berlin", "2026-03-29T22:00:00Z", "2026-03-30"),
        ("Europe/Berlin", "2026-10-25T22:59:59.999Z", "2026-10-25"),
        ("Europe/Berlin", "2026-10-25T23:00:00Z", "2026-10-26"),
        ("America/New_York", "2026-01-01T04:59:59.999Z", "2025-12-31"),
    ],
)
def test_a_fact_is_of_the_local_day_also_when_the_clocks_change(zone: str, instant: str, day: str) -> None:
    local = Crediting(LocalDays(zone), Map(), TEMPLATE_ACCUMULATORS)
    closed = facts(row(created=0, close=by(ms(instant))), local)[CLOSED]
    assert closed.credit[3] == LocalDays("UTC").day_of(ms(day + "T00:00:00Z"))


def test_a_team_that_the_event_names_counts_whatever_the_directory_says() -> None:
    directory = Crediting(LocalDays("UTC"), Map({"ana": (TeamSince(0, "blue"),)}), TEMPLATE_ACCUMULATORS)
    assert facts(row(close=by(NEW_YEAR, "ana", "red")), directory)[CLOSED].credit[1] == "red"


@pytest.mark.parametrize(
    ("instant", "team"),
    [
        ("2025-12-31T22:59:59.999Z", None),
        ("2025-12-31T23:00:00Z", "blue"),
        ("2026-01-31T22:59:59.999Z", "blue"),
        ("2026-01-31T23:00:00Z", "green"),
    ],
)
def test_otherwise_the_directory_gives_the_team_of_the_local_day(instant: str, team: str | None) -> None:
    teams = (TeamSince(DAY, "blue"), TeamSince(DAY + 31, "green"))
    directory = Crediting(LocalDays("Europe/Berlin"), Map({"ana": teams}), TEMPLATE_ACCUMULATORS)
    credit = facts(row(created=0, close=by(ms(instant), "ana", "")), directory)[CLOSED].credit
    assert credit[:2] == ("ana", team)


def test_without_a_user_the_team_that_the_event_names_is_credited_and_the_pipeline() -> None:
    assert facts(row(close=by(NEW_YEAR, "", "red")))[CLOSED].credit == (None, "red", "support", DAY)
    assert facts(row(close=by(NEW_YEAR, "", ""), pipeline=None))[CLOSED].credit == (None, None, None, DAY)


def passes(condition: Filter, *more: Filter, **attributes: Any) -> bool:
    """Whether an accumulator with these conditions counts a ticket with these attributes."""
    filtered = Accumulator("closed", (condition, *more))
    derivation = Derivation(Crediting(LocalDays("UTC"), Map(), (filtered,)))
    group = ((NEW_YEAR, "e", 1, "", "", ""), attributes)
    [fact] = [
        each
        for each in derivation.facts(row(close=by(NEW_YEAR), packed_attributes=pack_attributes((group,))))
        if each.value == 1
    ]
    return [each.index for each in fact.accumulators] == [0]


@pytest.mark.parametrize(
    ("condition", "passing", "failing"),
    [
        (Filter("a", in_=(1, "x")), [1, 1.0, "x"], [True, 2, "1", None]),
        (Filter("a", in_=(True,)), [True], [1, 1.0, "true", False]),
        (Filter("a", in_=(0, None)), [0, -0.0, None], [False, ""]),
        (Filter("a", not_in=(1, None)), [2, True, "1"], [1, 1.0, None]),
        (Filter("a", at_least=2), [2, 2.0, 3, 1e300, 10**30], [1.999, True, "3", None]),
        (Filter("a", at_least=0), [0, 1], [True, False, None]),
        (Filter("a", at_most=2.5), [2.5, -7], [2.6, False, "1", None]),
        (Filter("a", at_least=1, at_most=2), [1, 2], [0, 3]),
        (Filter("a", in_=(1, 5), not_in=(5,), at_most=9), [1], [5, 2]),
        (Filter("a", in_=(2**64,)), [2**64, float(2**64)], [2**64 + 1]),
        (Filter("a", in_=()), [], [1, None]),
    ],
)
def test_a_condition_compares_as_json_does(condition: Filter, passing: list[Any], failing: list[Any]) -> None:
    assert [value for value in passing if not passes(condition, a=value)] == []
    assert [value for value in failing if passes(condition, a=value)] == []


def test_a_missing_attribute_fails_all_but_not_in() -> None:
    assert passes(Filter("a", not_in=(1,)), b=1)
    for condition in (Filter("a", in_=(None,)), Filter("a", at_least=0), Filter("a", at_most=0)):
        assert not passes(condition, b=0)
    assert not passes(Filter("a", not_in=(1,), at_most=5), b=1)


def test_all_conditions_must_hold() -> None:
    assert passes(Filter("a", in_=(1,)), Filter("b", in_=(2,)), a=1, b=2)
    assert not passes(Filter("a", in_=(1,)), Filter("b", in_=(2,)), a=1, b=3)
