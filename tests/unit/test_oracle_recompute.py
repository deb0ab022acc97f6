"""The oracle's frozen results (SPEC 4, 5, 6), by hand."""

from typing import Any

import pytest

from tests.oracle import MissingCut, frozen_results, live
from tests.oracle.example import Spine, Tickets, contributor, goal, ms, year_begins

JANUARY, FEBRUARY = "g|user:ana|2026-01-01", "g|user:ana|2026-02-01"


def frozen(tickets: Tickets, spine: Spine) -> dict[str, tuple[str, int, Any]]:
    """Status, count and target of what is frozen, every snapshot with the cut after all tickets."""
    cuts = {offset: tickets.cut for offset, _ in spine.accepted}
    results = frozen_results(tickets.records, spine.accepted, cuts)
    return {key: (result["status"], result["count"], result["target"]) for key, result in results.items()}


def test_a_result_has_the_fields_of_the_contract() -> None:
    tickets, spine = year_begins(), Spine()
    spine.user("ana", name="Ana")
    spine.goal(goal(contributor("ana", 3), version=4))
    request = spine.snapshot("2026-02-01")
    assert frozen_results(tickets.records, spine.accepted, {request: tickets.cut}) == {
        JANUARY: {
            "goal_id": "g",
            "goal_name": "G",
            "goal_version": 4,
            "template": "tickets-closed",
            "duration": "monthly",
            "contributor": {"kind": "user", "id": "ana", "name": "Ana"},
            "milestone": {"start": "2026-01-01", "end": "2026-01-31"},
            "pipelines": [],
            "unit": "tickets",
            "target": 3,
            "actual": 2,
            "sum": 2,
            "count": 2,
            "progress": 0.6667,
            "status": "missed",
            "no_data": False,
            "frozen": True,
            "as_of": "2026-02-01",
            "cut": tickets.cut,
        }
    }


def test_an_average_in_milliseconds_of_three_tickets() -> None:
    tickets, spine = Tickets(), Spine()
    for ticket, answered in (("a", "08:00:01"), ("b", "08:00:02"), ("c", "08:00:02")):
        tickets.happens("created", ticket, "2026-01-05T08:00:00Z")
        tickets.happens("responded", ticket, f"2026-01-05T{answered}Z", "ana")
    spine.goal(goal(contributor("ana", 1600), template="average-response-time"))
    request = spine.snapshot("2026-02-01")
    result = frozen_results(tickets.records, spine.accepted, {request: tickets.cut})[JANUARY]
    fields = ("unit", "actual", "sum", "count", "progress", "status", "no_data")
    assert [result[name] for name in fields] == ["ms", 1666.667, 5000, 3, 0.96, "missed", False]


def test_every_ended_milestone_is_frozen_once_also_one_that_ended_before_its_goal() -> None:
    tickets, spine = year_begins(), Spine()
    spine.snapshot("2026-02-15")
    spine.goal(goal(contributor("ana", 2), contributor("bo", 1)))
    spine.snapshot("2026-02-16")
    tickets_then = tickets.cut
    tickets.closed("ana", "2026-01-20T00:00:00Z")
    last = spine.snapshot("2026-03-01")
    cuts = {offset: tickets.cut if offset == last else tickets_then for offset, _ in spine.accepted}
    results = frozen_results(tickets.records, spine.accepted, cuts)
    assert {key: (result["status"], result["as_of"]) for key, result in results.items()} == {
        JANUARY: ("achieved", "2026-02-16"),
        "g|user:bo|2026-01-01": ("achieved", "2026-02-16"),
        FEBRUARY: ("exceeded", "2026-03-01"),
        "g|user:bo|2026-02-01": ("missed", "2026-03-01"),
    }


def test_a_snapshot_on_the_last_day_of_a_milestone_does_not_freeze_it() -> None:
    tickets, spine = year_begins(), Spine()
    spine.goal(goal(contributor("ana", 2)))
    spine.snapshot("2026-01-31")
    assert frozen(tickets, spine) == {}


def test_an_earlier_date_than_the_last_freezes_what_it_can() -> None:
    tickets, spine = year_begins(), Spine()
    spine.snapshot("2026-04-01")
    spine.goal(goal(contributor("ana", 2)))
    spine.snapshot("2026-02-10")
    assert set(frozen(tickets, spine)) == {JANUARY}


def test_records_after_the_cut_are_out() -> None:
    tickets, spine = year_begins(), Spine()
    spine.goal(goal(contributor("ana", 1)))
    request = spine.snapshot("2026-02-01")
    cut = {**tickets.cut, "ticket-closed": [1]}
    assert frozen_results(tickets.records, spine.accepted, {request: cut})[JANUARY]["count"] == 1


def test_what_is_to_be_frozen_needs_a_cut() -> None:
    tickets, spine = year_begins(), Spine()
    spine.goal(goal(contributor("ana", 1)))
    spine.snapshot("2026-01-10")
    assert frozen_results(tickets.records, spine.accepted, {}) == {}
    spine.snapshot("2026-02-01")
    with pytest.raises(MissingCut, match="2026-02-01"):
        frozen_results(tickets.records, spine.accepted, {})


