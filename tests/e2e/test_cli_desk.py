"""A small service desk, worked through with the command line alone: one worker, one namespace, every command."""

import json
import signal
from collections.abc import Iterator
from pathlib import Path
from typing import Any
from uuid import uuid4

import pytest
from aiokafka import AIOKafkaProducer

from agents.config import EngineConfig
from schemas import topics
from service_goals.client.kafka import read_topic
from tests.e2e.cli_kit import Cli, until

HOUR = 3_600_000


def event(topic: str, event_id: str, ticket_id: str, at: str, **fields: str) -> str:
    return json.dumps({"topic": topic, "event_id": event_id, "ticket_id": ticket_id, "occurred_at": at, **fields})


EVENTS = [
    event("ticket-created", "e1", "t1", "2026-01-10T10:00:00Z", pipeline_id="chat"),
    event("ticket-responded", "e2", "t1", "2026-01-10T10:30:00Z", user_id="ann"),
    event("ticket-closed", "e3", "t1", "2026-01-10T12:00:00Z", user_id="ann"),
    event("ticket-created", "e4", "t2", "2026-02-28T23:30:00Z", pipeline_id="chat"),
    event("ticket-closed", "e5", "t2", "2026-03-01T01:00:00Z", user_id="bob", team_id="second"),
    event("ticket-closed", "e6", "t3", "not a time", user_id="bob"),
]
PEOPLE = [
    {"key": "team:first", "name": "First line"},
    {"key": "team:second", "name": "Second line"},
    {"key": "user:ann", "name": "Ann", "team_id": "first"},
    {"key": "user:bob", "name": "Bob"},
    {"key": "pipeline:chat", "name": "Chat"},
]


def goal(goal_id: str, template: str, *contributors: tuple[str, str, float], **more: Any) -> dict[str, Any]:
    named = [{"kind": kind, "id": identity, "target": target} for kind, identity, target in contributors]
    span = {"duration": "monthly", "start_date": "2026-01-01", "end_date": "2026-03-31"}
    return {"goal_id": goal_id, "name": goal_id.title(), "template": template, **span, "contributors": named, **more}


GOALS = [
    goal("answer", "average-response-time", ("team", "first", HOUR), ("user", "ann", HOUR / 2)),
    goal("close", "tickets-closed", ("pipeline", "chat", 1), ("team", "second", 1)),
]


@pytest.fixture(scope="module")
def desk(kafka: str, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Cli]:
    """After everything was set up, imported, and frozen as of the first of March."""
    directory = tmp_path_factory.mktemp("desk")
    cli = Cli(directory, broker=kafka, namespace="desk" + uuid4().hex[:6], partitions=3)
    worker = cli.start("worker")
    try:
        cli.done("account", "set", "week_start=sunday", "time_zone=Europe/Amsterdam")
        cli.done("directory", "apply", cli.file("people.json", PEOPLE))
        cli.done("goals", "apply", cli.file("goals.ndjson", "\n".join(map(json.dumps, GOALS))))
        cli.done("import", cli.file("events.ndjson", "\n".join(EVENTS) + "\n"))
        cli.done("snapshot", "--as-of", "2026-03-01")
        yield cli
    finally:
        worker.terminate()
        assert worker.wait(60) == 0, cli.errors("worker")


def config(cli: Cli) -> EngineConfig:
    settings = cli.environment
    return EngineConfig(settings["SERVICE_GOALS_BROKER"], settings["SERVICE_GOALS_NAMESPACE"], partitions=3)


def numbers(found: list[dict[str, Any]]) -> dict[tuple[str, str, str], tuple[Any, str]]:
    return {
        (each["goal_id"], each["contributor"]["id"], each["milestone"]["start"]): (each["actual"], each["status"])
        for each in found
    }


def test_the_account_keeps_what_was_not_set(desk: Cli) -> None:
    before = desk.json("account", "show")
    assert before == {
        "time_zone": "Europe/Amsterdam",
        "week_start": "sunday",
        "fiscal_year_start_month": 1,
        "freeze_grace": "PT1H",
    }
    assert desk.json("account", "set", "freeze_grace=PT2H") == before | {"freeze_grace": "PT2H"}
    assert desk.json("account", "set", "keep_days=3650", "freeze_grace=PT1H") == before | {"keep_days": 3650}
    assert desk.json("account", "set", "keep_days=ever") == before


def test_goals_are_listed_and_shown_as_they_are_in_force(desk: Cli) -> None:
    assert [each["goal_id"] for each in desk.json("goals", "list")] == ["answer", "close"]
    shown = desk.json("goals", "show", "answer")
    assert (shown["version"], shown["contributors"]) == (1, GOALS[0]["contributors"])
    assert "First line" in desk.done("goals", "show", "answer")


