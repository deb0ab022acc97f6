"""Processes die and wake up; the numbers come out the same (SPEC 7)."""

import asyncio
import os
import signal
from collections import Counter
from pathlib import Path
from random import Random
from typing import Any

import msgspec
from aiokafka import AIOKafkaConsumer, TopicPartition

from schemas import topics
from tests.integration.system import System, running
from tests.integration.test_frozen_results import differences, set_up
from tests.oracle.generate import load_real, shuffled, with_repeats


async def check(system: System) -> None:
    """Results equal the recomputation, each written once, and no notification id has two contents."""
    assert await differences(system) == []
    results = await system.read(topics.MILESTONE_RESULTS, system.config.partitions)
    assert max(Counter(record.key for record in results).values()) == 1
    told = await system.values(topics.GOAL_NOTIFICATIONS)
    contents = {(each["notification_id"], str({**each, "computed_at": None})) for each in told}
    assert len(contents) == len({each["notification_id"] for each in told})


async def test_a_worker_killed_in_mid_flow_and_during_a_snapshot_changes_no_number(
    kafka: str, namespace: str, tmp_path: Path
) -> None:
    messages = load_real()
    delivered = shuffled(with_repeats(messages, 0.05, seed=1), seed=2)
    random = Random(3)
    async with running(kafka, namespace, tmp_path, workers=2) as system:
        await set_up(system, messages)
        for begin in range(0, len(delivered), 700):
            await system.publish(delivered[begin : begin + 700])
            system.kill(random.choice(system.workers))
            system.start_worker()
        snapshot = asyncio.create_task(system.snapshot("2016-05-01"))
        await system.publish(delivered[:100])
        system.kill(system.workers[0])
        system.start_worker()
        await snapshot
        await system.snapshot("2017-02-01")
        await system.settled()
        await check(system)


async def test_a_worker_stopped_past_its_session_and_woken_writes_nothing(
    kafka: str, namespace: str, tmp_path: Path
) -> None:
    messages = load_real()
    delivered = shuffled(with_repeats(messages, 0.05, seed=4), seed=5)
    third = len(delivered) // 3
    async with running(kafka, namespace, tmp_path, workers=2) as system:
        await set_up(system, messages)
        await system.publish(delivered[:third])
        zombie = system.workers[0]
        os.kill(zombie.pid, signal.SIGSTOP)
        await system.publish(delivered[third : 2 * third])
        # Only the other worker can settle this, once the sleeper's session is over and its partitions are taken.
        await system.settled()
        before = await system.changelog("tickets")
        os.kill(zombie.pid, signal.SIGCONT)
        # What it slept through was worked off by the other: it must find out although nothing new comes.
        await system.snapshot("2016-05-01")
        await system.publish(delivered[2 * third :])
        await system.snapshot("2017-02-01")
        await system.settled()
        after = await system.changelog("tickets")
        assert after.keys() >= before.keys()
        await check(system)


async def test_the_last_record_per_key_of_each_changelog_is_what_one_quiet_worker_writes(
    kafka: str, namespace: str, tmp_path: Path
) -> None:
    messages = load_real()
    delivered = shuffled(messages, seed=6)
    tables: list[dict[str, dict[bytes, Any]]] = []
    for name, violent in (("quiet", False), ("violent", True)):
        (tmp_path / name).mkdir()
        async with running(kafka, f"{namespace}-{name}", tmp_path / name, workers=1 + violent) as system:
            await set_up(system, messages)
            for begin in range(0, len(delivered), 600):
                await system.publish(delivered[begin : begin + 600])
                if violent:
                    system.kill(system.workers[0])
                    system.start_worker()
            await system.settled()
            tables.append({table: await kept(system, table) for table in ("tickets", "aggregates")})
    assert tables[0] == tables[1]


async def test_a_group_offset_behind_the_rows_makes_nothing_count_twice(
    kafka: str, namespace: str, tmp_path: Path
) -> None:
    messages = load_real()
    async with running(kafka, namespace, tmp_path) as system:
        await set_up(system, messages)
        await system.publish(messages)
        await system.settled()
        before = {table: await kept(system, table) for table in ("tickets", "aggregates")}
        system.stop()
        await rewind(system)
        system.start_worker()
        await system.settled()
        assert {table: await kept(system, table) for table in before} == before
        await system.snapshot("2017-02-01")
        await check(system)


async def rewind(system: System) -> None:
    """Commit offset 0 for all sources, as the coordinator still shows it to who asks right after a transaction."""
    names = [system.config.topic(topic) for topic in (*topics.TICKET_TOPICS, topics.CONTRIBUTIONS)]
    tps = [TopicPartition(name, partition) for name in names for partition in range(system.config.partitions)]
    group = AIOKafkaConsumer(bootstrap_servers=system.config.broker, group_id=system.config.group)
    await group.start()
    try:
        group.assign(tps)
        await group.commit(dict.fromkeys(tps, 0))
    finally:
        await group.stop()


async def kept(system: System, table: str) -> dict[bytes, Any]:
    """Rows and cells of a table; not how far the spine was applied, whose offsets differ by transaction markers.

    Decoded, since the values of a percentile's cell lie in the order in which they came.
    """
    prefix = {"tickets": b"t", "aggregates": b"c"}[table]
    rows = await system.changelog(table)
    return {key: msgspec.msgpack.decode(value, strict=False) for key, value in rows.items() if key.startswith(prefix)}
