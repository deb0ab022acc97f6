"""What a record changes in the read model, and what watchers are told."""

import orjson

from schemas import topics
from serving.read_model.keys import NOTIFICATIONS, RESULTS, STATUSES, Keys
from serving.read_model.writes import writes
from tests.serving.builders import Raw, entry, key_of, notification, record, status


def test_a_status_is_kept_as_it_was_published_and_told() -> None:
    value = status()
    found = writes([(topics.GOAL_STATUS, record(value))])
    assert found.values == {(STATUSES, key_of(value)): orjson.dumps(value)}
    assert [(event.kind, orjson.loads(event.data)) for event in found.events] == [
        ("status", {"key": key_of(value), "status": value})
    ]


def test_a_deleted_status_is_deleted() -> None:
    found = writes([(topics.GOAL_STATUS, record(None, "close|user:ann|2026-03-01"))])
    assert found.values == {(STATUSES, "close|user:ann|2026-03-01"): None}
    assert orjson.loads(found.events[0].data) == {"key": "close|user:ann|2026-03-01", "status": None}


def test_the_last_record_of_a_key_decides() -> None:
    early, late = status(actual=1), status(actual=2)
    run = [(topics.GOAL_STATUS, record(early)), (topics.GOAL_STATUS, record(late))]
    assert writes(run).values == {(STATUSES, key_of(late)): orjson.dumps(late)}
    assert writes([*run, *run]).values == writes(run).values


def test_results_and_notifications_have_hashes_of_their_own() -> None:
    news = notification("abc")
    run = [(topics.MILESTONE_RESULTS, record(status())), (topics.GOAL_NOTIFICATIONS, record(news, "abc"))]
    assert set(writes(run).values) == {(RESULTS, key_of(status())), (NOTIFICATIONS, "abc")}


def test_accepted_commands_are_told_and_not_kept() -> None:
    run = [
        entry(topics.GOALS, "close", {"goal_id": "close"}),
        entry(topics.GOALS, "close", None),
        entry(topics.DIRECTORY, "user:ann", {"name": "Ann"}),
        entry(topics.ACCOUNT, "account", {}),
        entry(topics.SNAPSHOT_REQUESTS, "2026-04-01", {"as_of": "2026-04-01"}),
    ]
    found = writes((topics.CONTROL_ACCEPTED, each) for each in run)
    assert found.values == {}
    assert [(event.kind, orjson.loads(event.data)) for event in found.events] == [
        ("goal", {"goal_id": "close", "goal": {"goal_id": "close"}}),
        ("goal", {"goal_id": "close", "goal": None}),
        ("directory", {"key": "user:ann"}),
        ("account", {}),
        ("snapshot", {"as_of": "2026-04-01"}),
    ]


def test_keys_of_a_namespace_share_one_hash_tag() -> None:
    keys = Keys("x.")
    every = [keys.generation, keys.events, *keys.all_of(2)]
    assert all(key.startswith("{x.read-model}:") for key in every)
    assert len(set(every)) == len(every)


def test_the_record_of_a_key_is_read_as_utf8() -> None:
    found = writes([(topics.GOAL_STATUS, Raw("g|user:é|2026-03-01".encode(), None))])
    assert list(found.values) == [(STATUSES, "g|user:é|2026-03-01")]