def test_an_edit_counts_for_milestones_that_are_not_closed() -> None:
    tickets, spine = year_begins(), Spine()
    spine.goal(goal(contributor("ana", 2)))
    spine.snapshot("2026-02-01")
    spine.goal(goal(contributor("ana", 4), contributor("bo", 1), version=2))
    spine.snapshot("2026-03-01")
    assert frozen(tickets, spine) == {
        JANUARY: ("achieved", 2, 2),
        FEBRUARY: ("missed", 3, 4),
        "g|user:bo|2026-02-01": ("missed", 0, 1),
    }


def test_a_milestone_is_not_closed_by_a_snapshot_of_its_last_day() -> None:
    tickets, spine = year_begins(), Spine()
    spine.goal(goal(contributor("ana", 2)))
    spine.snapshot("2026-01-31")
    spine.goal(goal(contributor("ana", 4), version=2))
    spine.snapshot("2026-02-01")
    assert frozen(tickets, spine) == {JANUARY: ("missed", 2, 4)}


def test_a_goal_that_was_deleted_without_results_begins_anew() -> None:
    tickets, spine = year_begins(), Spine()
    spine.user("ana", active=False)
    spine.goal(goal(contributor("ana", 2)))
    spine.snapshot("2026-02-01")
    spine.add("goals", "g", None)
    spine.goal(goal(contributor("ana", 4)))
    spine.user("ana", active=True)
    spine.snapshot("2026-02-02")
    assert frozen(tickets, spine) == {JANUARY: ("missed", 2, 4)}


def test_a_stopped_user_is_frozen_after_reactivation_with_the_terms_of_the_closing() -> None:
    tickets, spine = year_begins(), Spine()
    spine.user("ana")
    spine.goal(goal(contributor("ana", 2)))
    spine.user("ana", active=False)
    spine.snapshot("2026-02-01")
    assert frozen(tickets, spine) == {}
    spine.goal(goal(contributor("ana", 4), version=2))
    spine.user("ana", active=True)
    spine.snapshot("2026-02-02")
    spine.snapshot("2026-03-01")
    assert frozen(tickets, spine) == {JANUARY: ("achieved", 2, 2), FEBRUARY: ("missed", 3, 4)}


def test_a_deleted_user_is_stopped_and_an_unknown_one_is_not() -> None:
    tickets, spine = year_begins(), Spine()
    spine.user("ana")
    spine.goal(goal(contributor("ana", 2), contributor("bo", 2)))
    spine.add("directory", "user:ana", None)
    spine.snapshot("2026-02-01")
    assert set(frozen(tickets, spine)) == {"g|user:bo|2026-01-01"}


def test_results_of_a_deleted_goal_stay_and_no_more_are_added() -> None:
    tickets, spine = year_begins(), Spine()
    spine.goal(goal(contributor("ana", 2)))
    spine.snapshot("2026-02-01")
    spine.add("goals", "g", None)
    spine.snapshot("2026-03-01")
    assert set(frozen(tickets, spine)) == {JANUARY}
    assert live(tickets.records, spine.accepted, ms("2026-03-02T00:00:00Z")) == {}


def test_teams_are_credited_anew_until_they_are_frozen() -> None:
    tickets, spine = year_begins(), Spine()
    spine.user("ana", team_id="red")
    spine.goal(goal(contributor("red", 1, kind="team"), contributor("blue", 1, kind="team")))
    spine.snapshot("2026-02-01")
    spine.user("ana", teams=[{"team_id": "red", "from": "2025-01-01"}, {"team_id": "blue", "from": "2026-02-28"}])
    spine.snapshot("2026-03-01")
    assert {key: count for key, (_, count, _) in frozen(tickets, spine).items()} == {
        "g|team:red|2026-01-01": 2,
        "g|team:blue|2026-01-01": 0,
        "g|team:red|2026-02-01": 2,
        "g|team:blue|2026-02-01": 1,
    }


def test_days_are_those_of_the_accounts_zone() -> None:
    tickets, spine = Tickets(), Spine()
    tickets.closed(
        "ana", "2026-01-31T22:59:59Z", "2026-01-31T23:00:00Z", "2026-02-28T22:59:59Z", "2026-02-28T23:00:00Z"
    )
    spine.add("account", "account", {"time_zone": "Europe/Amsterdam"})
    spine.goal(goal(contributor("ana", 2)))
    spine.snapshot("2026-03-01")
    assert frozen(tickets, spine) == {JANUARY: ("missed", 1, 2), FEBRUARY: ("achieved", 2, 2)}


def test_a_close_that_moves_past_the_milestone_leaves_it() -> None:
    tickets, spine = year_begins(), Spine()
    tickets.happens("closed", "t0", "2026-02-20T00:00:00Z", "bo")
    spine.goal(goal(contributor("ana", 2), contributor("bo", 1)))
    spine.snapshot("2026-02-01")
    assert frozen(tickets, spine) == {JANUARY: ("missed", 1, 2), "g|user:bo|2026-01-01": ("achieved", 1, 1)}
