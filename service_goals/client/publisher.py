"""Publishing many records fast: batches are filled here, a `send` for each record costs several times as much."""

import asyncio
import itertools
from collections.abc import AsyncIterator, Iterable
from contextlib import asynccontextmanager
from typing import Final

from aiokafka import AIOKafkaProducer
from aiokafka.errors import MessageSizeTooLargeError
from aiokafka.producer.message_accumulator import BatchBuilder

from agents.config import EngineConfig
from agents.partitioner import partitioner
from agents.topics import ensure_topics
from service_goals.client.kafka import producing
from service_goals.errors import CommandError

Event = tuple[str, bytes | None, bytes]
"""A ticket topic without the namespace, key, value."""

_Target = tuple[str, int]
BREATHER: Final = 500
"""Records between two turns of the event loop."""


async def publish(config: EngineConfig, events: Iterable[Event]) -> int:
    """Publish ticket events with Kafka's default partitioner; returns their number once all are durable.

    When `events` raises, what came before it is published all the same, and the error goes on.
    """
    count = 0
    async with publishing(config) as publication:
        for count, event in enumerate(events, start=1):
            await publication.add(*event)
            if count % BREATHER == 0:
                await asyncio.sleep(0)
    return count


@asynccontextmanager
async def publishing(config: EngineConfig) -> AsyncIterator["Publication"]:
    """Publish what the block adds; all of it is durable at the end, also when the block raises."""
    partitions = await ensure_topics(config)
    async with producing(config) as producer:
        publication = Publication(producer, config, partitions)
        try:
            yield publication
        finally:
            await publication.finish()


class Publication:
    """One open batch for each topic partition."""

    def __init__(self, producer: AIOKafkaProducer, config: EngineConfig, partitions: int) -> None:
        self._producer, self._config = producer, config
        self._partition_of = partitioner(partitions)
        self._any_partition = itertools.cycle(range(partitions))
        self._open: dict[_Target, BatchBuilder] = {}
        self._sent: list[asyncio.Future[object]] = []

    async def add(self, topic: str, key: bytes | None, value: bytes) -> None:
        """Put the record into its batch; a full one is sent first."""
        target = topic, next(self._any_partition) if key is None else self._partition_of(key)
        batch = self._open.get(target)
        if batch is None or batch.append(timestamp=None, key=key, value=value) is None:
            if batch is not None:
                await self._send(target)
            batch = self._open[target] = self._producer.create_batch()
            batch.append(timestamp=None, key=key, value=value)

    async def finish(self) -> None:
        """Send what is open and wait until everything is acknowledged."""
        for target in list(self._open):
            await self._send(target)
        try:
            await asyncio.gather(*self._sent)
        except MessageSizeTooLargeError:
            raise CommandError("an event is larger than the topics take (4 MiB); mend it, then publish again") from None

    async def _send(self, target: _Target) -> None:
        topic, partition = target
        batch = self._open.pop(target)
        self._sent = [sent for sent in self._sent if not sent.done() or sent.exception()]
        self._sent.append(await self._producer.send_batch(batch, self._config.topic(topic), partition=partition))
