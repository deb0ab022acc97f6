"""Freezing: a snapshot's word on what has ended, from the cut alone, once and for ever."""

from typing import Any

import pytest

from schemas.measures import Measure
from schemas.topics import TICKET_TOPICS
from tests.contributors_kit import ANN, RESPONSE, Stage, contributor, day, fact, goal, picked, sent, tick

AVERAGE = Measure("response", "average", "lower")


def results(stage: Stage) -> list[dict[str, Any]]:
    return stage.records("milestone-results")


def staged(**more: Any) -> Stage:
    stage = Stage()
    stage.log.goal(goal(**more))
    return stage


@pytest.mark.parametrize(("count", "status"), [(9, "missed"), (10, "achieved"), (11, "exceeded")])
def test_a_milestone_is_frozen_worse_exactly_or_better_than_its_target(count: int, status: str) -> None:
    stage = staged().at(0, sent(*[fact(3)] * count)).snapshot(7)
    assert picked(results(stage)[0], "status actual frozen as_of") == [status, count, True, day(7).isoformat()]


def test_a_result_and_the_status_that_shows_it_are_the_same_but_for_the_cut() -> None:
    stage = staged().at(0, sent(fact(3))).snapshot(7)
    result = results(stage)[0]
    request = stage.log.last_offset
    assert result.pop("cut") == {topic: [0] for topic in TICKET_TOPICS} | {"control-accepted": [request + 1]}
    assert stage.status() == result


def test_the_cut_names_the_offset_of_each_source_in_order() -> None:
    stage = Stage(sources=3)
    stage.log.goal(goal())
    request = stage.log.snapshot(7)
    stage.at(7, tick(request, 2, at=22), tick(request, 0, at=20), tick(request, 1, at=21))
    assert results(stage)[0]["cut"]["ticket-closed"] == [20, 21, 22]


def test_a_milestone_that_ends_on_the_snapshots_date_still_runs() -> None:
    stage = staged().snapshot(6)
    assert results(stage) == []
    assert picked(stage.status(), "status as_of") == ["in_progress", day(6).isoformat()]


def test_an_average_without_a_ticket_is_missed_without_data() -> None:
    stage = staged(measure=AVERAGE).snapshot(7)
    assert picked(results(stage)[0], "status no_data actual progress sum count") == ["missed", True, None, None, 0, 0]


def test_too_few_facts_are_missed_with_their_sum_and_count() -> None:
    measure = Measure("response", "average", "lower", minimum_count=3)
    stage = staged(measure=measure).at(0, sent(fact(0, 1, of=RESPONSE), fact(1, 2, of=RESPONSE))).snapshot(7)
    assert picked(results(stage)[0], "status no_data actual sum count") == ["missed", True, None, 3, 2]


def test_what_comes_late_changes_no_result() -> None:
    stage = staged().at(0, sent(fact(3))).snapshot(7)
    frozen = stage.status()
    stage.at(8, sent(fact(3), fact(4))).snapshot(9)
    assert len(results(stage)) == 1
    assert stage.status() == frozen


def test_a_milestone_that_ended_before_its_goal_was_made_is_frozen_by_the_next_snapshot() -> None:
    stage = Stage().snapshot(20)
    stage.log.goal(goal())
    stage.at(20, sent(fact(3))).snapshot(20)
    assert [one["milestone"]["start"] for one in results(stage)] == [day(0).isoformat(), day(7).isoformat()]
    assert results(stage)[0]["count"] == 1


def test_an_earlier_date_freezes_what_it_can_and_never_dates_a_status_back() -> None:
    stage = staged().snapshot(10)
    stage.log.goal(goal("h"))
    stage.at(10).snapshot(8)
    assert [one["as_of"] for one in results(stage)] == [day(10).isoformat(), day(8).isoformat()]
    assert stage.status(week=1)["as_of"] == day(10).isoformat()
    assert stage.status(week=1, goal_id="h")["as_of"] == day(8).isoformat()


def test_a_user_who_is_gone_is_frozen_by_the_first_snapshot_after_coming_back() -> None:
    stage = staged().at(1, sent(fact(1)))
    stage.log.user("ann", active=False)
    stage.at(2, sent(fact(2))).snapshot(8)
    assert results(stage) == []
    assert picked(stage.status(), "status as_of count") == ["stopped", None, 1]
    stage.log.user("ann")
    stage.at(9).snapshot(10)
    assert picked(results(stage)[0], "status count as_of") == ["missed", 2, day(10).isoformat()]


def test_a_frozen_status_is_untouched_when_the_user_goes() -> None:
    stage = staged().snapshot(7)
    frozen = stage.status()
    stage.log.user("ann", active=False)
    stage.at(8)
    assert stage.status() == frozen


def test_terms_that_are_edited_apply_to_what_is_not_closed() -> None:
    stage = staged().at(0, sent(fact(0), fact(8))).snapshot(7)
    stage.log.goal(goal("g", contributor(target=1), version=2, name="Easier"))
    stage.at(8).snapshot(14)
    assert [picked(one, "target status goal_version goal_name") for one in results(stage)] == [
        [10, "missed", 1, "Goal g"],
        [1, "achieved", 2, "Easier"],
    ]


def test_two_contributors_are_frozen_each_on_their_own() -> None:
    stage = Stage()
    stage.log.goal(goal("g", contributor(target=1), contributor("team:red", target=2)))
    stage.at(0, sent(fact(0), fact(0, who="team:red"))).snapshot(7)
    assert stage.status(who=ANN)["status"] == "achieved"
    assert stage.status(who="team:red")["status"] == "missed"
