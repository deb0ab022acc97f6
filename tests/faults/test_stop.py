"""Who asks a worker, or a reader, to stop is obeyed, also while there is no broker."""

import asyncio
import contextlib
import os
import signal
from pathlib import Path
from random import Random

import pytest
from aiokafka import TopicPartition

from agents.changelog import reading
from agents.config import EngineConfig
from agents.topics import ensure_topics
from schemas.topics import ACCOUNT, CONTROL_ACCEPTED
from service_goals.embedded import EmbeddedKafka
from tests.faults.storm import Storm
from tests.integration.system import running

PATIENCE = 30.0
STOPS = 10


@pytest.mark.parametrize("fate", [signal.SIGKILL, signal.SIGSTOP])
async def test_a_reader_and_a_worker_stop_while_the_broker_is_away_or_asleep(
    tmp_path: Path, fate: signal.Signals
) -> None:
    with EmbeddedKafka(tmp_path / "kafka") as broker:
        async with running(broker.bootstrap, "stop", tmp_path, partitions=1) as system:
            await system.command(ACCOUNT, {"account": {"time_zone": "UTC"}})
            await system.verdicts(1)
            pid = broker.pid or 0
            try:
                async with reading(system.config) as ours:
                    ours.assign([TopicPartition(system.config.topic(CONTROL_ACCEPTED), 0)])
                    await ours.getone()
                    os.kill(pid, fate)
                    await ours.getmany(timeout_ms=500)
                (worker,) = system.workers
                worker.terminate()
                worker.wait(PATIENCE)
            finally:
                with contextlib.suppress(ProcessLookupError):
                    os.kill(pid, signal.SIGCONT)


async def test_a_worker_that_hangs_at_its_end_is_left_and_says_where(
    kafka: str, namespace: str, tmp_path: Path
) -> None:
    config = EngineConfig(broker=kafka, namespace=namespace, partitions=1)
    await ensure_topics(config)
    system = Storm(config, tmp_path, Random(0), iter(()))
    try:
        worker = system.start_armed("-never_end")
        await system.command(ACCOUNT, {"account": {"time_zone": "UTC"}})
        await system.verdicts(1)
        worker.terminate()
        assert await asyncio.to_thread(worker.wait, PATIENCE) == 1
        assert "Timeout (0:00:01)!" in said(tmp_path)
        system.workers.remove(worker)
    finally:
        system.stop()


def said(place: Path) -> str:
    """All that one worker said."""
    (log,) = place.glob("*.log")
    return log.read_text()


@pytest.mark.dear
async def test_a_worker_stops_in_the_middle_of_a_rebalance(kafka: str, namespace: str, tmp_path: Path) -> None:
    random = Random(1)
    config = EngineConfig(broker=kafka, namespace=namespace, partitions=4, session_timeout=3.0)
    await ensure_topics(config)
    system = Storm(config, tmp_path, random, iter(()))
    try:
        system.start_armed()
        for _ in range(STOPS):
            worker, other = system.start_armed(), system.start_armed()
            await asyncio.sleep(random.uniform(0.8, 3.0))  # somewhere in joining the group: no event says where
            system.kill(other)
            worker.terminate()
            await asyncio.to_thread(worker.wait, PATIENCE)
            system.workers.remove(worker)
    finally:
        system.stop()
