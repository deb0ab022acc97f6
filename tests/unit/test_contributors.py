"""The contributors stage as a whole: layers and snapshots, edits on the way, and crashes anywhere."""

import json

from schemas.topics import APPLIED
from streams.contributors import Contributors
from tests.contributors_kit import (
    ANN,
    Log,
    Stage,
    contributor,
    day,
    fact,
    goal,
    noon,
    picked,
    sent,
    taken_back,
    tick,
)


def staged(sources: int = 1) -> Stage:
    stage = Stage(sources=sources)
    stage.log.goal(goal())
    return stage


def rows(stage: Stage, kind: bytes) -> int:
    return sum(row.startswith(kind) for row in stage.table)


# Snapshots wait for all sources, and see what these sent before their ticks.


def test_a_snapshot_waits_for_the_ticks_of_all_sources() -> None:
    stage = staged(sources=2)
    request = stage.log.snapshot(7)
    stage.at(7, tick(request, 1))
    assert stage.records("milestone-results") == []
    stage.at(7, tick(request, 0))
    assert len(stage.records("milestone-results")) == 1


def test_what_a_source_sends_after_its_tick_is_live_but_not_in_the_cut() -> None:
    stage = staged(sources=2)
    request = stage.log.snapshot(7)
    stage.at(7, sent(fact(0), source=0), tick(request, 0), sent(fact(1), source=0), sent(fact(2), source=1))
    assert stage.status()["count"] == 3
    stage.at(7, tick(request, 1))
    assert stage.status()["count"] == 2


def test_after_the_snapshot_the_later_facts_are_in_the_next_one() -> None:
    stage = staged()
    request = stage.log.snapshot(2)
    stage.at(2, tick(request), sent(fact(1)))
    assert stage.snapshot(7).status()["count"] == 1


def test_a_tick_may_come_before_the_request_is_seen() -> None:
    stage, ahead = staged(), Log()
    ahead.goal(goal())
    request = ahead.snapshot(7)
    stage.at(7, sent(fact(0)), tick(request), sent(fact(1)))
    assert stage.status()["count"] == 2
    stage.log = ahead
    assert stage.at(7).status()["count"] == 1


def test_several_snapshots_may_be_outstanding_and_each_has_its_own_cut() -> None:
    stage = staged(sources=2)
    first, second = stage.log.snapshot(7), stage.log.snapshot(14)
    stage.at(14, sent(fact(0)), tick(first), sent(fact(8)), tick(second), sent(fact(9)))
    assert stage.records("milestone-results") == []
    stage.at(14, tick(first, 1), sent(fact(1), fact(10), source=1))
    assert [one["count"] for one in stage.records("milestone-results")] == [1]
    stage.at(14, tick(second, 1))
    assert [picked(one, "count as_of") for one in stage.records("milestone-results")] == [
        [1, day(7).isoformat()],
        [2, day(14).isoformat()],
    ]


def test_what_follows_a_sources_second_tick_waits_for_the_second_snapshot() -> None:
    stage = staged(sources=2)
    first, second = stage.log.snapshot(7), stage.log.snapshot(14)
    stage.at(14, tick(first), tick(second), tick(first, 1))
    stage.at(14, sent(fact(8)), sent(fact(9), source=1), tick(second, 1))
    assert [one["count"] for one in stage.records("milestone-results")] == [0, 1]


def test_no_later_entry_is_applied_before_an_earlier_request_is_done() -> None:
    stage = staged()
    request = stage.log.snapshot(7)
    stage.log.goal(goal("g", contributor(target=1), version=2))
    stage.log.user("ann", name="Ann")
    assert stage.at(7, sent(fact(0))).status()["contributor"]["name"] is None
    assert stage.machine.applied < request
    stage.at(7, tick(request))
    assert picked(stage.status(), "target status goal_version") == [10, "missed", 1]
    assert stage.machine.applied == stage.log.last_offset


