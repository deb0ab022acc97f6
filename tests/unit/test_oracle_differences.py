"""The comparison finds every difference between what was published and the recomputation."""

from copy import deepcopy
from typing import Any

import pytest

from tests.oracle import check, check_live, check_notifications, cuts_of, frozen_results, live, notifications
from tests.oracle.example import Spine, Tickets, contributor, goal, ms
from tests.oracle.log import Result

CLOSED, MEDIAN = "g|user:ana|2026-01-01", "m|pipeline:p|2026-01-01"


class World:
    """Two goals, two snapshots (the first freezes nothing), and what a right system publishes."""

    def __init__(self) -> None:
        self.tickets, self.spine = Tickets(), Spine()
        for ticket, answered in (("a", "01"), ("b", "03"), ("c", "10")):
            self.tickets.happens("created", ticket, "2026-01-05T00:00:00Z")
            self.tickets.happens("responded", ticket, f"2026-01-05T{answered}:00:00Z", "ana")
            self.tickets.happens("closed", ticket, "2026-01-06T00:00:00Z", "ana")
        self.spine.goal(goal(contributor("ana", 2, notify=[{"user_id": "bo", "on": ["exceeded"]}])))
        measure = {"fact": "response", "statistic": "percentile", "percentile": 50}
        self.spine.goal(
            goal(contributor("p", 5_400_000, kind="pipeline"), goal_id="m", template="custom", measure=measure)
        )
        self.first = self.spine.snapshot("2026-01-20")
        self.second = self.spine.snapshot("2026-02-01")
        cut = {**self.tickets.cut, "control-accepted": [self.second + 1]}
        self.cuts = {self.first: cut, self.second: cut}
        right = frozen_results(self.tickets.records, self.spine.accepted, self.cuts)
        self.results: list[Result] = [
            deepcopy(each) | {"computed_at": "2026-02-01T01:00:00Z"} for each in right.values()
        ]
        told = notifications(self.tickets.records, self.spine.accepted, self.cuts)
        self.notifications: list[Result] = [
            {"notification_id": str(number), "kind": each.kind, "recipients": named, "goal_id": each.goal_id}
            | {"contributor": dict(zip(("kind", "id"), each.contributor.split(":"), strict=True))}
            | {"milestone": {"start": each.milestone_start}, "computed_at": "2026-02-01T01:00:00Z"}
            for number, (each, named) in enumerate(told.items())
        ]

    def check(self) -> list[str]:
        return check(self.results, self.tickets.records, self.spine.accepted)

    def check_notifications(self, known: bool = True) -> list[str]:
        cuts = self.cuts if known else cuts_of(self.results, self.spine.accepted)
        return check_notifications(self.notifications, self.tickets.records, self.spine.accepted, cuts)


@pytest.fixture
def world() -> World:
    return World()


def test_right_results_have_no_differences(world: World) -> None:
    assert len(world.results) == 2
    assert world.check() == []


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("goal_name", "H"),
        ("goal_version", 2),
        ("template", "custom"),
        ("duration", "weekly"),
        ("pipelines", ["p"]),
        ("unit", "ms"),
        ("target", 3),
        ("actual", 2),
        ("sum", 2),
        ("count", 4),
        ("progress", 1.5001),
        ("status", "achieved"),
        ("no_data", True),
        ("frozen", False),
        ("contributor", {"kind": "user", "id": "ana", "name": "Ana"}),
        ("milestone", {"start": "2026-01-01", "end": "2026-01-30"}),
    ],
)
def test_a_wrong_field_is_named_with_both_values(world: World, name: str, value: Any) -> None:
    right = world.results[0][name]
    world.results[0][name] = value
    assert world.check() == [f"{CLOSED}: {name}: published {value!r}, recomputed {right!r}"]


def test_a_result_that_is_missing_or_too_many_is_named(world: World) -> None:
    gone = world.results.pop(0)
    assert world.check() == [f"{CLOSED}: not published"]
    ghost = gone | {"goal_id": "ghost"}
    world.results += [gone, ghost]
    assert world.check() == ["ghost|user:ana|2026-01-01: published, the recomputation has none"]