def test_results_are_what_the_days_before_the_snapshot_amount_to(desk: Cli) -> None:
    results = desk.json("results")
    assert numbers(results) == {
        ("answer", "first", "2026-01-01"): (HOUR / 2, "exceeded"),
        ("answer", "first", "2026-02-01"): (None, "missed"),
        ("answer", "ann", "2026-01-01"): (HOUR / 2, "achieved"),
        ("answer", "ann", "2026-02-01"): (None, "missed"),
        ("close", "chat", "2026-01-01"): (1, "achieved"),
        ("close", "chat", "2026-02-01"): (0, "missed"),
        ("close", "second", "2026-01-01"): (0, "missed"),
        ("close", "second", "2026-02-01"): (0, "missed"),
    }
    assert all(len(each["cut"]["ticket-created"]) == 3 for each in results)


def test_status_has_the_goals_and_the_lag(desk: Cli) -> None:
    said = desk.json("status")
    assert numbers(said["statuses"])["close", "second", "2026-03-01"] == (1, "in_progress")
    assert set(said["lag"].values()) == {0}
    assert "Second line" in desk.done("status")


def test_importing_again_changes_nothing(desk: Cli) -> None:
    results, statuses = desk.json("results"), numbers(desk.json("status")["statuses"])
    assert desk.json("import", "events.ndjson") == {"published": len(EVENTS)}
    desk.done("snapshot", "--as-of", "2026-03-01")
    assert desk.json("results") == results
    assert numbers(desk.json("status")["statuses"]) == statuses


async def test_when_one_goal_is_refused_none_is_written(desk: Cli) -> None:
    before = len(await read_topic(config(desk), topics.GOALS))
    bad = goal("bad", "tickets-closed", ("user", "nobody", 5))
    lines = desk.refused(
        "goals", "apply", desk.file("more.json", [goal("good", "tickets-closed", ("user", "ann", 5)), bad])
    )
    assert len(lines) == 1
    assert lines[0].startswith("error: more.json[1]: contributors[0].id: ")
    assert len(await read_topic(config(desk), topics.GOALS)) == before


def test_a_goal_comes_from_standard_input_and_is_deleted(desk: Cli) -> None:
    passing = json.dumps(goal("passing", "tickets-closed", ("user", "ann", 5), start_date="2026-03-01"))
    desk.done("goals", "apply", "-", stdin=passing)
    assert desk.json("goals", "show", "passing")["start_date"] == "2026-03-01"
    desk.done("goals", "delete", "passing")
    assert desk.refused("goals", "show", "passing")[0].startswith("error: passing: no such goal in force")
    assert desk.refused("goals", "delete", "passing")[0].startswith("error: key: ")


def test_a_snapshot_of_tomorrow_is_refused(desk: Cli) -> None:
    (line,) = desk.refused("snapshot", "--as-of", "2999-01-01")
    assert line.startswith("error: as_of: ")
    assert "2999-01-01" in line


def test_the_audit_finds_no_difference(desk: Cli) -> None:
    assert desk.json("audit") == []


async def test_the_audit_names_a_status_that_the_logs_do_not_say(desk: Cli) -> None:
    record = next(
        each
        for each in reversed(await read_topic(config(desk), topics.GOAL_STATUS))
        if each.key == b"close|pipeline:chat|2026-03-01"
    )
    false = json.loads(record.value or b"") | {"count": 77}
    await put(desk, record.key, json.dumps(false).encode())
    try:
        found = desk.run("audit", "--json")
        assert found.stdout, found.stderr
        assert found.returncode == 1
        (difference,) = json.loads(found.stdout)
        assert (difference["key"], difference["field"], difference["published"]) == (record.key.decode(), "count", 77)
        assert desk.run("audit").stdout.startswith(f"status {difference['key']}: count is 77, the logs say ")
    finally:
        await put(desk, record.key, record.value)


@pytest.mark.parametrize("stop", [signal.SIGINT, signal.SIGTERM])
def test_a_stopped_audit_leaves_nothing_on_the_disk(desk: Cli, tmp_path: Path, stop: signal.Signals) -> None:
    cli = Cli(desk.directory)
    # It looks for a rest of a publish interval: long enough to be stopped in.
    cli.environment = {**desk.environment, "TMPDIR": str(tmp_path), "SERVICE_GOALS_PUBLISH_INTERVAL": "60"}
    audit = cli.start("audit")
    until(lambda: any(tmp_path.iterdir()), "the audit has begun")
    audit.send_signal(stop)
    assert audit.wait(30) == 130, cli.errors("audit")
    assert list(tmp_path.iterdir()) == []


def test_a_rebuild_of_what_is_right_mends_nothing(desk: Cli) -> None:
    found = desk.json("rebuild")
    assert found["aggregates"] > 0
    assert found["mended"] == 0
    assert desk.json("audit") == []


async def put(cli: Cli, key: bytes | None, value: bytes | None) -> None:
    producer = AIOKafkaProducer(bootstrap_servers=config(cli).broker)
    await producer.start()
    try:
        await producer.send_and_wait(config(cli).topic(topics.GOAL_STATUS), value=value, key=key)
    finally:
        await producer.stop()
