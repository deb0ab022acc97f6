"""Contributions are deleted once they are worked off, and no number changes; what others delete is told."""

import subprocess
from pathlib import Path

from aiokafka import TopicPartition
from aiokafka.admin import RecordsToDelete

from schemas import topics
from service_goals.client.kafka import administering, consuming
from tests.integration.system import System, running
from tests.integration.test_frozen_results import differences, set_up
from tests.oracle.generate import load_real

PARTITIONS = 2


async def test_what_is_worked_off_is_deleted_and_what_others_delete_is_told(
    kafka: str, namespace: str, tmp_path: Path
) -> None:
    messages = load_real()
    half = len(messages) // 2
    async with running(kafka, namespace, tmp_path, partitions=PARTITIONS, workers=0) as system:
        start_worker(system)
        await set_up(system, messages)
        await system.publish(messages[:half])
        await system.settled()
        await everything_is_deleted(system)
        system.kill(system.workers[0])
        start_worker(system)
        await system.publish(messages[half:])
        await system.snapshot("2017-02-01")
        await system.settled()
        assert await differences(system) == []
        await everything_is_deleted(system)

        system.stop()
        await system.publish(messages[:half])
        gone = TopicPartition(system.config.topic(topics.TICKET_CREATED), 1)
        begin = await delete_all(system, gone)
        assert refused(start_worker(system), system).startswith(
            f"error: {topics.TICKET_CREATED} partition 1 begins at offset {begin}, but only what is before "
        )


def start_worker(system: System) -> subprocess.Popen[bytes]:
    return system.start_worker(SERVICE_GOALS_PURGE_INTERVAL="1")


async def everything_is_deleted(system: System) -> None:
    """Wait until no partition of `contributions` has a record."""

    async def empty() -> int:
        begins, ends = await bounds(system, topics.CONTRIBUTIONS)
        # Up to the position, which may stand before the last transaction's marker.
        return sum(0 < ends[tp] - 1 <= begins[tp] for tp in begins)

    await system.until(empty, PARTITIONS)


async def bounds(system: System, topic: str) -> tuple[dict[TopicPartition, int], dict[TopicPartition, int]]:
    tps = [TopicPartition(system.config.topic(topic), partition) for partition in range(PARTITIONS)]
    async with consuming(system.config) as consumer:
        return await consumer.beginning_offsets(tps), await consumer.end_offsets(tps)


async def delete_all(system: System, tp: TopicPartition) -> int:
    """As a retention that an operator set would; the new first offset."""
    _, ends = await bounds(system, topics.TICKET_CREATED)
    async with administering(system.config) as admin:
        await admin.delete_records({tp: RecordsToDelete(ends[tp])})
    return ends[tp]


def refused(worker: subprocess.Popen[bytes], system: System) -> str:
    """The one line with which a worker ended."""
    assert worker.wait(60) == 1
    system.workers.remove(worker)
    (line,) = [line for line in system.words().splitlines() if line.startswith("error: ")]
    return line
