"""A running system for tests: real workers as processes of their own, on the session's Kafka, in a namespace."""

import asyncio
import os
import signal
import subprocess
import sys
import time
from collections.abc import AsyncIterator, Iterable
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

import orjson
from aiokafka import AIOKafkaProducer, TopicPartition

from agents.changelog import RawRecord, read_rows, read_to_end
from agents.config import EngineConfig
from agents.topics import ensure_topics
from schemas import topics
from service_goals.client.kafka import consuming
from service_goals.client.offsets import lag
from service_goals.embedded.process import tied
from tests.oracle.generate import Message
from tests.oracle.log import Entry, Record

PUBLISH_INTERVAL = 0.2
PATIENCE = 90.0
"""Seconds without any progress before a wait fails."""


class System:
    """The system under test. Commands and events go in through topics, answers come out of topics."""

    def __init__(self, config: EngineConfig, logs: Path) -> None:
        self.config = config
        self.workers: list[subprocess.Popen[bytes]] = []
        self._logs = logs
        self._started = 0

    def environment(self, **settings: str) -> dict[str, str]:
        """A worker's: this system's settings and no other."""
        return {
            **{name: value for name, value in os.environ.items() if not name.startswith("SERVICE_GOALS_")},
            "SERVICE_GOALS_BROKER": self.config.broker,
            "SERVICE_GOALS_NAMESPACE": self.config.namespace,
            "SERVICE_GOALS_PARTITIONS": str(self.config.partitions),
            "SERVICE_GOALS_SESSION_TIMEOUT": str(self.config.session_timeout),
            "SERVICE_GOALS_PUBLISH_INTERVAL": str(PUBLISH_INTERVAL),
            **settings,
        }

    def worker_command(self) -> list[str]:
        """What starts a worker."""
        return [sys.executable, "-m", "service_goals", "worker"]

    def start_worker(self, **settings: str) -> subprocess.Popen[bytes]:
        """One more worker; its words go to a file."""
        with self.log_of_next().open("wb") as log:
            worker = subprocess.Popen(
                tied(self.worker_command()), env=self.environment(**settings), stdout=log, stderr=log
            )
        self.workers.append(worker)
        return worker

    def log_of_next(self) -> Path:
        """Where the words of the worker that is started next go."""
        self._started += 1
        return self.log_of_last()

    def log_of_last(self) -> Path:
        """What the worker that was started last says."""
        return self._logs / f"worker-{self._started}.log"

    def kill(self, worker: subprocess.Popen[bytes]) -> None:
        """kill -9."""
        worker.kill()
        worker.wait()
        self.workers.remove(worker)

    def stop(self) -> None:
        """End every worker as an operator would; one that is asleep is woken first."""
        for worker in self.workers:
            worker.send_signal(signal.SIGCONT)
            worker.terminate()
        for worker in self.workers:
            try:
                worker.wait(30)
            except subprocess.TimeoutExpired:
                worker.kill()
        self.workers.clear()

    @asynccontextmanager
    async def producer(self) -> AsyncIterator[AIOKafkaProducer]:
        """An ordinary publisher."""
        producer = AIOKafkaProducer(
            bootstrap_servers=self.config.broker, linger_ms=5, compression_type="lz4", max_request_size=4 * 1024 * 1024
        )
        await producer.start()
        try:
            yield producer
        finally:
            await producer.stop()

    async def publish(self, messages: Iterable[Message]) -> None:
        """Ticket events, with the timestamps that they bear."""
        async with self.producer() as producer:
            for each in messages:
                topic = self.config.topic(each.topic)
                await producer.send(topic, value=each.value, key=each.key, timestamp_ms=each.timestamp_ms)

    async def command(self, topic: str, commands: dict[str, Any]) -> None:
        """Commands by key; None deletes."""
        async with self.producer() as producer:
            for key, value in commands.items():
                data = None if value is None else orjson.dumps(value)
                await producer.send(self.config.topic(topic), value=data, key=key.encode())

    async def read(self, topic: str, partitions: int) -> list[RawRecord]:
        """All committed records of a topic, by partition and offset."""
        records: list[RawRecord] = []
        async with consuming(self.config) as consumer:
            tps = [TopicPartition(self.config.topic(topic), partition) for partition in range(partitions)]
            async for batch in read_to_end(consumer, tps):
                records += batch
        return sorted(records, key=lambda record: (record.partition, record.offset))

    async def ticket_records(self) -> list[Record]:
        """The ticket log, as the oracle wants it."""
        return [
            Record(topic, each.partition, each.offset, each.timestamp, each.key, each.value)
            for topic in topics.TICKET_TOPICS
            for each in await self.read(topic, self.config.partitions)
        ]

    async def accepted(self) -> list[tuple[int, Entry]]:
        """The control log that is in force."""
        return [
            (each.offset, orjson.loads(each.value or b"null")) for each in await self.read(topics.CONTROL_ACCEPTED, 1)
        ]

    async def values(self, topic: str) -> list[dict[str, Any]]:
        """The JSON values of a partitioned output topic."""
        return [orjson.loads(each.value or b"null") for each in await self.read(topic, self.config.partitions)]

    async def statuses(self) -> dict[str, dict[str, Any] | None]:
        """The last live status of each key; None: deleted."""
        records = await self.read(topics.GOAL_STATUS, self.config.partitions)
        return {(each.key or b"").decode(): orjson.loads(each.value or b"null") for each in records}

    async def verdicts(self, count: int) -> None:
        """Wait until so many commands have been judged."""

        async def judged() -> int:
            return len(await self.read(topics.CONTROL_ACCEPTED, 1)) + len(await self.read(topics.CONTROL_REJECTED, 1))

        await self.until(judged, count)

    async def applied(self) -> dict[str, int]:
        """By `STAGE|PARTITION`, the offset of the last entry of the spine that was applied there."""
        return {(each.key or b"").decode(): int(each.value or b"-1") for each in await self.read(topics.APPLIED, 1)}

    async def applied_everywhere(self, offset: int) -> None:
        """Wait until each partition of both stages has walked the spine to `offset`."""

        async def applied() -> int:
            return sum(at >= offset for at in (await self.applied()).values())

        await self.until(applied, 2 * self.config.partitions)

    async def requests(self) -> list[tuple[int, str]]:
        """The offset and the date of each snapshot request that was accepted, in order."""
        accepted = await self.accepted()
        return [(offset, entry["key"]) for offset, entry in accepted if entry["topic"] == topics.SNAPSHOT_REQUESTS]

    async def snapshot(self, as_of: str) -> int:
        """Request a snapshot and wait until it is durable everywhere; the offset of its entry."""
        before = await self.requests()
        await self.command(topics.SNAPSHOT_REQUESTS, {as_of: {"as_of": as_of}})

        async def there() -> int:
            return sum(date == as_of for _, date in (await self.requests())[len(before) :])

        await self.until(there, 1)
        offset = max(at for at, date in await self.requests() if date == as_of)
        await self.applied_everywhere(offset)
        return offset

    async def snapshots_taken(self, count: int) -> list[str]:
        """Wait until so many were requested in all, and are durable everywhere; their dates in order."""

        async def requested() -> int:
            return len(await self.requests())

        await self.until(requested, count)
        requests = await self.requests()
        await self.applied_everywhere(requests[-1][0])
        return [date for _, date in requests]

    async def settled(self) -> None:
        """Wait until the workers have consumed all ticket events and contributions, and published what follows."""

        async def behind() -> int:
            return -sum((await lag(self.config)).values())

        await self.until(behind, 0)

    async def until(self, progress: Any, enough: int) -> None:
        """Wait for `progress()` to reach `enough`; fail when it doesn't move for too long or every worker has died."""
        seen, since = None, time.monotonic()
        while (now := await progress()) < enough:
            if now != seen:
                seen, since = now, time.monotonic()
            if time.monotonic() - since > PATIENCE or self.is_lost():
                raise AssertionError(f"stuck at {now} of {enough}\n{self.words()}")
            await asyncio.sleep(0.1)

    def is_lost(self) -> bool:
        """No worker is alive, and nobody starts another."""
        return all(worker.poll() is not None for worker in self.workers)

    def words(self) -> str:
        """The end of what each worker said."""
        return "\n".join(f"--- {log.name}\n{log.read_text()[-3000:]}" for log in sorted(self._logs.glob("*.log")))

    async def changelog(self, table: str) -> dict[bytes, bytes]:
        """What compaction would keep of a table's changelog: the last record per key, over all partitions."""
        rows: dict[bytes, bytes] = {}
        for partition in range(self.config.partitions):
            tp = TopicPartition(self.config.changelog(table), partition)
            rows |= {key + b"@%d" % partition: value for key, value in (await read_rows(self.config, tp)).items()}
        return rows


@asynccontextmanager
async def running(
    broker: str, namespace: str, logs: Path, partitions: int = 8, workers: int = 1
) -> AsyncIterator[System]:
    """A system with its topics made and its workers started; stopped at the end, whatever happened."""
    config = EngineConfig(broker, namespace, partitions, session_timeout=6.0, publish_interval=PUBLISH_INTERVAL)
    system = System(config, logs)
    async with started(system, workers):
        yield system


@asynccontextmanager
async def started(system: System, workers: int) -> AsyncIterator[None]:
    """Likewise, of a system that is made already."""
    await ensure_topics(system.config)
    for _ in range(workers):
        system.start_worker()
    try:
        yield
    finally:
        system.stop()