def test_a_finished_snapshot_leaves_no_layer_and_no_tick_behind() -> None:
    stage = staged(sources=2)
    request = stage.log.snapshot(7)
    stage.at(7, tick(request, 0), sent(fact(1)), tick(request, 0))
    assert (rows(stage, b"l"), rows(stage, b"k")) == (1, 1)
    stage.at(7, tick(request, 1), tick(request, 1))
    assert (rows(stage, b"l"), rows(stage, b"k"), rows(stage, b"c")) == (0, 0, 1)


def test_a_tick_that_comes_again_after_its_snapshot_changes_nothing() -> None:
    stage = staged()
    request = stage.log.snapshot(2)
    stage.at(2, tick(request), tick(request)).at(2, tick(request), sent(fact(3)))
    assert (rows(stage, b"l"), rows(stage, b"k"), rows(stage, b"c")) == (0, 0, 1)


def test_the_same_date_may_be_requested_again() -> None:
    assert len(staged().snapshot(7).snapshot(7).records("milestone-results")) == 1


def test_the_statuses_of_a_snapshot_go_out_together_with_its_being_applied() -> None:
    stage = staged()
    request = stage.log.snapshot(7)
    stage.machine.receive(tick(request))
    stage.machine.advance(stage.log, noon(7))
    stage.written = stage.machine.outputs()
    assert stage.status(week=1)["as_of"] == day(7).isoformat()
    assert stage.written[-1] == (APPLIED, b"contributors|0", b"%d" % request, None, (), None)


def test_a_snapshot_dates_what_it_evaluates_also_when_nothing_else_changed() -> None:
    stage = staged().at(2).snapshot(2)
    assert [stage.status(week)["as_of"] for week in (0, 1)] == [day(2).isoformat()] * 2


# Edits: statuses come, change and go.


def test_an_edit_changes_the_terms_of_what_runs() -> None:
    stage = staged().at(0, sent(fact(0), fact(0, pipeline="q")))
    stage.log.goal(goal("g", contributor(target=4, pipelines=("q",)), version=2, name="New"))
    assert picked(stage.at(0).status(), "target pipelines count goal_name goal_version") == [4, ["q"], 1, "New", 2]


def test_a_goal_that_is_new_counts_what_arrives_beside_the_ones_there_were() -> None:
    stage = staged().at(0).at(0, sent(fact(0)))
    stage.log.goal(goal("h"))
    stage.at(0).at(0, sent(fact(0)))
    assert [stage.status(goal_id=goal_id)["count"] for goal_id in "gh"] == [2, 2]


def test_what_arrives_does_not_bring_a_deleted_goal_back() -> None:
    stage = staged().at(0).at(0, sent(fact(0)))
    stage.log.delete_goal("g")
    assert stage.at(0).at(0, sent(fact(0))).latest() == {}


def test_a_deleted_goal_takes_its_statuses_with_it_and_keeps_its_results() -> None:
    stage = staged().snapshot(7)
    stage.log.delete_goal("g")
    stage.at(7)
    assert stage.latest() == {}
    assert rows(stage, b"s") == 0
    assert len(stage.records("milestone-results")) == 1


def test_who_is_removed_loses_the_status_and_who_is_added_gets_one_over_all_facts() -> None:
    stage = staged().at(0, sent(fact(0), fact(0, who="team:red")))
    stage.log.goal(goal("g", contributor("team:red"), version=2))
    stage.at(0)
    assert {key.split("|")[1] for key in stage.latest()} == {"team:red"}
    assert stage.status(who="team:red")["count"] == 1


def test_who_is_removed_keeps_what_is_frozen_until_the_goal_is_deleted() -> None:
    stage = staged().snapshot(7)
    frozen = stage.status()
    stage.log.goal(goal("g", contributor("team:red"), version=2))
    stage.at(8)
    assert {key for key in stage.latest() if ANN in key} == {f"g|{ANN}|{day(0)}"}
    stage.log.goal(goal("g", contributor("team:red"), contributor(), version=3))
    stage.at(8).snapshot(9)
    assert stage.status() == frozen
    assert len([one for one in stage.records("milestone-results") if one["contributor"]["id"] == "ann"]) == 1
    stage.log.goal(goal("g", contributor("team:red"), version=4))
    stage.at(9)
    stage.log.delete_goal("g")
    assert stage.at(9).latest() == {}


