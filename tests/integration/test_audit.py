"""The audit against real workers: nothing while all is well, events flowing or not, and whatever is planted."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from datetime import date
from pathlib import Path
from typing import Any

import msgspec
import orjson
import pytest
from aiokafka import TopicPartition
from aiokafka.admin import RecordsToDelete

from agents.changelog import RawRecord, read_rows
from schemas import topics
from schemas.contributions import CellKey, Change, Contributions, decode_message
from schemas.measures import TEMPLATE_ACCUMULATORS
from service_goals.audit import moment
from service_goals.audit.progress import steps
from service_goals.audit.run import audit
from service_goals.audit.work import Report
from service_goals.client.kafka import administering
from tests.integration.system import System, running
from tests.integration.test_frozen_results import set_up
from tests.oracle.generate import Message, load_real, shuffled, with_repeats

PARTITIONS = 3
CUSTOM_FACTS = {3: "response", 4: "resolution"}
"""What the scenario's measures of its own look at, by accumulator."""
Body = dict[str, Any]


async def audited(system: System) -> Report:
    with steps() as shown:
        return await audit(system.config, shown)


async def test_nothing_differs_while_events_flow_nor_at_rest_and_whatever_is_planted_is_found_and_named(
    kafka: str, namespace: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(moment, "PATIENCE", 2.0)
    messages = load_real()
    delivered = shuffled(with_repeats(messages, 0.05, seed=1), seed=2)
    async with running(kafka, namespace, tmp_path, PARTITIONS, workers=2) as system:
        await set_up(system, messages)
        async with flowing(system, delivered) as flow:
            await system.snapshot("2016-04-01")
            flowed = await audited(system)
            assert not flow.done()
        assert lines(flowed) == []
        assert flowed.records > 0
        assert "are in motion" in " ".join(flowed.notes)
        await system.snapshot("2017-02-01")
        await system.settled()
        at_rest = await audited(system)
        assert (lines(at_rest), at_rest.notes) == ([], [])
        tally = at_rest.tally
        assert min(tally.results, tally.news, tally.statuses, tally.aggregates) > 300
        system.stop()
        await plant_and_find(system)


@asynccontextmanager
async def flowing(system: System, messages: list[Message]) -> AsyncIterator["asyncio.Task[None]"]:
    """Events come a few at a time until the block ends, then the rest at once."""
    stopped = asyncio.Event()

    async def flow() -> None:
        async with system.producer() as producer:
            for number, each in enumerate(messages):
                topic = system.config.topic(each.topic)
                await producer.send(topic, value=each.value, key=each.key, timestamp_ms=each.timestamp_ms)
                if number % 5 == 0 and not stopped.is_set():
                    await asyncio.sleep(0.05)

    task = asyncio.create_task(flow())
    try:
        yield task
    finally:
        stopped.set()
        await task


def lines(report: Report) -> list[str]:
    return [str(each) for each in report.differences]


async def plant_and_find(system: System) -> None:
    cell, contribution = await plant_cell(system), await plant_contribution(system)
    notification, result = await plant_missing_notification(system), await plant_result(system)
    found = await audited(system)
    check_aggregates(found, cell, contribution)
    check_notification(found, notification)
    check_result(found, result)


Cell = tuple[CellKey, Change]


async def plant_cell(system: System) -> Cell:
    """A cell that counts one too many; what it has to be."""
    partition, key, cell = await some_cell(system)
    row = b"c" + msgspec.msgpack.encode(key)
    await put(system, system.config.changelog("aggregates"), partition, row, msgspec.msgpack.encode(more(cell)))
    return key, cell


async def plant_contribution(system: System) -> list[Cell]:
    """A contribution twice; its changes."""
    record, message = await some_contribution(system)
    await put(system, system.config.topic(topics.CONTRIBUTIONS), record.partition, None, record.value)
    return message.changes


def check_aggregates(report: Report, planted: Cell, contributed: list[Cell]) -> None:
    key, cell = planted
    extra = sum(change.count for other, change in contributed if other == key)
    counts = {each.key: each for each in report.differences if (each.what, each.field) == ("aggregate", "count")}
    fields = {each.key for each in report.differences if each.what == "aggregate"}
    assert fields == {named_cell(each) for each in (key, *(other for other, _ in contributed))}
    difference = counts[named_cell(key)]
    assert (difference.published, difference.recomputed) == (cell.count + 1 + extra, cell.count)
    assert f"close|{key.contributor}|" in "".join(difference.milestones)
    assert len(set(difference.tickets)) == len(difference.tickets) == cell.count
    for other, change in contributed:
        if other != key and change.count:
            doubled = counts[named_cell(other)]
            assert doubled.published - doubled.recomputed == change.count


def named_cell(key: CellKey) -> str:
    fact = TEMPLATE_ACCUMULATORS[key.accumulator].fact if key.accumulator < 3 else CUSTOM_FACTS[key.accumulator]
    return f"{key.contributor}|{fact} {key.accumulator}|{key.pipeline}|{date.fromordinal(key.day)}"


async def plant_missing_notification(system: System) -> Body:
    """One that is deleted."""
    first = (await system.read(topics.GOAL_NOTIFICATIONS, PARTITIONS))[0]
    tp = TopicPartition(system.config.topic(topics.GOAL_NOTIFICATIONS), first.partition)
    async with administering(system.config) as admin:
        await admin.delete_records({tp: RecordsToDelete(before_offset=first.offset + 1)})
    told: Body = orjson.loads(first.value or b"")
    return told


def check_notification(report: Report, told: Body) -> None:
    (difference,) = [each for each in report.differences if each.what == "notification"]
    assert difference.field == "published"
    assert (difference.published, difference.recomputed) == (False, True)
    assert difference.as_json()["milestones"] == [named(told)]
    assert len(difference.tickets) == told["count"]


async def plant_result(system: System) -> Body:
    """One that says something else; what it has to be."""
    record = next(each for each in await system.read(topics.MILESTONE_RESULTS, PARTITIONS) if counts(each) > 1)
    result: Body = orjson.loads(record.value or b"")
    false = orjson.dumps(result | {"count": result["count"] + 1})
    await put(system, system.config.topic(topics.MILESTONE_RESULTS), record.partition, record.key, false)
    return result


def check_result(report: Report, result: Body) -> None:
    (difference,) = [each for each in report.differences if each.what == "result"]
    assert difference.field == "count"
    assert (difference.published, difference.recomputed) == (result["count"] + 1, result["count"])
    assert difference.as_json()["milestones"] == [named(result)]
    assert len(difference.tickets) == result["count"]
    assert str(difference).endswith(f"; {result['count']:,} tickets: {', '.join(sorted(difference.tickets)[:5])}, …")


def counts(record: RawRecord) -> int:
    body = orjson.loads(record.value or b"{}")
    return body["count"] if body["count"] > 5 and body["template"] == "average-resolution-time" else 0


def named(body: Body) -> dict[str, str]:
    who = body["contributor"]
    milestone = body["milestone"]["start"]
    return {"goal": body["goal_id"], "contributor": f"{who['kind']}:{who['id']}", "milestone": milestone}


async def some_cell(system: System) -> tuple[int, CellKey, Change]:
    """One that the goal `close` adds up."""
    goal = next(entry for _, entry in await system.accepted() if entry["key"] == "close")["value"]
    wanted = f"pipeline:{goal['contributors'][0]['id']}"
    for partition in range(PARTITIONS):
        rows = await read_rows(system.config, TopicPartition(system.config.changelog("aggregates"), partition))
        for row, value in rows.items():
            if row.startswith(b"c"):
                key = msgspec.msgpack.decode(row[1:], type=CellKey)
                if key.contributor == wanted and key.accumulator == 2 and key.day > 736_024:
                    return partition, key, msgspec.msgpack.decode(value, type=Change)
    raise AssertionError("no such cell")


async def some_contribution(system: System) -> tuple[RawRecord, Contributions]:
    for record in await system.read(topics.CONTRIBUTIONS, PARTITIONS):
        message = decode_message(record.value or b"")
        if isinstance(message, Contributions):
            return record, message
    raise AssertionError("no contribution")


def more(cell: Change) -> Change:
    return Change(cell.count + 1, cell.sum, cell.within, cell.values)


async def put(system: System, topic: str, partition: int, key: bytes | None, value: bytes | None) -> None:
    async with system.producer() as producer:
        await producer.send_and_wait(topic, value=value, key=key, partition=partition)
