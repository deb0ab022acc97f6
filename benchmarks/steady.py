"""Events at a steady rate, and how long each closed ticket takes until a status counts it.

The n-th closed ticket of a user and month is counted when a status of theirs first says n: nobody need know which
ticket that was, and statuses that were skipped are no gap.
"""

import asyncio
import time
from collections import Counter, defaultdict
from collections.abc import AsyncIterator, Iterable
from contextlib import asynccontextmanager
from itertools import chain, groupby, islice, zip_longest
from statistics import quantiles
from typing import Any, NamedTuple

import httpx
import orjson
from aiokafka import AIOKafkaProducer
from aiokafka.partitioner import DefaultPartitioner

from agents.config import EngineConfig
from agents.ending import end
from benchmarks.workload import TOPICS, Load

TICK = 0.05
"""Seconds from one batch of each partition to the next."""
COUNTED = "tickets-closed"
"""The goal whose statuses count."""


class Due(NamedTuple):
    """An event on its way."""

    topic: str
    partition: int
    key: bytes
    value: bytes
    closes: tuple[str, str] | None
    """The user and the month, where a ticket is closed for the first time."""


def plan(work: Load, partitions: int) -> list[Due]:
    """All events, the topics side by side."""
    numbers, partitioner, closed = list(range(partitions)), DefaultPartitioner(), set[bytes]()
    columns = ([(topic, *event) for event in work.events[topic]] for topic in TOPICS)
    order = []
    for topic, key, value in filter(None, chain.from_iterable(zip_longest(*columns))):
        whose = None
        if topic == TOPICS[-1] and key not in closed:
            closed.add(key)
            event = orjson.loads(value)
            whose = event["user_id"], event["occurred_at"][:7]
        order.append(Due(topic, partitioner(key, numbers, numbers), key, value, whose))
    return order


class Seen(NamedTuple):
    """A status, and when it was told, in seconds since the epoch."""

    at: float
    status: dict[str, Any]


class Freshness:
    """How long closed tickets waited until a status counted them."""

    def __init__(self) -> None:
        self.sent = 0
        """Events that are acknowledged."""
        self._closed: dict[tuple[str, str], list[float]] = defaultdict(list)
        """When, in seconds since the epoch, by user and month."""

    def came(self, part: list[Due]) -> None:
        """These are published."""
        at = time.time()
        self.sent += len(part)
        for due in part:
            if due.closes is not None:
                self._closed[due.closes].append(at)

    def waits(self, told: Iterable[Seen]) -> list[float]:
        """Seconds, for each closed ticket that these statuses count."""
        waits: list[float] = []
        shown: Counter[tuple[str, str]] = Counter()
        for at, status in told:
            if status["goal_id"] == COUNTED:
                whose = status["contributor"]["id"], status["milestone"]["start"][:7]
                waits += [at - closed for closed in self._closed[whose][shown[whose] : status["count"]]]
                shown[whose] = max(shown[whose], status["count"])
        return waits


def percentiles(waits: list[float]) -> str:
    """In words."""
    cuts = quantiles(waits, n=100)
    return f"p50 {cuts[49]:.2f} s, p99 {cuts[98]:.2f} s, most {max(waits):.2f} s"


async def publish(config: EngineConfig, order: list[Due], rate: float, freshness: Freshness) -> None:
    """So many events a second, in batches of our own: who measures should cost little."""
    producer = AIOKafkaProducer(bootstrap_servers=config.broker, compression_type="snappy", max_batch_size=1024 * 1024)
    await producer.start()
    coming, begin = iter(order), time.monotonic()
    try:
        while part := list(islice(coming, max(1, round((time.monotonic() - begin) * rate) - freshness.sent))):
            await _send(producer, config, part)
            freshness.came(part)
            await asyncio.sleep(TICK)
    finally:
        await producer.stop()


async def _send(producer: AIOKafkaProducer, config: EngineConfig, part: list[Due]) -> None:
    sends = []
    for (topic, partition), some in groupby(sorted(part, key=_where), _where):
        batch = producer.create_batch()
        for due in some:
            batch.append(key=due.key, value=due.value, timestamp=None)
        sends.append(await producer.send_batch(batch, config.topic(topic), partition=partition))
    await asyncio.gather(*sends)


def _where(due: Due) -> tuple[str, int]:
    return due.topic, due.partition


@asynccontextmanager
async def following(url: str | None, seen: list[Seen]) -> AsyncIterator[None]:
    """Note what a stream of the server tells of the goal that counts; without a server nothing."""
    if url is None:
        yield
        return
    task = asyncio.create_task(_follow(url, seen))
    try:
        yield
    finally:
        await end(task)


async def _follow(url: str, seen: list[Seen]) -> None:
    asked = {"event": "status", "goal_id": COUNTED}
    async with (
        httpx.AsyncClient(base_url=url, timeout=None) as client,
        client.stream("GET", "/api/events", params=asked) as answer,
    ):
        async for line in answer.aiter_lines():
            if line.startswith("data: ") and (status := orjson.loads(line[len("data: ") :]).get("status")):
                seen.append(Seen(time.time(), status))  # noqa: PERF401 - who looks at it needn't wait for the end
