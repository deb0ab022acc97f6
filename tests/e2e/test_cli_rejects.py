"""Rejects from the first to the last: a worker stops at too many, they are listed, shown, mended, published again."""

import asyncio
import json
import subprocess
from collections.abc import Iterator
from typing import Any, NamedTuple
from uuid import uuid4

import pytest
from aiokafka import AIOKafkaProducer

from agents.config import EngineConfig
from schemas import topics
from service_goals.client.kafka import read_topic
from service_goals.client.offsets import lag
from tests.e2e.cli_kit import PATIENCE, PROGRAM, Cli, until

BAD = 3_000
"""Events whose user is a number."""
SAMPLE = 1_000
"""How many of them the first worker needs to stop at the ceiling."""
AT = "2026-01-10T10:00:00Z"
NO_TEXT = b'{"event_id": "\xff\xfe"}'
LONG_AGO = 1_500_000_000_000


class Desk(NamedTuple):
    """A namespace with rejects in it."""

    cli: Cli
    config: EngineConfig
    ended: int
    """How the first worker ended."""
    said: str
    left: int
    """What it had not consumed."""

    def count(self, topic: str = topics.TICKET_EVENTS_REJECTED) -> int:
        return len(asyncio.run(read_topic(self.config, topic)))

    def settled(self) -> None:
        until(lambda: not any(asyncio.run(lag(self.config)).values()), "the worker has caught up")


def event(number: int) -> dict[str, Any]:
    return {"event_id": f"e{number}", "ticket_id": f"t{number}", "occurred_at": AT, "user_id": number}


@pytest.fixture(scope="module")
def desk(kafka: str, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Desk]:
    """After one worker has stopped at the ceiling, and another without one has rejected everything."""
    cli = Cli(tmp_path_factory.mktemp("rejects"), broker=kafka, namespace="r" + uuid4().hex[:9], partitions=2)
    config = EngineConfig(kafka, cli.environment["SERVICE_GOALS_NAMESPACE"], partitions=2)
    lines = [json.dumps({"topic": topics.TICKET_CLOSED, **event(number)}) for number in range(BAD)]
    cli.done("import", cli.file("events.ndjson", "\n".join(lines)))
    cli.environment["SERVICE_GOALS_REJECT_SAMPLE"] = str(SAMPLE)
    stopped = cli.start("worker")
    try:
        ended, said = stopped.wait(PATIENCE), cli.errors("worker")
    finally:
        stopped.kill()
    left = asyncio.run(lag(config))[topics.TICKET_CLOSED]
    asyncio.run(publish_odd_ones(config))
    cli.environment["SERVICE_GOALS_REJECT_CEILING"] = "100"
    worker = cli.start("worker")
    try:
        made = Desk(cli, config, ended, said, left)
        made.settled()
        yield made
    finally:
        worker.terminate()
        assert worker.wait(60) == 0, cli.errors("worker")


@pytest.fixture(scope="module")
def listed(desk: Desk) -> list[dict[str, Any]]:
    """All rejects, as a machine reads them."""
    found: list[dict[str, Any]] = desk.cli.json("rejects", "list")
    return found


async def publish_odd_ones(config: EngineConfig) -> None:
    """One that is no text, and one that was published long before it happened."""
    ahead = json.dumps(event(BAD) | {"user_id": "ann"}).encode()
    producer = AIOKafkaProducer(bootstrap_servers=config.broker)
    await producer.start()
    try:
        await producer.send_and_wait(config.topic(topics.TICKET_DELETED), NO_TEXT, b"\xff")
        where = config.topic(topics.TICKET_CLOSED)
        await producer.send_and_wait(where, ahead, b"t%d" % BAD, timestamp_ms=LONG_AGO)
    finally:
        await producer.stop()


def test_a_worker_stops_before_it_consumes_what_nearly_all_breaks_the_rules(desk: Desk) -> None:
    assert desk.ended == 1
    line = desk.said.splitlines()[-1]
    assert line.startswith("error: ")
    assert "ticket events are rejected (100.0 %)" in line
    assert "user_id: " in line
    assert "SERVICE_GOALS_REJECT_CEILING=100" in line
    # What the other partition's first run had before the sample was full may be through.
    assert desk.left > BAD - SAMPLE


