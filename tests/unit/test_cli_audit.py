"""The audit recomputes plainly, and sees whatever is not what the logs say."""

from typing import Any

import pytest

from schemas.contributions import CellKey, Change
from schemas.topics import TICKET_CLOSED, TICKET_CREATED, TICKET_REOPENED, TICKET_RESPONDED
from service_goals.audit.compare import (
    assignments,
    compare_cells,
    compare_statuses,
    differing,
    due,
    frozen_body,
    key_of,
    live_body,
)
from service_goals.audit.recompute import Cells, Rows, Totals
from tests.contributors_kit import ANN, CLOSED, Log, contributor, day, goal
from tests.ticket_builders import HOUR, record

FIRST, SECOND = "g|user:ann|2026-01-05", "g|user:ann|2026-01-12"


def at(number: int, hour: int = 0) -> str:
    return f"{day(number)}T{hour:02}:00:00Z"


def closed(*days: int) -> Rows:
    """One ticket of ann closed on each of these days, two hours after it was created."""
    rows = Rows()
    for number, on in enumerate(days):
        ticket, event = f"T{number}", f"e{number}"
        rows.feed(TICKET_CREATED, [record(ticket, at(on, 8), event_id="c" + event)])
        rows.feed(TICKET_CLOSED, [record(ticket, at(on, 10), event_id="x" + event, user="ann")])
    return rows


def cells_of(rows: Rows, log: Log) -> Cells:
    return rows.cells(log.state.crediting)


@pytest.fixture
def log() -> Log:
    """One goal: ann is to close 2 tickets a week."""
    log = Log()
    log.goal(goal("g", contributor(ANN, 2)))
    return log


def test_cells_add_up_what_the_tickets_facts_are(log: Log) -> None:
    cells = cells_of(closed(1, 1, 3), log)
    assert cells[CellKey(ANN, CLOSED, "support", day(1).toordinal())] == Change(2, 2)
    assert cells[CellKey(ANN, 1, "support", day(3).toordinal())] == Change(1, 2 * HOUR)
    assert cells[CellKey("pipeline:support", CLOSED, "support", day(1).toordinal())] == Change(2, 2)


def test_a_record_that_breaks_a_rule_counts_for_nothing(log: Log) -> None:
    rows = closed(1)
    rows.feed(TICKET_CLOSED, [record("T9", "yesterday"), record("T9", at(1))._replace(key=b"other")])
    assert (rows.rejected, rows.records) == (2, 4)
    assert cells_of(rows, log) == cells_of(closed(1), log)


def test_a_reopened_ticket_is_not_closed(log: Log) -> None:
    rows = closed(1)
    rows.feed(TICKET_REOPENED, [record("T0", at(2), event_id="r")])
    assert cells_of(rows, log) == {}


def test_an_earlier_response_takes_the_place_of_a_later_one(log: Log) -> None:
    rows = Rows()
    rows.feed(TICKET_CREATED, [record("T", at(1, 8), event_id="c")])
    rows.feed(TICKET_RESPONDED, [record("T", at(1, 12), event_id="b", user="bob")])
    rows.feed(TICKET_RESPONDED, [record("T", at(1, 9), event_id="a", user="ann")])
    cells = cells_of(rows, log)
    assert cells[CellKey(ANN, 0, "support", day(1).toordinal())] == Change(1, HOUR)
    assert not [key for key in cells if key.contributor == "user:bob"]


def test_a_total_has_the_days_of_the_milestone_only(log: Log) -> None:
    first, second = assignments(log.state)
    totals = Totals(log.state, cells_of(closed(0, 6, 6, 7), log))
    assert (totals.of(first).count, totals.of(second).count) == (3, 1)
    assert totals.of(first, before=day(6).toordinal()).count == 1


def test_a_total_has_the_pipelines_of_the_assignment_only() -> None:
    log = Log()
    log.goal(goal("g", contributor(ANN, 2, pipelines=("sales",))))
    first, _ = assignments(log.state)
    assert Totals(log.state, cells_of(closed(1), log)).of(first).count == 0


