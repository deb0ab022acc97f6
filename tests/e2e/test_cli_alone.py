"""The command line where no worker runs, where no broker answers, and where topics don't go together."""

import json
import os
import signal
from http.client import HTTPConnection
from pathlib import Path
from typing import Any

import pytest
from aiokafka import AIOKafkaProducer
from aiokafka.admin import AIOKafkaAdminClient, NewTopic

from agents.config import EngineConfig
from schemas import topics
from service_goals.cli import run
from service_goals.client import patience
from service_goals.client.kafka import read_topic
from service_goals.embedded.claims import free_port
from tests.e2e.cli_kit import Cli, alive, descendants, until

GOAL = {
    "goal_id": "g",
    "name": "G",
    "template": "tickets-closed",
    "duration": "monthly",
    "start_date": "2026-01-01",
    "contributors": [{"kind": "user", "id": "ann", "target": 5}],
}


@pytest.fixture
def cli(kafka: str, namespace: str, tmp_path: Path) -> Cli:
    """A namespace that nobody has touched."""
    return Cli(tmp_path, broker=kafka, namespace=namespace, partitions=2)


async def topics_of(kafka: str, namespace: str) -> set[str]:
    admin = AIOKafkaAdminClient(bootstrap_servers=kafka)
    await admin.start()
    try:
        return {name for name in await admin.list_topics() if name.startswith(namespace)}
    finally:
        await admin.close()


async def send(kafka: str, topic: str, keys: list[str]) -> None:
    producer = AIOKafkaProducer(bootstrap_servers=kafka)
    await producer.start()
    try:
        for key in keys:
            await producer.send_and_wait(topic, value=b"{}", key=key.encode())
    finally:
        await producer.stop()


@pytest.mark.parametrize(
    ("command", "shown"),
    [
        (["goals", "list"], []),
        (["results"], []),
        (["audit"], []),
        (["account", "show"], {"time_zone": "UTC"}),
        (["status"], {"statuses": []}),
    ],
    ids=lambda value: " ".join(value) if value and isinstance(value, list) else "",
)
async def test_looking_at_nothing_shows_nothing_and_makes_nothing(
    command: list[str], shown: object, cli: Cli, kafka: str, namespace: str
) -> None:
    said = cli.json(*command)
    assert said == shown or said.items() >= shown.items()  # type: ignore[attr-defined]
    assert await topics_of(kafka, namespace) == set()


