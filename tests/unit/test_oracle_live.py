"""The oracle's live statuses and forecasts (SPEC 4, 5), by hand."""

import pytest

from tests.oracle import live
from tests.oracle.example import Spine, Tickets, contributor, goal, ms, year_begins

JANUARY, FEBRUARY, MARCH = "g|user:ana|2026-01-01", "g|user:ana|2026-02-01", "g|user:ana|2026-03-01"


def test_live_statuses_hold_all_facts_so_far() -> None:
    tickets, spine = year_begins(), Spine()
    spine.user("cem", active=False)
    spine.goal(goal(contributor("ana", 2), contributor("cem", 1)))
    spine.snapshot("2026-02-01")
    statuses = live(tickets.records, spine.accepted, ms("2026-02-10T13:00:00Z"), {JANUARY: {"status": "achieved"}})
    assert statuses[JANUARY] == {"status": "achieved"}
    assert statuses[FEBRUARY] == {
        "unit": "tickets",
        "target": 2,
        "actual": 3,
        "sum": 3,
        "count": 3,
        "progress": 1.5,
        "no_data": False,
        "goal_version": 1,
        "frozen": False,
        "status": "in_progress",
    }
    assert (statuses[MARCH]["status"], statuses[MARCH]["count"]) == ("pending", 1)
    assert {statuses[f"g|user:cem|2026-0{month}-01"]["status"] for month in (1, 2, 3)} == {"stopped"}


@pytest.mark.parametrize(
    ("now", "projected"),
    [
        ("2026-02-01T00:00:00Z", 84.0),
        ("2026-02-10T23:59:59Z", 8.4),
        ("2026-02-28T10:00:00Z", 3.0),
        ("2026-03-05T00:00:00Z", 3.0),
    ],
)
def test_a_forecast_projects_a_count_over_the_days_begun(now: str, projected: float) -> None:
    spine = Spine()
    spine.goal(goal(contributor("ana", 2, pipelines=["p"]), forecast=True))
    statuses = live(year_begins().records, spine.accepted, ms(now))
    assert statuses[FEBRUARY]["projected"] == projected


def test_a_forecast_of_an_average_is_the_average_and_of_nothing_is_null() -> None:
    tickets, spine = Tickets(), Spine()
    tickets.happens("created", "a", "2026-02-05T08:00:00Z")
    tickets.happens("responded", "a", "2026-02-05T09:00:00Z", "ana")
    people = [contributor("ana", 1, pipelines=["p"]), contributor("bo", 1, pipelines=["p"])]
    spine.goal(goal(*people, template="average-response-time", forecast=True))
    statuses = live(tickets.records, spine.accepted, ms("2026-02-10T00:00:00Z"))
    assert statuses[FEBRUARY]["projected"] == 3_600_000.0
    assert statuses["g|user:bo|2026-02-01"]["projected"] is None
    assert "projected" not in statuses[MARCH]
