"""Live statuses: the date of now, all facts so far, projections, and users who are gone."""

import json

import pytest

from schemas.goals import Goal
from schemas.measures import Measure
from schemas.statuses import decode_status
from streams.aggregate import Total
from streams.cells import Window
from streams.live import live_status
from streams.watches import Watch
from tests.contributors_kit import ANN, RESPONSE, Stage, contributor, day, fact, goal, picked, sent

NUMBERS = "actual sum count progress target as_of status"
AVERAGE = Measure("response", "average", "lower")


def staged(command: Goal) -> Stage:
    stage = Stage()
    stage.log.goal(command)
    return stage


def test_a_milestone_waits_until_its_first_day_and_then_runs() -> None:
    stage = staged(goal()).at(6)
    assert picked(stage.status(week=1), "status actual count") == ["pending", 0, 0]
    assert stage.at(7).status(week=1)["status"] == "in_progress"


def test_a_milestone_that_ended_runs_on_until_it_is_frozen() -> None:
    assert staged(goal()).at(30).status()["status"] == "in_progress"


def test_facts_count_at_once_also_those_of_days_to_come() -> None:
    stage = staged(goal()).at(0, sent(fact(0), fact(1), fact(6)))
    assert picked(stage.status(), "actual sum count progress") == [3, 3, 3, 0.3]


def test_facts_of_other_days_pipelines_and_contributors_do_not_count() -> None:
    stage = staged(goal("g", contributor(pipelines=("p", "q"))))
    stage.at(0, sent(fact(-1), fact(7), fact(0, pipeline="r"), fact(0, pipeline=None), fact(0, who="user:bo")))
    assert stage.status()["count"] == 0
    assert stage.at(0, sent(fact(0, pipeline="q"))).status()["count"] == 1


def test_without_pipelines_all_count_also_facts_that_have_none() -> None:
    assert staged(goal()).at(0, sent(fact(0, pipeline=None), fact(0))).status()["count"] == 2


def test_an_average_without_a_ticket_is_no_data_while_it_runs() -> None:
    stage = staged(goal(measure=AVERAGE)).at(0)
    assert picked(stage.status(), "actual progress no_data sum count unit") == [None, None, True, 0, 0, "ms"]
    stage.at(0, sent(fact(0, 7, of=RESPONSE), fact(0, 8, of=RESPONSE)))
    assert picked(stage.status(), "actual progress no_data sum count") == [7.5, 1.3333, False, 15, 2]


def test_a_share_has_its_target_and_actual_as_shares() -> None:
    measure = Measure("response", "share_within", "higher", threshold=60)
    stage = staged(goal("g", contributor(target=9_000), measure=measure))
    stage.at(0, sent(fact(0, 60, of=3, within=1), fact(1, 61, of=3), fact(2, 1, of=3, within=1)))
    assert picked(stage.status(), "unit target actual progress") == ["share", 0.9, 0.6667, 0.7407]


def test_a_percentile_is_taken_over_all_days() -> None:
    measure = Measure("response", "percentile", "lower", percentile=50)
    stage = staged(goal(measure=measure))
    stage.at(0, sent(*(fact(number, value, of=3, values={value: 1}) for number, value in enumerate((9, 1, 5)))))
    assert stage.status()["actual"] == 5


@pytest.mark.parametrize(("number", "projected"), [(0, 21), (1, 10.5), (4, 4.2), (6, 3), (9, 3)])
def test_a_forecast_grows_a_count_by_the_days_begun(number: int, projected: float) -> None:
    stage = staged(goal(forecast=True)).at(0, sent(fact(0), fact(0), fact(0)))
    assert stage.at(number).status()["projected"] == projected


def test_a_forecast_has_at_most_three_decimals_for_tickets() -> None:
    assert staged(goal(forecast=True)).at(2, sent(fact(0))).status()["projected"] == 2.333


def test_a_forecast_leaves_an_average_as_it_is_and_is_null_without_data() -> None:
    stage = staged(goal(measure=AVERAGE, forecast=True)).at(2)
    assert stage.status()["projected"] is None
    assert stage.at(2, sent(fact(0, 9, of=RESPONSE))).status()["projected"] == 9


def test_only_running_milestones_of_forecasts_are_projected() -> None:
    assert "projected" not in staged(goal(forecast=True)).at(2).status(week=1)
    assert "projected" not in staged(goal()).at(2).status()
    assert "projected" not in staged(goal(forecast=True)).snapshot(7).status()


def test_names_come_from_the_directory_and_follow_it() -> None:
    stage = staged(goal()).at(0)
    assert stage.status()["contributor"] == {"kind": "user", "id": "ann", "name": None}
    stage.log.user("ann", name="Ann")
    assert stage.at(0).status()["contributor"]["name"] == "Ann"


def test_a_user_who_is_deactivated_keeps_the_numbers_last_published() -> None:
    stage = staged(goal(forecast=True)).snapshot(1).at(1, sent(fact(0), fact(1)))
    before = stage.status()
    stage.log.user("ann", active=False)
    stage.at(1)
    assert picked(stage.status(), NUMBERS) == [*picked(before, NUMBERS)[:-1], "stopped"]
    assert "projected" not in stage.status()
    written = len(stage.written)
    stage.at(3, sent(fact(3)))
    assert len(stage.written) == written, "nothing is computed any more"


def test_a_user_who_never_had_a_status_is_stopped_with_null_and_zero() -> None:
    stage = Stage()
    stage.log.user("ann", active=False)
    stage.log.goal(goal())
    stage.at(1, sent(fact(0)))
    assert picked(stage.status(), NUMBERS) == [None, 0, 0, None, None, None, "stopped"]


def test_a_deleted_user_is_stopped_but_not_one_that_nobody_ever_knew() -> None:
    stage = staged(goal("g", contributor(), contributor("user:bo"))).at(0)
    stage.log.user("ann")
    stage.log.put("directory", "user:ann", None)
    stage.at(0)
    assert stage.status()["status"] == "stopped"
    assert stage.status(who="user:bo")["status"] == "in_progress"


def test_a_user_is_deleted_by_the_command_whether_or_not_the_directory_had_them() -> None:
    stage = staged(goal()).at(0)
    stage.log.put("directory", "user:ann", None)
    assert stage.at(0).status()["status"] == "stopped"
    stage.log.user("ann")
    assert stage.at(0).status()["status"] == "in_progress"


def test_after_reactivation_everything_counts_again() -> None:
    stage = staged(goal()).at(0, sent(fact(0)))
    stage.log.user("ann", active=False)
    stage.at(1, sent(fact(1)))
    stage.log.user("ann")
    assert picked(stage.at(2, sent(fact(2))).status(), "status count") == ["in_progress", 3]


def test_the_date_is_that_of_the_accounts_time_zone() -> None:
    stage = Stage()
    stage.log.account(time_zone="Pacific/Kiritimati")
    stage.log.goal(goal())
    stage.at(6)
    assert stage.status(week=1)["status"] == "in_progress", "noon in UTC is already tomorrow 14 hours ahead"
    assert stage.status(week=1)["milestone"]["start"] == day(7).isoformat()


def test_what_is_frozen_is_never_evaluated_again() -> None:
    stage = staged(goal()).snapshot(7)
    assignment = stage.log.state.assignments(ANN)[0]
    shown = decode_status(json.dumps(stage.status()).encode())
    watch = Watch("g", assignment, Window(ANN, 2, None, 0, 1), Total(), shown)
    with pytest.raises(ValueError, match="'missed' has no way out"):
        live_status(stage.log.state, watch, day(8))