def test_without_a_worker_a_goal_does_not_come_into_force(
    kafka: str, namespace: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr(patience, "PATIENCE", 1.0)
    monkeypatch.setenv("SERVICE_GOALS_BROKER", kafka)
    monkeypatch.setenv("SERVICE_GOALS_NAMESPACE", namespace)
    file = tmp_path / "goal.json"
    file.write_text(json.dumps(GOAL))
    assert run(["goals", "apply", str(file)]) == 1
    said = capsys.readouterr()
    assert said.err.startswith("error: nothing has moved for 1 s: published, but no worker judges; start one")
    assert (said.out, said.err.count("\n")) == ("", 1)


async def test_an_import_stops_at_a_bad_line_and_keeps_what_was_before_it(cli: Cli, kafka: str, namespace: str) -> None:
    good = [{"topic": "ticket-deleted", "ticket_id": f"t{number}", "n": number} for number in range(3)]
    lines = [json.dumps(each) for each in good]
    cli.file("events.ndjson", "\n".join([*lines, '{"topic": "tickets"}', *lines]))
    (line,) = cli.refused("import", "events.ndjson")
    assert line.startswith("error: events.ndjson:4: topic: ")
    assert "the 3 events before it are published" in line
    config = EngineConfig(kafka, namespace, partitions=2)
    records = await read_topic(config, topics.TICKET_DELETED)
    found = sorted((record.key, json.loads(record.value or b"")) for record in records)
    assert found == [(f"t{number}".encode(), {"ticket_id": f"t{number}", "n": number}) for number in range(3)]


async def test_an_import_puts_each_ticket_where_any_kafka_client_puts_it(cli: Cli, kafka: str, namespace: str) -> None:
    tickets = [f"t{number}" for number in range(20)]
    lines = [json.dumps({"topic": "ticket-deleted", "ticket_id": ticket}) for ticket in tickets]
    assert cli.json("import", cli.file("events.ndjson", "\n".join(lines))) == {"published": 20}
    imported = await read_topic(EngineConfig(kafka, namespace, partitions=2), topics.TICKET_DELETED)
    await send(kafka, f"{namespace}.ticket-deleted", tickets)
    everything = await read_topic(EngineConfig(kafka, namespace, partitions=2), topics.TICKET_DELETED)
    places = {record.key: record.partition for record in imported}
    assert all(places[record.key] == record.partition for record in everything)
    assert len(everything) == 2 * len(tickets)


@pytest.mark.parametrize(
    "command",
    [["worker"], ["status"], ["audit"], ["goals", "list"], ["goals", "delete", "g"], ["import", "events.ndjson"]],
    ids=" ".join,
)
def test_where_no_broker_answers_one_line_says_so(command: list[str], tmp_path: Path) -> None:
    cli = Cli(tmp_path, broker=f"127.0.0.1:{free_port()}")
    cli.file("events.ndjson", '{"topic": "ticket-deleted", "ticket_id": "t"}\n')
    (line,) = cli.refused(*command)
    assert line.startswith(f"error: SERVICE_GOALS_BROKER={cli.environment['SERVICE_GOALS_BROKER']}: no Kafka answers")


async def test_a_worker_refuses_topics_that_do_not_go_together(cli: Cli, kafka: str, namespace: str) -> None:
    admin = AIOKafkaAdminClient(bootstrap_servers=kafka)
    await admin.start()
    try:
        await admin.create_topics(
            [NewTopic(f"{namespace}.ticket-created", 2, 1), NewTopic(f"{namespace}.ticket-closed", 3, 1)]
        )
    finally:
        await admin.close()
    (line,) = cli.refused("worker")
    assert f"{namespace}.ticket-created has 2" in line
    assert f"{namespace}.ticket-closed has 3" in line


def test_a_broker_is_ready_when_it_says_so_and_leaves_nothing_behind(tmp_path: Path) -> None:
    cli = Cli(tmp_path)
    port = free_port()
    broker = cli.start("broker", "--data-dir", "kafka", "--port", str(port))
    assert broker.stdout is not None
    assert broker.stdout.readline() == f"ready 127.0.0.1:{port}\n"
    assert Cli(tmp_path, broker=f"127.0.0.1:{port}").json("goals", "list") == []
    started = descendants(broker.pid)
    broker.send_signal(signal.SIGINT)
    assert broker.wait(60) == 0
    assert broker.stdout.read() == ""
    assert alive(started) == set()


def test_a_broker_that_is_killed_takes_its_kafka_with_it(tmp_path: Path) -> None:
    broker = Cli(tmp_path).start("broker", "--data-dir", "kafka", "--port", "0")
    assert broker.stdout is not None
    assert broker.stdout.readline().startswith("ready 127.0.0.1:")
    started = descendants(broker.pid)
    assert started
    broker.kill()
    broker.wait()
    until(lambda: not alive(started), "Kafka has ended")


def test_a_broker_says_whether_its_kafka_answers(tmp_path: Path) -> None:
    port = free_port()
    broker = Cli(tmp_path, monitor_port=port).start("broker", "--data-dir", "kafka", "--port", "0")
    assert broker.stdout is not None
    assert broker.stdout.readline().startswith("ready 127.0.0.1:")
    kafka = descendants(broker.pid)
    try:
        status, said = health(port)
        assert (status, said["process"], said["reasons"]) == (200, "broker", [])
        for pid in kafka:
            os.kill(pid, signal.SIGSTOP)
        status, said = health(port)
        assert status == 503
        assert said["reasons"][0].startswith("broker unreachable: 127.0.0.1:")
    finally:
        for pid in kafka:
            os.kill(pid, signal.SIGCONT)
        broker.terminate()
        assert broker.wait(60) == 0


def health(port: int) -> tuple[int, Any]:
    """What `/healthz` answers."""
    connection = HTTPConnection("127.0.0.1", port, timeout=30)
    connection.request("GET", "/healthz")
    answer = connection.getresponse()
    return answer.status, json.loads(answer.read())