def test_another_week_start_cuts_other_milestones() -> None:
    stage = staged().at(0, sent(fact(3)))
    stage.log.account(week_start="wednesday")
    stage.at(0)
    assert sorted(one["milestone"]["start"] for one in stage.latest().values()) == [
        day(number).isoformat() for number in (0, 2, 9)
    ]
    assert stage.latest()[f"g|{ANN}|{day(2)}"]["count"] == 1


def test_a_measure_of_its_own_counts_in_its_own_cells() -> None:
    stage = Stage()
    measure = goal(template="average-response-time").measure
    stage.log.goal(goal(measure=measure, template="custom"))
    stage.at(0, sent(fact(0), fact(0, 5, of=0)))
    assert picked(stage.status(), "template sum count") == ["custom", 5, 1]


def test_only_contributors_of_this_partition_have_statuses_here() -> None:
    log = Log()
    log.goal(goal("g", contributor(), contributor("user:bo")))
    machine = Contributors({}, 1, 2, lambda key: int(key == b"user:bo"))
    machine.advance(log, noon(0))
    machine.publish(noon(0))
    statuses = [json.loads(one.value or b"") for one in machine.outputs() if one.topic == "goal-status"]
    assert {one["contributor"]["id"] for one in statuses} == {"bo"}


# What goes out, and when.


def test_nothing_changed_is_nothing_written() -> None:
    stage = staged().at(0, sent(fact(0)))
    written = len(stage.written)
    stage.at(0)
    assert len(stage.written) == written


def test_a_change_that_is_taken_back_at_once_is_not_published() -> None:
    stage = staged().at(0, sent(fact(0)))
    written = len(stage.written)
    stage.at(0, sent(fact(0)), sent(taken_back(fact(0))))
    assert len(stage.written) == written


def test_only_the_statuses_that_changed_go_out() -> None:
    stage = staged().at(0)
    stage.written.clear()
    stage.at(0, sent(fact(8)))
    assert [one["milestone"]["start"] for one in stage.records("goal-status")] == [day(7).isoformat()]


def test_the_machine_is_dirty_until_it_has_published() -> None:
    stage = staged()
    assert stage.machine.dirty
    assert not stage.at(0).machine.dirty
    stage.machine.receive(sent(fact(0)))
    assert stage.machine.dirty
    assert not stage.at(0).machine.dirty
    stage.log.goal(goal(version=2))
    stage.machine.advance(stage.log, noon(0))
    assert stage.machine.dirty


def test_before_it_has_seen_the_spine_nothing_is_published_and_nothing_withdrawn() -> None:
    stage = staged().at(0, sent(fact(0)))
    machine = stage.reload()
    machine.receive(sent(fact(1)))
    machine.publish(noon(0))
    machine.advance(Log(), noon(0))
    machine.publish(noon(0))
    assert machine.outputs() == []


def test_how_far_it_came_is_said_once() -> None:
    stage = staged().at(0).at(1, sent(fact(0)))
    applied = [one for one in stage.written if one.topic == APPLIED]
    assert [(one.key, one.value) for one in applied] == [(b"contributors|0", b"%d" % stage.log.last_offset)]


# Crashes: a machine made anew from the table goes on where the table is.


def test_after_a_crash_a_cell_goes_on_from_what_it_was() -> None:
    stage = staged().at(0, sent(fact(0)))
    stage.reload()
    assert stage.at(0, sent(fact(0))).status()["count"] == 2


def test_a_cell_that_is_empty_leaves_no_row() -> None:
    stage = staged().at(0, sent(fact(0)), sent(taken_back(fact(0))))
    assert rows(stage, b"c") == 0


def test_facts_that_cancel_out_in_count_and_sum_are_not_forgotten() -> None:
    before = [fact(0, 10, of=0, values={10: 1}), fact(0, 20, of=0, values={20: 1})]
    after = [fact(0, 15, of=0, values={15: 1}), fact(0, 15, of=0, values={15: 1})]
    stage = staged()
    request = stage.log.snapshot(1)
    stage.at(1, sent(*before), tick(request))
    request = stage.log.snapshot(2)
    stage.machine.receive(tick(request))
    for changes in (before[0], before[1]):
        stage.machine.receive(sent(taken_back(changes)))
    stage.machine.receive(sent(*after))
    stage.reload()
    stage.at(2)
    assert [value for row, value in stage.table.items() if row[:1] == b"c"] == [b"\x94\x02\x1e\x00\x81\x0f\x02"]


