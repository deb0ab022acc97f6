"""Versions, edits against closed milestones, the directory, deletion (SPEC 4)."""

from typing import Any

import pytest

from tests.control_court import Court, a_goal, ada, custom


def closed_through_february(**fields: Any) -> Court:
    """A monthly goal of 2025 whose January and February are closed."""
    court = Court()
    court.goal(**fields)
    court.snapshot("2025-03-01")
    return court


def test_versions_count_up_by_themselves() -> None:
    court = Court()

    assert [court.goal(name=name)["version"] for name in ("a", "b", "c")] == [1, 2, 3]


def test_a_higher_version_may_be_given_also_to_say_the_same() -> None:
    court = Court()

    assert court.goal(version=5)["version"] == 5
    assert court.goal(version=7)["version"] == 7
    assert court.goal(name="other")["version"] == 8


@pytest.mark.parametrize("version", [1, 2])
def test_a_version_not_higher_than_in_force_is_refused(version: int) -> None:
    court = Court()
    court.goal(version=2)

    refused = court.refuse_goal(version=version, name="other")
    assert refused == f"version: {version}, not higher than 2 in force, give a higher one or none"


@pytest.mark.parametrize("version", [None, 1, 3])
def test_what_says_the_same_as_in_force_is_accepted_and_changes_nothing(version: int | None) -> None:
    court = Court()
    court.goal(version=3, contributors=[ada(), ada(id="bob", pipelines=[])])
    before = court.state.goals["g"]

    value = court.goal(version=version, contributors=[ada(id="bob"), ada(target=10.0)], forecast=False)

    assert value["version"] == 3
    assert court.state.goals["g"] == before


def test_true_and_1_in_a_filter_do_not_say_the_same() -> None:
    court = Court()
    for value, version in ((1, 1), (True, 2)):
        assert court.goal(**custom(filter=[{"attribute": "vip", "in": [value]}]))["version"] == version


def test_deleting_a_goal_that_is_not_there_is_refused_naming_it() -> None:
    assert Court().refuse("goals", "nobody", None).startswith('key: "nobody", there is no such goal to delete')


def test_a_goal_id_without_results_can_be_used_again() -> None:
    court = Court()
    court.goal(version=4)
    court.accept("goals", "g", None)

    assert court.goal()["version"] == 1


def test_a_goal_id_with_results_can_not_be_used_again() -> None:
    court = closed_through_february()
    court.accept("goals", "g", None)

    assert court.refuse_goal().startswith('goal_id: "g", a deleted goal has results under it')
    assert court.state.assignments("user:ada") == ()


def test_a_goal_whose_milestones_closed_while_its_users_were_stopped_has_no_results() -> None:
    court = Court()
    court.user("ada", active=False)
    court.goal()
    court.snapshot("2025-03-01")
    court.accept("goals", "g", None)

    assert court.goal()["version"] == 1


def test_reactivated_users_get_their_results_by_the_next_snapshot() -> None:
    court = Court()
    court.user("ada", active=False)
    court.goal()
    court.snapshot("2025-03-01")
    court.user("ada")
    court.snapshot("2025-01-20")
    assert not court.state.used_ids
    court.snapshot("2025-02-01")
    assert list(court.state.used_ids) == ["g"]


def test_who_has_part_in_open_milestones_alone_gives_a_goal_no_results() -> None:
    court = Court()
    court.user("ada", active=False)
    court.user("bob")
    court.goal()
    court.snapshot("2025-03-01")
    court.goal(contributors=[ada(), ada(id="bob")])

    court.snapshot("2025-03-31")
    assert not court.state.used_ids
    court.snapshot("2025-04-01")
    assert list(court.state.used_ids) == ["g"]


def test_closed_milestones_keep_their_terms_and_open_ones_take_the_new() -> None:
    court = closed_through_february()
    court.goal(contributors=[ada(target=20, pipelines=["sales"])])
    court.snapshot("2025-04-01")
    court.goal(contributors=[ada(target=30)])

    terms = [(one.target, one.pipelines, one.closed, one.goal.version) for one in court.state.assignments("user:ada")]
    assert terms[:2] == [(10, (), True, 1)] * 2
    assert terms[2:3] == [(20, ("sales",), True, 2)]
    assert terms[3:] == [(30, (), False, 3)] * 9


def test_who_is_added_has_no_part_in_closed_milestones_and_who_is_removed_keeps_them() -> None:
    court = closed_through_february()
    court.goal(contributors=[ada(id="bob")])

    starts = {
        name: [one.milestone.start.month for one in court.state.assignments(name)] for name in ("user:ada", "user:bob")
    }
    assert starts == {"user:ada": [1, 2], "user:bob": list(range(3, 13))}


@pytest.mark.parametrize(
    ("change", "field"),
    [
        ({"duration": "weekly"}, "duration"),
        ({"start_date": "2025-01-02"}, "start_date"),
        ({"end_date": "2025-11-30"}, "end_date"),
        ({"align_to_fiscal_year": True}, "align_to_fiscal_year"),
        ({"template": "average-response-time"}, "template"),
        (custom(), "template"),
    ],
)
def test_once_a_milestone_is_closed_what_cuts_and_measures_can_not_change(change: dict[str, Any], field: str) -> None:
    court = closed_through_february()

    assert court.refuse_goal(**change).startswith(f"{field}: ")