def test_due_is_what_has_ended_and_is_not_frozen(log: Log) -> None:
    log.snapshot(14)
    assert list(due(log.state, day(7), [])) == [FIRST]
    assert list(due(log.state, day(14), [FIRST])) == [SECOND]
    log.user("ann", active=False)
    assert due(log.state, day(14), []) == {}


@pytest.mark.parametrize(
    ("days", "verdict"), [((1,), "missed"), ((1, 2), "achieved"), ((1, 2, 6), "exceeded"), ((1, 9), "missed")]
)
def test_a_result_says_how_the_milestone_ended(log: Log, days: tuple[int, ...], verdict: str) -> None:
    first, _ = assignments(log.state)
    body = frozen_body(log.state, first, Totals(log.state, cells_of(closed(*days), log)), day(7))
    assert (body["status"], body["frozen"], body["as_of"]) == (verdict, True, day(7).isoformat())


def statuses(log: Log, rows: Rows) -> dict[str, dict[str, Any]]:
    """What is out when all is well."""
    totals = Totals(log.state, cells_of(rows, log))
    return {key_of(each): live_body(log.state, each, totals, day(8)) for each in assignments(log.state)}


def found(log: Log, rows: Rows, out: dict[str, Any], results: dict[str, Any] | None = None) -> list[tuple[str, str]]:
    totals = Totals(log.state, cells_of(rows, log))
    return [(each.key, each.field) for each in compare_statuses(log.state, totals, out, results or {}, day(8))]


def test_statuses_that_the_logs_say_are_no_difference(log: Log) -> None:
    rows = closed(1, 2, 9)
    assert found(log, rows, statuses(log, rows)) == []


def test_each_field_of_a_status_that_differs_is_named(log: Log) -> None:
    rows = closed(1, 2, 9)
    out = statuses(log, rows)
    out[SECOND] |= {"count": 7, "status": "pending"}
    assert found(log, rows, out) == [(SECOND, "count"), (SECOND, "status")]


def test_a_status_that_is_missing_or_too_many_is_named(log: Log) -> None:
    rows = closed(1)
    out = statuses(log, rows)
    out["gone|user:ann|2026-01-05"] = out.pop(FIRST)
    assert sorted(found(log, rows, out)) == [("gone|user:ann|2026-01-05", "published"), (FIRST, "published")]


def test_the_status_of_a_frozen_milestone_is_its_result_whatever_came_later(log: Log) -> None:
    out = statuses(log, closed(1))
    result = out[FIRST] | {"status": "missed", "frozen": True, "as_of": "2026-01-12"}
    out[FIRST] = result | {"computed_at": "later"}
    assert found(log, closed(1, 2, 3), out, {FIRST: result | {"cut": {}, "computed_at": "then"}}) == []


def test_a_stopped_users_numbers_are_not_compared(log: Log) -> None:
    out = statuses(log, closed(1))
    log.user("ann", active=False, name="Ann")
    for status in out.values():
        status["status"] = "stopped"
    assert found(log, closed(1, 2, 3), out) == []


def test_each_part_of_a_cell_that_differs_is_named(log: Log) -> None:
    cells = cells_of(closed(1, 2), log)
    key = CellKey(ANN, CLOSED, "support", day(1).toordinal())
    kept = {name: cell for name, cell in cells.items() if name != key}
    kept[CellKey("user:bob", CLOSED, None, day(1).toordinal())] = Change(1, 1)
    assert [(each.key, each.field) for each in compare_cells(log.state, kept, cells)] == [
        ("user:ann|closed 2|support|2026-01-06", "count"),
        ("user:ann|closed 2|support|2026-01-06", "sum"),
        ("user:bob|closed 2|None|2026-01-06", "count"),
        ("user:bob|closed 2|None|2026-01-06", "sum"),
    ]
    assert list(compare_cells(log.state, dict(cells), cells)) == []


def test_a_difference_says_what_was_published_and_what_the_logs_say() -> None:
    (difference,) = differing("result", FIRST, {"count": 3, "sum": 3}, {"count": 2, "sum": 3})
    assert str(difference) == f"result {FIRST}: count is 3, the logs say 2"
    assert difference.as_json() == {
        "what": "result",
        "key": FIRST,
        "field": "count",
        "published": 3,
        "recomputed": 2,
    }
