"""The generated and the real ticket events, and that their order and repetition can't matter."""

from collections import Counter
from datetime import date
from typing import Any

from tests.oracle import frozen_results
from tests.oracle.example import Spine, contributor, goal
from tests.oracle.generate import Message, generate, load_real, placed, shuffled, with_repeats
from tests.oracle.judge import Event, valid_events, verdict
from tests.oracle.log import TICKET_TOPICS, ends

PARTITIONS = 4


def recomputed(messages: list[Message], spine: Spine) -> dict[str, dict[str, Any]]:
    """The frozen results without their cuts, every snapshot after all records."""
    records = placed(messages, PARTITIONS)
    cut = ends(records, PARTITIONS)
    results = frozen_results(records, spine.accepted, {offset: cut for offset, _ in spine.accepted})
    return {key: {name: value for name, value in result.items() if name != "cut"} for key, result in results.items()}


def promises() -> Spine:
    spine = Spine()
    spine.add("account", "account", {"time_zone": "Europe/Amsterdam"})
    spine.user(
        "ana", teams=[{"team_id": "team-red", "from": "2026-01-01"}, {"team_id": "team-blue", "from": "2026-02-10"}]
    )
    everyone = [contributor("ana", 2), contributor("team-red", 9, kind="team"), contributor("日本", 9, kind="pipeline")]
    spine.goal(goal(*everyone, goal_id="closed", duration="weekly"))
    spine.goal(goal(*everyone, goal_id="response", template="average-response-time"))
    median = {"fact": "resolution", "statistic": "percentile", "percentile": 50}
    spine.goal(goal(*everyone, goal_id="median", template="custom", measure=median))
    urgent = [{"attribute": "priority", "at_most": 2}]
    sla = {
        "fact": "response",
        "statistic": "share_within",
        "threshold": 3_600_000,
        "filter": urgent,
        "minimum_count": 2,
    }
    spine.goal(goal(contributor("ana", 0.5), goal_id="sla", template="custom", measure=sla))
    spine.snapshot("2026-04-01")
    return spine


def test_the_same_seed_gives_the_same_events_and_another_seed_others() -> None:
    assert generate(1) == generate(1)
    assert generate(1) != generate(2)


def test_generated_messages_are_judged_as_they_say() -> None:
    messages = generate(3, tickets=300)
    verdicts = [verdict(record) for record in placed(messages)]
    assert [each if isinstance(each, str) else None for each in verdicts] == [each.invalid for each in messages]
    assert sum(each.invalid is not None for each in messages) > 10


def test_generated_events_have_everything_that_happens_to_tickets() -> None:
    events = valid_events(placed(generate(4, tickets=300, first_day=date(2026, 5, 1), days=10)))
    assert {event.topic for event in events} == set(TICKET_TOPICS)
    assert {None, "ana"} < {event.user_id for event in events}
    assert {None, "team-red"} < {event.team_id for event in events}
    assert any(event.attributes for event in events)
    repeats = Counter(event.event_id for event in events).values()
    assert sum(each - 1 for each in repeats) == round(0.05 * len(repeats))
    created = {event.ticket_id: number for number, event in enumerate(events) if event.topic == "ticket-created"}
    assert any(created[event.ticket_id] > number for number, event in enumerate(events))  # out of order


def test_order_repetition_and_refused_records_change_no_result() -> None:
    spine, messages = promises(), generate(5, tickets=300, repeats=0, invalid=0, first_day=date(2025, 12, 20), days=100)
    expected = recomputed(messages, spine)
    assert len(expected) == 3 * (14 + 3 + 3) + 3
    assert {result["status"] for result in expected.values()} == {"exceeded", "achieved", "missed"}
    assert recomputed(shuffled(messages, 1), spine) == expected
    assert recomputed(shuffled(with_repeats(messages, 1, 2), 3), spine) == expected
    assert recomputed(shuffled(generate(5, 300, date(2025, 12, 20), 100), 4), spine) == expected


def test_repeats_are_the_same_records_again() -> None:
    messages = generate(6, repeats=0, invalid=0)
    more = with_repeats(messages, 0.5, 1)
    assert more[: len(messages)] == messages
    assert len(more) == len(messages) + round(0.5 * len(messages))
    assert {each.value for each in more} == {each.value for each in messages}


def test_the_real_log_is_valid_as_a_whole() -> None:
    verdicts = [verdict(record) for record in placed(load_real())]
    assert Counter(each.topic for each in verdicts if isinstance(each, Event)) == {
        "ticket-created": 890,
        "ticket-responded": 876,
        "ticket-closed": 901,
        "ticket-reopened": 12,
    }


def test_the_real_log_closes_all_890_tickets_each_by_one_user_and_in_one_pipeline() -> None:
    events = valid_events(placed(load_real()))
    users = {event.user_id for event in events} - {None}
    spine = Spine()
    span = {"start_date": "2016-01-01", "end_date": "2017-12-31", "duration": "custom"}
    spine.goal(goal(*[contributor(str(user), 1) for user in users], goal_id="users", **span))
    pipelines = {event.pipeline_id for event in events}
    spine.goal(goal(*[contributor(str(each), 1, kind="pipeline") for each in pipelines], goal_id="pipelines", **span))
    spine.snapshot("2018-01-01")
    results = recomputed(load_real(), spine)
    closed: Counter[str] = Counter()
    for result in results.values():
        closed[result["goal_id"]] += result["count"]
    assert closed == {"pipelines": 890, "users": 890}
