"""What expires, when, and what then happens to what comes late (docs/decisions/0011)."""

from datetime import date

import pytest

from schemas.contributions import CellKey
from schemas.control import Account
from schemas.decode_control import read_account
from schemas.encode_control import account_wire
from schemas.reading import Node, Refused
from schemas.rows import Row
from schemas.topics import ACCOUNT, TICKET_CLOSED, TICKET_CREATED, TICKET_DELETED, TICKET_EVENTS_REJECTED
from streams.goal_rules import check_goal
from streams.retention import NOTHING_KNOWN, last_event
from streams.spine import Spine
from tests.contributors_kit import ANN, Log, Stage, contributor, day, fact, goal, sent
from tests.ticket_builders import DAY, NEW_YEAR, extend, machine, record, run, snapshot, sums

KEEPS_A_WEEK = (ACCOUNT, "account", Account(keep_days=7))


def kept_from(log: Spine) -> date | None:
    return date.fromordinal(log.state.kept_from) if log.state.kept_from else None


def log_that_keeps(days: int | None) -> Log:
    log = Log()
    log.account(keep_days=days)
    return log


def test_by_default_everything_is_kept() -> None:
    log = log_that_keeps(None)
    log.snapshot(400)
    assert kept_from(log) is None


def test_a_snapshot_moves_what_is_kept_to_so_many_days_before_its_date_and_never_back() -> None:
    log = log_that_keeps(30)
    log.snapshot(100)
    assert kept_from(log) == day(70)
    log.snapshot(90)
    log.account(keep_days=50)
    log.snapshot(101)
    log.account(keep_days=None)
    log.snapshot(300)
    assert kept_from(log) == day(70)


def test_a_milestone_that_is_open_holds_on_to_its_days() -> None:
    log = log_that_keeps(1)
    log.goal(goal(weeks=2))
    log.snapshot(6)
    assert kept_from(log) == day(0)
    log.snapshot(8)
    assert kept_from(log) == day(7)
    log.snapshot(15)
    assert kept_from(log) == day(14)


def test_no_goal_may_begin_where_tickets_have_expired() -> None:
    log = log_that_keeps(7)
    log.snapshot(14)
    check_goal(log.state, goal(start_date=day(7), end_date=day(13)))
    with pytest.raises(Refused, match=r"^start_date: 2026-01-11, what happened before 2026-01-12 has expired"):
        check_goal(log.state, goal(start_date=day(6), end_date=day(13)))


def test_the_account_says_how_long_tickets_are_kept_only_when_it_is_not_for_ever() -> None:
    assert "keep_days" not in account_wire(Account())
    account = Account(keep_days=730)
    assert read_account(Node("", account_wire(account))) == account
    with pytest.raises(Refused, match="keep_days: 0, give a whole number from 1 to"):
        read_account(Node("", {"keep_days": 0}))


@pytest.mark.parametrize(
    ("row", "latest"),
    [
        (Row(), NOTHING_KNOWN),
        (Row(created=5), 5),
        (Row(created=5, reopened=7), 7),
        (Row(created=5, deleted=8), 8),
        (Row(created=5, close=(9, "e", 2, "", "", "")), 9),
        (Row(response=(4, "e", 1, "", "", ""), pipeline=(6, "e", 0, "", "", "p")), 6),
    ],
)
def test_the_last_event_is_the_latest_that_a_row_remembers(row: Row, latest: int) -> None:
    assert last_event(row) == latest