def test_the_list_counts_by_field_and_has_the_newest_last(desk: Desk, listed: list[dict[str, Any]]) -> None:
    assert len(listed) == BAD + 2
    assert [each["at"] for each in listed] == sorted(each["at"] for each in listed)
    assert listed[0]["at"] == "2017-07-14T02:40:00.000Z"
    shown = desk.cli.done("rejects", "list", "--limit", "3")
    assert f"{BAD:,}" in shown
    assert "more than a day after" in shown
    first_cells = [line.split("│")[1].strip() for line in shown.splitlines() if line.startswith("│")]
    assert [cell for cell in first_cells if cell][-3:] == [each["id"] for each in listed[-3:]]


def test_the_list_can_be_narrowed(desk: Desk, listed: list[dict[str, Any]]) -> None:
    asked = ("--topic", "ticket-closed", "--reason", "user_id: 12, ", "--since", "2020-01-01")
    assert desk.cli.json("rejects", "list", *asked) == [each for each in listed if each["key"] == "t12"]
    assert desk.cli.json("rejects", "list", "--control") == []


def test_one_is_shown_escaped_and_raw_byte_for_byte(desk: Desk, listed: list[dict[str, Any]]) -> None:
    (odd,) = [each for each in listed if each["topic"] == "ticket-deleted"]
    assert odd["reason"].startswith("value: ")
    assert (odd["key"], odd["key_base64"]) == (None, "/w==")
    assert '\\xff\\xfe"}' in desk.cli.done("rejects", "show", odd["id"])
    raw = [*PROGRAM, "rejects", "show", odd["id"], "--raw"]
    assert subprocess.run(raw, env=desk.cli.environment, capture_output=True, check=True).stdout == NO_TEXT


def test_a_reject_that_is_not_there_is_named(desk: Desk) -> None:
    assert desk.cli.refused("rejects", "show", "0:999999")[0].startswith("error: 0:999999: no such reject")
    assert desk.cli.refused("rejects", "replay", "77:0")[0].startswith("error: 77:0: no such reject")


def test_as_they_were_they_are_not_published_but_told(desk: Desk) -> None:
    before = desk.count(topics.TICKET_CLOSED)
    ended = desk.cli.run("rejects", "replay", "--reason", "user_id", "--json")
    said = json.loads(ended.stdout)
    assert (ended.returncode, said["accepted"], said["published"], len(said["refused"])) == (1, 0, 0, BAD)
    assert "error: and 2,980 more that would be rejected again" in ended.stderr
    assert desk.count(topics.TICKET_CLOSED) == before


def test_what_has_happened_by_now_passes_as_it_was(desk: Desk) -> None:
    before = desk.count(topics.TICKET_CLOSED)
    once = ("rejects", "replay", "--reason", "more than a day after")
    assert desk.cli.json(*once, "--dry-run") == {"accepted": 1, "published": 0, "repeated": 0, "refused": []}
    assert desk.count(topics.TICKET_CLOSED) == before
    desk.cli.done(*once)
    assert desk.count(topics.TICKET_CLOSED) == before + 1
    desk.settled()
    assert desk.count() == BAD + 2


def test_mended_ones_are_accepted_and_it_is_safe_to_repeat(desk: Desk, listed: list[dict[str, Any]]) -> None:
    wrong = [each for each in listed if each["reason"].startswith("user_id")][:3]
    mended = [each | {"value": each["value"].replace('"user_id":', '"user_id": "u", "was":')} for each in wrong[:2]]
    file = desk.cli.file("mended.json", [*mended, wrong[2]])
    for _ in range(2):
        ended = desk.cli.run("rejects", "replay", "--mended", file, "--json")
        said = json.loads(ended.stdout)
        assert (ended.returncode, said["published"]) == (1, 2)
        assert [each["id"] for each in said["refused"]] == ["mended.json[2]"]
        desk.settled()
    assert desk.count() == BAD + 2


def test_one_is_mended_by_a_value_of_its_own(desk: Desk, listed: list[dict[str, Any]]) -> None:
    (odd,) = [each for each in listed if each["topic"] == "ticket-deleted"]
    value = desk.cli.file("value.json", event(1) | {"user_id": None})
    assert desk.cli.json("rejects", "replay", odd["id"], "--value", value)["published"] == 1
    (last,) = [each for each in asyncio.run(read_topic(desk.config, topics.TICKET_DELETED)) if each.key == b"t1"]
    assert json.loads(last.value or b"") == event(1) | {"user_id": None}
    desk.settled()
    assert desk.count() == BAD + 2
