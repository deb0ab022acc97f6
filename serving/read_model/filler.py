"""Fills the read model from the topics. Several servers may do so at once: who comes second reads its place anew."""

import asyncio
import logging
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from typing import Final

from aiokafka import AIOKafkaConsumer, TopicPartition
from aiokafka.errors import KafkaError
from redis.exceptions import RedisError

from agents.changelog import FOLLOWING_MS, PLENTY, RawRecord, reading
from agents.config import EngineConfig
from agents.topics import MisconfiguredError, ensure_topics
from serving.kafka import partitions_of
from serving.read_model.store import Moved, Place, Positions, Store
from serving.read_model.writes import SOURCES, writes

log = logging.getLogger(__name__)

_MOST: Final = 1_000
"""Records of one `MULTI`."""
_WAIT_MS: Final = 500
_PAUSE: Final = 2.0
"""Seconds before the next try when Kafka or Valkey fails."""


class Filler:
    """Keeps the generation in use up with the topics, for as long as the server runs."""

    def __init__(self, config: EngineConfig, store: Store) -> None:
        self._config, self._store = config, store
        self.caught_up = asyncio.Event()
        """Everything that was in the topics at the start is in the read model; not while a lost one is filled again."""
        self.well = True
        """Kafka and Valkey answered last time."""

    async def run(self) -> None:
        """Never ends by itself: what fails is tried again."""
        while True:
            try:
                async with sources(self._config) as consumer:
                    await self._follow(consumer)
            except (KafkaError, RedisError, MisconfiguredError, OSError) as error:
                self.well = False
                log.warning("read model: %s; trying again in %g s", error, _PAUSE)
                await asyncio.sleep(_PAUSE)

    async def _follow(self, consumer: AIOKafkaConsumer) -> None:
        while True:
            place = await self._store.place()
            if place.stored is None:
                self.caught_up.clear()
            try:
                await fill(consumer, self._config, self._store, place, self._on_progress)
            except Moved:
                await asyncio.sleep(0)

    def _on_progress(self, left: int) -> bool:
        self.well = True
        if not left:
            self.caught_up.set()
        return True


@asynccontextmanager
async def sources(config: EngineConfig) -> AsyncIterator[AIOKafkaConsumer]:
    """A consumer of all partitions of all sources."""
    await ensure_topics(config)
    async with reading(config, wait_ms=FOLLOWING_MS, min_bytes=PLENTY) as consumer:
        consumer.assign(await partitions_of(config, SOURCES))
        yield consumer


async def fill(
    consumer: AIOKafkaConsumer,
    config: EngineConfig,
    store: Store,
    place: Place,
    on_progress: Callable[[int], bool],
    *,
    in_use: bool = True,
) -> Place:
    """Read on from the place for as long as `on_progress` says so; it is told how many offsets were left, of those
    that there were at the start. Raises Moved when someone else has filled meanwhile."""
    ends = await consumer.end_offsets(consumer.assignment())
    positions = place.positions
    for tp in consumer.assignment():
        consumer.seek(tp, positions.get(_name(config, tp), 0))
    while True:
        fetched = await consumer.getmany(timeout_ms=_WAIT_MS, max_records=_MOST)
        if fetched:
            positions = {**positions, **_after(config, fetched)}
            run = [(_topic(config, tp), record) for tp, records in fetched.items() for record in records]
            place = await store.apply(place, positions, writes(run), in_use=in_use)
        left = sum([max(0, end - await consumer.position(tp)) for tp, end in ends.items()])
        if not on_progress(left):
            return place


def _after(config: EngineConfig, fetched: dict[TopicPartition, list[RawRecord]]) -> Positions:
    return {_name(config, tp): records[-1].offset + 1 for tp, records in fetched.items()}


def _topic(config: EngineConfig, tp: TopicPartition) -> str:
    return str(tp.topic).removeprefix(config.prefix)


def _name(config: EngineConfig, tp: TopicPartition) -> str:
    return f"{_topic(config, tp)}|{tp.partition}"