def test_a_ticket_expires_a_late_event_is_set_aside_and_nothing_counts_twice() -> None:
    along, table = Spine(), dict[bytes, bytes]()
    extend(along, KEEPS_A_WEEK)
    tickets = machine(table)
    created, closed = record("old", NEW_YEAR), record("old", NEW_YEAR + 1, user="ann", event_id="f")
    outputs = run(tickets, along, TICKET_CREATED, created, record("new", NEW_YEAR + 10 * DAY, offset=1))
    outputs += run(tickets, along, TICKET_CLOSED, closed)
    extend(along, snapshot("2026-01-15"))
    outputs += run(tickets, along)
    assert [key for key in table if key.startswith(b"t")] == [b"tnew"]
    assert (tickets.stats.expired_rows, tickets.stats.expired_without_creation) == (1, 0)

    again = machine(table, dict(tickets.positions))
    aside = run(again, along, TICKET_CLOSED, closed._replace(offset=1))
    (reject,) = (each for each in aside if each.topic == TICKET_EVENTS_REJECTED)
    assert dict(reject.headers)["reason"] == (
        b"expired: it happened at 2026-01-01T00:00:00.001Z, before 2026-01-08T00:00:00.000Z (keep_days of account)"
    )
    assert (again.stats.expired_events, again.stats.rejected, again.stats.events) == (1, 0, 0)
    assert {cell[0] for cell in sums([*outputs, *aside]).values()} == {1}


@pytest.mark.parametrize("at", ["0001-01-01T00:00:00+23:59", "0001-01-01T00:00:00Z"])
def test_what_happened_in_the_first_year_there_is_comes_too_late_like_any_other(at: str) -> None:
    along = Spine()
    extend(along, KEEPS_A_WEEK, snapshot("2026-01-15"))
    tickets = machine({})
    run(tickets, along)
    [reject] = run(tickets, along, TICKET_CREATED, record("ancient", at))
    assert reject.topic == TICKET_EVENTS_REJECTED
    assert dict(reject.headers)["reason"].startswith(b"expired: it happened at ")


def test_a_deleted_ticket_is_remembered_as_long_as_any_other() -> None:
    along, table = Spine(), dict[bytes, bytes]()
    extend(along, KEEPS_A_WEEK)
    tickets = machine(table)
    run(tickets, along, TICKET_DELETED, record("spam", NEW_YEAR + 9 * DAY))
    extend(along, snapshot("2026-01-15"))
    outputs = run(tickets, along, TICKET_CLOSED, record("spam", NEW_YEAR + 8 * DAY, user="ann"))
    assert sums(outputs) == {}


def cells(stage: Stage) -> dict[CellKey, int]:
    layers = stage.machine._layers
    return {key: change.count for key, change in layers.base.cells()}


def test_cells_go_when_no_open_milestone_can_count_them_and_the_frozen_ones_stay_frozen() -> None:
    log = log_that_keeps(1)
    log.goal(goal(weeks=2))
    stage = Stage(log).at(0, sent(fact(-1), fact(0), fact(1), fact(7)))
    stage.snapshot(2)
    assert {key.day for key in cells(stage)} == {each.toordinal() for each in (day(0), day(1), day(7))}
    stage.snapshot(8)
    assert {key.day for key in cells(stage)} == {day(7).toordinal()}
    assert (stage.status(0)["frozen"], stage.status(0)["actual"]) == (True, 2)
    stage.reload()
    stage.at(9, sent(fact(8)))
    assert (stage.status(1)["actual"], stage.status(0)["actual"]) == (2, 2)
    assert len(stage.records("milestone-results")) == 1


def test_a_milestone_that_ended_while_its_user_was_gone_stays_stopped_once_its_days_have_expired() -> None:
    log = log_that_keeps(1)
    log.goal(goal("g", contributor(ANN), contributor("team:t"), weeks=2))
    stage = Stage(log).at(1, sent(fact(0)))
    log.user("ann", active=False)
    stage.snapshot(8)
    log.user("ann", active=True)
    stage.at(8)
    assert (stage.status(0)["status"], stage.status(0)["actual"]) == ("stopped", 1)
    stage.snapshot(9)
    stage.reload()
    stage.at(9)
    assert (stage.status(0)["status"], stage.status(0)["actual"]) == ("stopped", 1)
    assert stage.status(1)["status"] == "in_progress"
    assert [each["contributor"]["kind"] for each in stage.records("milestone-results")] == ["team"]
