"""The rows of a partition taken just now: its changelog in memory, or its disk and the rest of its changelog.

A disk that can't be used stops the worker. One that can't be trusted is filled anew. One that another owner still has
is left alone; then the rows lie in memory until the partition is taken the next time.
"""

import asyncio
from functools import cached_property
from pathlib import Path
from typing import Final

import structlog
from aiokafka import AIOKafkaConsumer, TopicPartition

from agents.belonging import doubt
from agents.changelog import read_to_end, rows_of
from agents.clock import now
from agents.config import EngineConfig
from agents.disk import BrokenDiskError, DiskPartition, LockedError, Mark, Memory
from agents.tables import Partition, TablePartition
from agents.topic_facts import facts_of

log = structlog.get_logger(__name__)

LOCK_LOOKS: Final = 30
LOCK_PAUSE: Final = 0.1
"""Seconds between two looks: an owner that gives a partition up soon lets go of its disk."""


class Recovery:
    """Recovers the partitions of one worker, and knows where that keeps its tables."""

    def __init__(self, config: EngineConfig) -> None:
        self._config = config

    @cached_property
    def _memory(self) -> Memory:
        """Taken when the first table on disk is opened."""
        return Memory.of(self._config.tables_cache)

    async def rows(self, consumer: AIOKafkaConsumer, tp: TopicPartition) -> Partition:
        """What a changelog partition stands for; fence before. Raises KafkaError, BrokenDiskError, DiskError."""
        if self._config.tables_dir is None:
            return TablePartition(await rows_of(consumer, tp))
        name = f"{tp.topic.removeprefix(self._config.prefix)}-{tp.partition}"
        try:
            disk = await self._opened(self._config.tables_dir / self._config.group / name)
        except LockedError as error:
            log.warning("rows lie in memory until the partition is taken again", changelog=name, reason=str(error))
            return TablePartition(await rows_of(consumer, tp))
        try:
            await self._catch_up(disk, consumer, tp, name)
        except BrokenDiskError:
            disk.discard()
            raise
        except BaseException:
            disk.close()
            raise
        return disk

    async def _opened(self, path: Path) -> DiskPartition:
        for _ in range(LOCK_LOOKS):
            try:
                return await self._open(path)
            except LockedError:
                await asyncio.sleep(LOCK_PAUSE)
        return await self._open(path)

    async def _open(self, path: Path) -> DiskPartition:
        """In a thread: RocksDB waits for the disk several times. Whoever is cancelled meanwhile drops it, unlocked."""
        return await asyncio.to_thread(DiskPartition, path, self._memory)

    async def _catch_up(self, disk: DiskPartition, consumer: AIOKafkaConsumer, tp: TopicPartition, name: str) -> None:
        """Read onto the disk what it doesn't have; all of the changelog when it is in doubt."""
        facts = await facts_of(self._config, tp.topic)
        (begin,) = (await consumer.beginning_offsets([tp])).values()
        at = now()
        (end,) = (await consumer.end_offsets([tp])).values()
        if (why := doubt(disk.mark, facts, begin, end, at)) and not disk.is_new():
            log.info("fills the disk anew", changelog=name, reason=why)
            disk.wipe()  # not in a thread: whoever is cancelled unlocks it
        start, read = disk.mark.offset if disk.mark else begin, 0
        async for records in read_to_end(consumer, [tp], {tp: start}):
            disk.fill((record.key or b"", record.value) for record in records)
            read += len(records)
        disk.filled(Mark(facts.topic_id, await consumer.position(tp), at))
        log.info("recovered from disk", changelog=name, start=start, read=read)
