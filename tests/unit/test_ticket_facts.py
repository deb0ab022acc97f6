"""Facts in the index, the days and tickets behind a number, against the stage's own arithmetic."""

import sqlite3
from collections.abc import Iterator
from datetime import date
from typing import Any

import pytest

from schemas.contributions import Change
from schemas.goals import Assignment, Contributor, Goal, Milestone
from schemas.measures import TEMPLATES, Measure
from schemas.rows import Row, encode_row, ticket_of
from serving.tickets.facts import SCHEMA, behind, by_day, store, tickets
from serving.tickets.history import course
from streams.control import INITIAL
from streams.derive import Derivation

DAY = 86_400_000
START = date(2026, 3, 1)
BEGIN = (START - date(1970, 1, 1)).days * DAY


@pytest.fixture
def index() -> Iterator[sqlite3.Connection]:
    connection = sqlite3.connect(":memory:")
    connection.executescript(SCHEMA)
    yield connection
    connection.close()


def row(created: int, closed: int, user: str = "ann", team: str = "first", lane: str = "chat") -> bytes:
    made, done = BEGIN + created, BEGIN + closed
    stamp = (made, "e1", 0, "", "", lane)
    return encode_row(Row(created=made, close=(done, "e2", 2, user, team, ""), pipeline=stamp))


def assignment(measure: Measure, target: int, who: str = "user:ann", lanes: tuple[str, ...] = ()) -> Assignment:
    kind, _, name = who.partition(":")
    contributor = Contributor(kind, name, target)  # type: ignore[arg-type]
    goal = Goal("g", "G", 1, "custom", measure, "monthly", START, None, False, False, (contributor,))
    return Assignment(goal, contributor, Milestone(START, date(2026, 3, 10)), target, lanes, closed=False)


DERIVATION = Derivation(INITIAL.crediting)
CLOSED, SOLVED = TEMPLATES["tickets-closed"], TEMPLATES["average-resolution-time"]
LOG = [("a", row(0, DAY)), ("b", row(0, DAY, lane="mail")), ("c", row(0, 3 * DAY)), ("d", row(0, DAY, user="bob"))]


def test_the_tickets_behind_a_number(index: sqlite3.Connection) -> None:
    store(index, LOG, DERIVATION)
    found = tickets(index, behind(INITIAL, assignment(CLOSED, 5)), 2, None)
    assert ([each["ticket_id"] for each in found.items], found.count, found.sum) == (["c", "a"], 3, 3)
    rest = tickets(index, behind(INITIAL, assignment(CLOSED, 5)), 2, found.next)
    assert ([each["ticket_id"] for each in rest.items], rest.next) == (["b"], None)


@pytest.mark.parametrize(
    ("who", "lanes", "expected"),
    [
        ("user:ann", ("mail",), {"b"}),
        ("team:first", (), {"a", "b", "c", "d"}),
        ("pipeline:chat", (), {"a", "c", "d"}),
        ("user:zoe", (), set()),
    ],
)
def test_whose_they_are(index: sqlite3.Connection, who: str, lanes: tuple[str, ...], expected: set[str]) -> None:
    store(index, LOG, DERIVATION)
    found = tickets(index, behind(INITIAL, assignment(CLOSED, 5, who, lanes)), 10, None)
    assert {each["ticket_id"] for each in found.items} == expected


def test_the_last_row_of_a_ticket_decides(index: sqlite3.Connection) -> None:
    store(index, LOG, DERIVATION)
    store(index, [("a", row(0, 2 * DAY)), ("b", None)], DERIVATION)
    store(index, [("a", row(0, 2 * DAY))], DERIVATION)
    found = tickets(index, behind(INITIAL, assignment(SOLVED, 5)), 10, None)
    assert {each["ticket_id"]: each["value"] for each in found.items} == {"a": 2 * DAY, "c": 3 * DAY}


def test_days_add_up(index: sqlite3.Connection) -> None:
    store(index, LOG, DERIVATION)
    changes = by_day(index, behind(INITIAL, assignment(SOLVED, 5)), DAY)
    first = START.toordinal()
    assert changes == {
        first + 1: Change(2, 2 * DAY, 2, {DAY: 2}),
        first + 3: Change(1, 3 * DAY, 0, {3 * DAY: 1}),
    }


def days(measure: Measure, target: int, changes: dict[int, Change], today: date = date(2026, 3, 4)) -> list[Any]:
    shifted = {START.toordinal() + day: change for day, change in changes.items()}
    return [
        (f"{each['date']:%d}", each["value"], each["actual"], each["progress"], each["pace"])
        for each in course(assignment(measure, target), shifted, today)["days"]
    ]


def test_the_course_of_a_count_has_a_pace() -> None:
    assert days(CLOSED, 20, {0: Change(2, 2), 2: Change(3, 3)}) == [
        ("01", 2, 2, 0.1, 2.0),
        ("02", 0, 2, 0.1, 4.0),
        ("03", 3, 5, 0.25, 6.0),
        ("04", 0, 5, 0.25, 8.0),
    ]


def test_the_course_of_an_average_is_of_all_days_so_far() -> None:
    assert days(SOLVED, 100, {1: Change(1, 50), 2: Change(1, 150)}) == [
        ("01", None, None, None, None),
        ("02", 50, 50, 2, None),
        ("03", 150, 100, 1, None),
        ("04", None, 100, 1, None),
    ]


def test_the_course_ends_with_the_milestone_and_begins_with_it() -> None:
    assert len(days(CLOSED, 20, {}, date(2027, 1, 1))) == 10
    assert days(CLOSED, 20, {}, date(2026, 2, 1)) == []


def test_only_keys_of_rows_name_a_ticket() -> None:
    assert (ticket_of(b"tT-1"), ticket_of(b"\0applied")) == ("T-1", None)