def test_a_crash_while_a_snapshot_waits_loses_no_tick_and_no_layer() -> None:
    stage = staged(sources=2)
    request = stage.log.snapshot(7)
    stage.at(7, sent(fact(0)), tick(request, 0, at=5), sent(fact(1)))
    stage.reload()
    stage.at(7, sent(fact(2)), sent(fact(3), source=1), tick(request, 1, at=6))
    assert picked(stage.status(), "count frozen") == [2, True]
    assert stage.records("milestone-results")[0]["cut"]["ticket-closed"] == [5, 6]
    assert rows(stage, b"c") == 4


def test_rows_may_come_back_in_any_order() -> None:
    stage = staged(sources=2)
    first, second = stage.log.snapshot(7), stage.log.snapshot(14)
    stage.at(14, sent(fact(0)), tick(first), sent(fact(8)), tick(second), sent(fact(9)))
    stage.table = dict(reversed(stage.table.items()))
    stage.reload()
    stage.at(14, sent(fact(10)), tick(first, 1), tick(second, 1))
    assert [one["count"] for one in stage.records("milestone-results")] == [1, 1]


def test_after_a_crash_nothing_is_published_that_is_out() -> None:
    stage = staged().at(0, sent(fact(0))).snapshot(7)
    written = len(stage.written)
    stage.reload()
    stage.at(7)
    assert len(stage.written) == written


def test_a_crash_between_the_edit_and_its_publishing_still_withdraws_the_statuses() -> None:
    stage = staged().at(0)
    stage.log.delete_goal("g")
    stage.machine.advance(stage.log, noon(0))
    stage.machine.outputs()
    stage.reload()
    assert stage.at(0).latest() == {}


def test_after_a_crash_what_is_frozen_is_known_and_goes_with_its_goal() -> None:
    stage = staged().at(0, sent(fact(0))).snapshot(7)
    stage.reload()
    stage.at(7, sent(fact(1))).snapshot(8)
    assert [one["count"] for one in stage.records("milestone-results")] == [1]
    stage.log.delete_goal("g")
    stage.machine.advance(stage.log, noon(8))
    stage.written += stage.machine.outputs()
    stage.reload()
    assert stage.at(8).latest() == {}


def test_after_a_crash_a_milestone_that_closed_without_its_user_is_still_to_be_frozen() -> None:
    stage = staged().at(0, sent(fact(0)))
    stage.log.user("ann", active=False)
    stage.snapshot(7).reload()
    stage.log.user("ann", active=True)
    stage.at(8).reload()
    stage.snapshot(9)
    assert [picked(one, "count as_of") for one in stage.records("milestone-results")] == [[1, day(9).isoformat()]]


def test_what_is_frozen_leaves_no_row() -> None:
    stage = staged().at(0, sent(fact(0))).snapshot(14)
    assert len(stage.records("milestone-results")) == 2
    assert (rows(stage, b"s"), rows(stage, b"n")) == (0, 0)


def test_news_of_a_goal_that_is_gone_is_forgotten_once_no_goal_may_begin_so_early() -> None:
    stage = staged()
    stage.log.account(keep_days=7)
    stage.at(0, *[sent(fact(0)) for _ in range(12)]).snapshot(1)
    stage.log.delete_goal("g")
    stage.at(1).snapshot(7)
    assert rows(stage, b"n") == 1
    stage.snapshot(8)
    assert rows(stage, b"n") == 0
    assert len(stage.records("goal-notifications")) == 1


def test_the_date_of_the_last_snapshot_survives_a_crash() -> None:
    stage = staged().snapshot(2)
    stage.reload()
    assert stage.at(3, sent(fact(0))).status()["as_of"] == day(2).isoformat()
