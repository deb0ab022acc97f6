"""The oracle's notifications (SPEC 5), by hand."""

from typing import Any

from tests.oracle import Told, notifications
from tests.oracle.example import Spine, Tickets, contributor, goal

DAYS = [f"2026-01-{day:02d}T12:00:00Z" for day in range(1, 32)]


def told(tickets: Tickets, spine: Spine) -> list[tuple[str, str]]:
    """Milestone and kind of all notifications, in order, every snapshot with the cut after all tickets."""
    cuts = {offset: tickets.cut for offset, _ in spine.accepted}
    return [(each.milestone_start[:7], each.kind) for each in notifications(tickets.records, spine.accepted, cuts)]


def closing(*instants: str) -> Tickets:
    tickets = Tickets()
    tickets.closed("ana", *instants)
    return tickets


def spine_of(promise: dict[str, Any], *dates: str) -> Spine:
    spine = Spine()
    spine.goal(promise)
    for date in dates:
        spine.snapshot(date)
    return spine


def test_a_count_is_told_when_reached_and_when_passed_while_it_runs_and_each_once() -> None:
    spine = spine_of(goal(contributor("ana", 2)), "2026-01-02", "2026-01-03", "2026-01-04", "2026-01-05", "2026-02-01")
    assert told(closing(*DAYS[:2]), spine) == [("2026-01", "achieved")]
    assert told(closing(*DAYS[:3]), spine) == [("2026-01", "achieved"), ("2026-01", "exceeded")]


def test_a_snapshot_sees_the_days_before_its_date_alone() -> None:
    promise = goal(contributor("ana", 2))
    assert told(closing(*DAYS[:2]), spine_of(promise, "2026-01-02")) == []
    assert told(closing(*DAYS[:2]), spine_of(promise, "2026-01-02", "2026-01-03")) == [("2026-01", "achieved")]


def test_what_is_passed_at_first_sight_is_told_as_exceeded_alone() -> None:
    assert told(closing(*DAYS[:3]), spine_of(goal(contributor("ana", 2)), "2026-01-10")) == [("2026-01", "exceeded")]


def test_what_was_told_early_does_not_prevent_another_kind_at_the_freeze() -> None:
    tickets, spine = closing(*DAYS[:2]), Spine()
    spine.goal(goal(contributor("ana", 2)))
    early = spine.snapshot("2026-01-10")
    before = tickets.cut
    tickets.happens("deleted", "t0", "2026-01-11T00:00:00Z")
    freeze = spine.snapshot("2026-02-01")
    found = notifications(tickets.records, spine.accepted, {early: before, freeze: tickets.cut})
    assert [each.kind for each in found] == ["achieved", "missed"]


def test_nothing_is_told_early_of_an_average_or_where_lower_is_better() -> None:
    tickets = Tickets()
    tickets.happens("created", "a", "2026-01-05T08:00:00Z")
    tickets.happens("responded", "a", "2026-01-05T09:00:00Z", "ana")
    average = goal(contributor("ana", 3_600_000), template="average-response-time")
    few = goal(
        contributor("ana", 1), template="custom", measure={"fact": "response", "statistic": "count", "better": "lower"}
    )
    for promise in (average, few):
        assert told(tickets, spine_of(promise, "2026-01-10")) == []
        assert told(tickets, spine_of(promise, "2026-01-10", "2026-02-01")) == [("2026-01", "achieved")]


def test_recipients_are_those_switched_on_without_the_stopped_ones() -> None:
    notify = [{"user_id": user, "on": ["missed", "achieved"]} for user in ("dan", "cem", "bo", "ana")]
    notify += [{"user_id": "eve", "on": ["exceeded"]}]
    spine = Spine()
    spine.user("ana", name="Ana", email="ana@example.org")
    spine.user("bo", active=False)
    spine.user("cem", name="Cem")
    spine.add("directory", "user:cem", None)
    spine.goal(goal(contributor("ana", 2, notify=notify)))
    request = spine.snapshot("2026-02-01")
    tickets = Tickets()
    assert notifications([], spine.accepted, {request: tickets.cut}) == {
        Told("g", "user:ana", "2026-01-01", "missed"): [
            {"user_id": "ana", "name": "Ana", "email": "ana@example.org"},
            {"user_id": "dan", "name": None, "email": None},
        ]
    }


def test_without_recipients_there_is_still_a_notification() -> None:
    spine = Spine()
    spine.goal(goal(contributor("ana", 2)))
    request = spine.snapshot("2026-02-01")
    assert list(notifications([], spine.accepted, {request: Tickets().cut}).values()) == [[]]


def test_the_recipients_are_those_of_the_first_telling() -> None:
    tickets, spine = closing(*DAYS[:2]), Spine()
    spine.goal(goal(contributor("ana", 2, notify=[{"user_id": "ana", "on": ["achieved"]}])))
    spine.snapshot("2026-01-10")
    spine.goal(goal(contributor("ana", 2), version=2))
    spine.snapshot("2026-02-01")
    cuts = {offset: tickets.cut for offset, _ in spine.accepted}
    found = notifications(tickets.records, spine.accepted, cuts)
    assert list(found.values()) == [[{"user_id": "ana", "name": None, "email": None}]]


def test_a_stopped_user_is_told_nothing() -> None:
    spine = Spine()
    spine.user("ana", active=False)
    spine.goal(goal(contributor("ana", 2)))
    spine.snapshot("2026-01-10")
    spine.snapshot("2026-02-01")
    assert told(closing(*DAYS[:3]), spine) == []
