"""Questions about what is in force, on states as the judge makes them."""

from datetime import date
from typing import Any

import pytest

from serving.in_force import directory_matching, goals_matching, members_of
from serving.index.filters import DirectoryPage, GoalPage
from tests.control_court import Court

ANN, BOB, FIRST = (
    {"kind": kind, "id": name, "target": 5} for kind, name in (("user", "ann"), ("user", "bob"), ("team", "first"))
)


@pytest.fixture
def court() -> Court:
    court = Court()
    court.accept("directory", "team:first", {"name": "First line"})
    court.accept("directory", "pipeline:mail", {"name": "Mail"})
    court.user("ann", name="Ann", email="ann@example.org", teams=[{"team_id": "first", "from": "2026-02-01"}])
    court.user("bob", name="Bob", active=False, team_id="first")
    court.user("cas")
    return court


@pytest.mark.parametrize(
    ("asked", "expected"),
    [
        ({}, {"close", "answer", "left"}),
        ({"goal_name": "ETS CLOSED"}, {"close"}),
        ({"template": ["tickets-closed"], "duration": ["monthly"]}, {"close", "left"}),
        ({"duration": ["yearly", "weekly"]}, {"answer"}),
        ({"user": ["bob"]}, {"close"}),
        ({"user": ["bob"], "team": ["first"]}, {"close", "answer"}),
        ({"user": ["cas"]}, set()),
        ({"user": ["ann"], "goal_name": "left"}, {"left"}),
    ],
)
def test_goals(court: Court, asked: dict[str, Any], expected: set[str]) -> None:
    dates = {"start_date": "2025-10-01", "end_date": "2026-12-31"}
    monthly = {"template": "tickets-closed", "duration": "monthly", **dates}
    court.goal(goal_id="close", name="Tickets closed", contributors=[ANN, BOB], **monthly)
    answer = {"template": "average-response-time", "duration": "weekly", **dates}
    court.goal(goal_id="answer", name="First answer", contributors=[FIRST], **answer)
    court.goal(goal_id="left", name="Left", contributors=[ANN, BOB], **monthly)
    court.snapshot("2025-11-25")
    court.goal(goal_id="left", name="Left", contributors=[ANN], **monthly)
    assert "left" in court.state.goals_of("user:bob")
    assert {goal.goal_id for goal in goals_matching(court.state, GoalPage(**asked))} == expected


@pytest.mark.parametrize(
    ("asked", "expected"),
    [
        ({}, {"user:ann", "user:bob", "user:cas", "team:first", "pipeline:mail"}),
        ({"kind": ["team", "pipeline"]}, {"team:first", "pipeline:mail"}),
        ({"kind": ["team", "team"]}, {"team:first"}),
        ({"kind": ["user"], "active": True}, {"user:ann", "user:cas"}),
        ({"q": "EXAMPLE"}, {"user:ann"}),
        ({"q": "first"}, {"team:first"}),
        ({"id": ["cas", "mail", "nobody", "cas"]}, {"user:cas", "pipeline:mail"}),
        ({"id": ["ann", "bob"], "q": "b"}, {"user:bob"}),
    ],
)
def test_the_directory(court: Court, asked: dict[str, Any], expected: set[str]) -> None:
    found = [f"{each.kind}:{each.id}" for each in directory_matching(court.state, DirectoryPage(**asked))]
    assert len(found) == len(set(found))
    assert set(found) == expected


def test_members_are_those_of_the_day(court: Court) -> None:
    assert members_of(court.state, ["first"], date(2026, 1, 31)) == ["bob"]
    assert set(members_of(court.state, ["first", "second"], date(2026, 2, 1))) == {"ann", "bob"}
    assert members_of(court.state, [], date(2026, 2, 1)) == []
