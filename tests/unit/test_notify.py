"""News: each kind once, early where that is promised, to those who switched it on."""

from typing import Any

import pytest

from schemas.goals import NotificationKind
from schemas.measures import Measure
from streams.notify import notification_id
from tests.contributors_kit import RESPONSE, Stage, contributor, day, fact, goal, notify, picked, sent, taken_back


def staged(**more: Any) -> Stage:
    stage = Stage()
    stage.log.goal(goal("g", contributor(target=2), weeks=1, **more))
    return stage


def kinds(stage: Stage) -> list[str]:
    return [kind for kind, _ in stage.told()]


def test_the_freeze_tells_what_became_of_it() -> None:
    assert kinds(staged().snapshot(7)) == ["missed"]
    assert kinds(staged().at(0, sent(fact(0), fact(1))).snapshot(7)) == ["achieved"]
    assert kinds(staged().at(0, sent(fact(0), fact(1), fact(2))).snapshot(7)) == ["exceeded"]


def test_a_count_that_reaches_and_then_passes_its_target_tells_both_early_and_nothing_more() -> None:
    stage = staged().at(0, sent(fact(0), fact(1))).snapshot(2)
    assert kinds(stage) == ["achieved"]
    assert kinds(stage.snapshot(3)) == ["achieved"]
    assert kinds(stage.at(3, sent(fact(2))).snapshot(4)) == ["achieved", "exceeded"]
    assert kinds(stage.snapshot(7)) == ["achieved", "exceeded"]


def test_a_target_already_passed_at_first_sight_tells_only_that() -> None:
    assert kinds(staged().at(0, sent(fact(0), fact(0), fact(0))).snapshot(1)) == ["exceeded"]


def test_what_was_told_early_does_not_prevent_another_kind_later() -> None:
    early = [fact(0), fact(0), fact(0)]
    stage = staged().at(0, sent(*early)).snapshot(1).at(2, sent(*map(taken_back, early[:2]))).snapshot(7)
    assert kinds(stage) == ["exceeded", "missed"]


def test_facts_of_the_snapshots_own_date_are_no_news_yet() -> None:
    stage = staged().at(1, sent(fact(0), fact(1))).snapshot(1)
    assert kinds(stage) == []
    assert kinds(stage.snapshot(2)) == ["achieved"]


@pytest.mark.parametrize(
    "measure",
    [
        Measure("response", "average", "lower"),
        Measure("response", "average", "higher"),
        Measure("response", "count", "lower"),
        Measure("response", "sum", "lower"),
    ],
)
def test_only_what_grows_towards_its_target_is_told_early(measure: Measure) -> None:
    stage = staged(measure=measure).at(0, sent(fact(0, 2, of=RESPONSE))).snapshot(3)
    assert stage.status()["count"] == 1
    assert kinds(stage) == []


def test_a_sum_that_should_be_high_is_told_early() -> None:
    stage = staged(measure=Measure("response", "sum", "higher")).at(0, sent(fact(0, 3, of=RESPONSE))).snapshot(3)
    assert kinds(stage) == ["exceeded"]


def test_an_early_note_has_the_numbers_of_the_snapshot_not_the_live_ones() -> None:
    stage = staged().at(2, sent(fact(0), fact(1), fact(2))).snapshot(2)
    note = stage.records("goal-notifications")[0]
    assert picked(note, "kind status count as_of frozen") == ["achieved", "in_progress", 2, day(2).isoformat(), False]
    assert stage.status()["count"] == 3


def test_only_recipients_who_switched_it_on_and_are_still_here_are_named() -> None:
    recipients = (notify("bo", "missed"), notify("cy", "achieved"), notify("di", "missed"), notify("ed", "missed"))
    stage = Stage()
    stage.log.user("bo", name="Bo", email="bo@example.org")
    stage.log.user("di", active=False)
    stage.log.goal(goal("g", contributor(notify=recipients), weeks=1))
    assert stage.snapshot(7).records("goal-notifications")[0]["recipients"] == [
        {"user_id": "bo", "name": "Bo", "email": "bo@example.org"},
        {"user_id": "ed", "name": None, "email": None},
    ]


def test_news_without_recipients_is_told_all_the_same() -> None:
    assert staged().snapshot(7).records("goal-notifications")[0]["recipients"] == []


def test_news_is_keyed_by_its_id() -> None:
    stage = staged().snapshot(7)
    (key, note), *more = stage.latest("goal-notifications").items()
    assert not more
    assert key == note["notification_id"] == notification_id("g", "user:ann", day(0), "missed")


def test_news_once_told_is_not_told_again_after_the_goal_was_deleted_and_made_anew() -> None:
    stage = staged().at(0, sent(fact(0), fact(1))).snapshot(2)
    stage.log.delete_goal("g")
    stage.at(2)
    stage.log.goal(goal("g", contributor(target=2), weeks=1))
    assert kinds(stage.at(3).snapshot(3)) == ["achieved"]


def test_ids_differ_by_goal_contributor_milestone_and_kind_and_by_nothing_else() -> None:
    told: list[tuple[str, str, int, NotificationKind]] = [
        ("g", "user:ann", 0, "missed"),
        ("h", "user:ann", 0, "missed"),
        ("g", "team:ann", 0, "missed"),
        ("g", "user:ann", 7, "missed"),
        ("g", "user:ann", 0, "achieved"),
    ]
    ids = [notification_id(goal_id, who, day(number), kind) for goal_id, who, number, kind in told]
    assert len(set(ids)) == len(told)
    assert ids[0] == "b600fb4db20dac7d99ae98d2a5cd3e8a", "ids may not change from one version to the next"