def test_once_a_milestone_is_closed_the_measure_can_not_change() -> None:
    court = closed_through_february(**custom())

    assert court.refuse_goal(**custom(minimum_count=2)).startswith("measure: an object, it can't change")


def test_saying_the_end_that_holds_anyway_is_no_change() -> None:
    assert closed_through_february().goal(end_date="2025-12-31")["version"] == 2


def test_until_a_milestone_is_closed_everything_can_change() -> None:
    court = Court()
    court.goal(start_date="2025-06-01")
    court.snapshot("2025-06-30")

    court.goal(start_date="2025-06-02", duration="weekly", align_to_fiscal_year=True, **custom())
    assert len(court.state.assignments("user:ada")) == 31


def test_a_milestone_moved_into_the_past_closes_at_the_next_request_not_at_once() -> None:
    court = Court()
    court.goal(start_date="2025-06-01", duration="custom", end_date="2025-12-31")
    court.snapshot("2025-07-01")
    court.goal(start_date="2025-06-01", duration="custom", end_date="2025-06-15")
    assert [one.closed for one in court.state.assignments("user:ada")] == [False]

    court.snapshot("2025-07-01")
    assert [one.closed for one in court.state.assignments("user:ada")] == [True]


MARCH, JANUARY = {"start": "2025-03-01", "target": 3}, {"start": "2025-01-01", "target": 1}


@pytest.mark.parametrize(
    ("before", "after"),
    [
        ([], [JANUARY]),
        ([JANUARY], []),
        ([JANUARY], [{**JANUARY, "target": 2}]),
        ([JANUARY], [{**JANUARY, "pipelines": []}]),
    ],
    ids=["added", "removed", "changed", "extended"],
)
def test_the_override_of_a_closed_milestone_stays(before: list[Any], after: list[Any]) -> None:
    court = closed_through_february(contributors=[ada(id="bob"), ada(milestones=before)])

    refused = court.refuse_goal(contributors=[ada(id="bob"), ada(milestones=[MARCH, *after])])

    assert refused.startswith("contributors[1].milestones")
    assert "the milestone that starts 2025-01-01 is closed" in refused


def test_overrides_of_open_milestones_change_beside_closed_ones() -> None:
    court = closed_through_february(contributors=[ada(milestones=[JANUARY])])
    court.goal(contributors=[ada(milestones=[MARCH, JANUARY])])

    assert [one.target for one in court.state.assignments("user:ada")][:4] == [1, 10, 3, 10]


def test_a_contributor_with_a_closed_override_may_be_removed() -> None:
    court = closed_through_february(contributors=[ada(milestones=[JANUARY]), ada(id="bob")])

    assert court.goal(contributors=[ada(id="bob")])["version"] == 2


def test_a_new_contributor_needs_no_target_for_closed_milestones() -> None:
    court = closed_through_february(end_date="2025-03-31")

    court.goal(end_date="2025-03-31", contributors=[ada(id="bob", target=None, milestones=[MARCH])])
    assert [one.target for one in court.state.assignments("user:bob")] == [3]


@pytest.mark.parametrize(
    ("known", "contributor", "path"),
    [
        ("user:bob", ada(), "contributors[0].id"),
        ("team:blue", ada(kind="team"), "contributors[0].id"),
        ("pipeline:sales", ada(kind="pipeline"), "contributors[0].id"),
        ("pipeline:sales", ada(pipelines=["sales", "care"]), "contributors[0].pipelines[1]"),
        (
            "pipeline:sales",
            ada(milestones=[{"start": "2025-02-01", "pipelines": ["care"]}]),
            "contributors[0].milestones[0].pipelines[0]",
        ),
        (
            "user:ada",
            ada(notify=[{"user_id": "ada", "on": []}, {"user_id": "eve", "on": []}]),
            "contributors[0].notify[1].user_id",
        ),
    ],
)
def test_the_unknown_are_refused_once_the_directory_knows_any_of_the_kind(
    known: str, contributor: dict[str, Any], path: str
) -> None:
    court = Court()
    kind, name = known.split(":")
    assert court.goal(goal_id="before", contributors=[contributor])["version"] == 1
    court.accept("directory", known, {"name": name})

    refused = court.refuse_goal(contributors=[contributor])
    assert refused.startswith(f"{path}: ")
    assert f"the directory has no such {kind}" in refused
    assert court.goal(goal_id="before", contributors=[contributor], name="other")["version"] == 2


def test_a_deleted_user_is_unknown_to_new_goals_and_a_deactivated_one_is_not() -> None:
    court = Court()
    court.user("ada")
    court.user("bob")
    court.accept("directory", "user:ada", None)
    court.user("bob", active=False)

    assert court.refuse_goal().startswith('contributors[0].id: "ada", the directory has no such user')
    court.goal(contributors=[ada(id="bob")])


def test_a_goal_is_back_to_itself_when_written_as_it_is_in_force() -> None:
    court = Court()
    first = court.goal(**a_goal(contributors=[ada(notify=[{"user_id": "eve", "on": ["missed", "achieved"]}])]))

    assert court.goal(**first) == first