def test_results_of_a_snapshot_that_published_none_are_named(world: World) -> None:
    world.results.clear()
    assert world.check() == [f"{key}: not published (due as of 2026-02-01)" for key in (CLOSED, MEDIAN)]


def test_a_repeat_may_differ_in_its_time_alone(world: World) -> None:
    world.results.append(world.results[0] | {"computed_at": "2026-02-02T00:00:00Z"})
    assert world.check() == []
    world.results.append(world.results[0] | {"sum": 7})
    assert world.check() == [f"{CLOSED}: sum: published 7, first published 3"]


def test_a_shown_percentile_may_be_off_by_one_percent_but_not_its_status(world: World) -> None:
    median = world.results[1]
    assert (median["actual"], median["progress"]) == (10_800_000, 0.5)
    median["actual"], median["progress"] = 10_900_000.0, 0.4954
    assert world.check() == []
    median["actual"] = 10_920_000.0
    assert len(world.check()) == 1
    median["actual"], median["status"] = 10_800_000, "achieved"
    assert len(world.check()) == 1


def test_the_pipelines_of_a_pipeline_may_be_written_as_none_or_itself(world: World) -> None:
    world.results[1]["pipelines"] = ["p"]
    assert world.check() == []
    world.results[1]["pipelines"] = ["q"]
    assert len(world.check()) == 1


def test_a_cut_names_every_topic_and_is_one_a_snapshot(world: World) -> None:
    world.results[0]["cut"] = {topic: at for topic, at in world.results[0]["cut"].items() if topic != "ticket-deleted"}
    lines = world.check()
    assert any("topics" in line for line in lines)
    assert any(line.startswith(f"{MEDIAN}: cut") for line in lines)


def test_right_notifications_have_no_differences(world: World) -> None:
    assert [each["kind"] for each in world.notifications] == ["exceeded", "missed"]
    assert world.check_notifications() == []
    assert world.check_notifications(known=False) == []


def test_a_notification_that_is_missing_or_wrong_is_named(world: World) -> None:
    first, last = world.notifications
    world.notifications = [first]
    assert world.check_notifications() == ["m|pipeline:p|2026-01-01|missed: notification not published"]
    world.notifications = [first, last, last | {"kind": "achieved", "notification_id": "x"}]
    assert world.check_notifications() == ["m|pipeline:p|2026-01-01|achieved: notification published, none is due"]
    world.notifications = [first, last | {"recipients": [{"user_id": "bo", "name": None, "email": None}]}]
    assert len(world.check_notifications()) == 1
    world.notifications = [first, last, first | {"notification_id": "again"}]
    assert len(world.check_notifications()) == 1
    world.notifications = [first, last | {"notification_id": first["notification_id"]}]
    assert world.check_notifications() == ["two notifications share a notification_id"]


def test_what_an_unknown_cut_may_have_told_early_is_neither_required_nor_refused(world: World) -> None:
    early = world.notifications[0] | {"kind": "achieved", "notification_id": "x"}
    world.notifications.append(early)
    assert len(world.check_notifications()) == 1
    assert world.check_notifications(known=False) == []


def test_live_statuses_are_compared_by_key(world: World) -> None:
    expected = live(world.tickets.records, world.spine.accepted, ms("2026-02-10T00:00:00Z"))
    published: dict[str, Result | None] = {}
    for key, status in expected.items():
        goal_id, who, start = key.split("|")
        kind, identity = who.split(":")
        fields = {"goal_id": goal_id, "contributor": {"kind": kind, "id": identity}, "milestone": {"start": start}}
        published[key] = status | fields
    assert check_live(published, expected, world.spine.accepted) == []
    key = "g|user:ana|2026-02-01"
    published[key] = None
    assert check_live(published, expected, world.spine.accepted) == [f"{key}: not published"]


def test_of_two_requests_for_the_same_date_a_result_belongs_to_the_one_that_its_cut_ends_with(world: World) -> None:
    _, request = world.spine.accepted[-1]
    world.spine.accepted.append((world.second + 1, request))  # in one transaction: no marker between them

    assert cuts_of(world.results, world.spine.accepted).keys() == {world.second}
