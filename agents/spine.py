"""The spine reader: each worker reads `control-accepted` whole at its start, then follows it."""

import asyncio
from collections.abc import Callable
from typing import Any

from aiokafka import TopicPartition
from mode import Service

from agents import clients
from agents.changelog import FOLLOWING_MS, reader
from agents.config import EngineConfig
from schemas import topics
from schemas.entries import decode_entry
from streams.spine import Spine


class SpineReader(Service):
    """Keeps a `Spine` up to date and tells who follows it when it grew."""

    def __init__(self, config: EngineConfig, on_growth: Callable[[], None], **kwargs: Any) -> None:
        super().__init__(**kwargs)
        self.spine = Spine()
        self._config = config
        self._on_growth = on_growth
        self.tp = TopicPartition(config.topic(topics.CONTROL_ACCEPTED), 0)
        self.position = 0
        """The next offset to read; entries and what else takes offsets before it are in."""
        self._moved = asyncio.Condition()
        self._begun = asyncio.Event()

    async def on_start(self) -> None:
        """Begin at the first entry."""
        self._consumer = reader(self._config, wait_ms=FOLLOWING_MS)
        await self._consumer.start()
        self._consumer.assign([self.tp])
        await self._consumer.seek_to_beginning(self.tp)
        self._begun.set()

    async def on_stop(self) -> None:
        """Release the connection."""
        await clients.stop(self._consumer)

    @Service.task
    async def _follow(self) -> None:
        while not self.should_stop:
            fetched = await self._consumer.getmany(timeout_ms=500)
            records = fetched.get(self.tp, ())
            for record in records:
                self.spine.append(decode_entry(record))
            async with self._moved:
                self.position = await self._consumer.position(self.tp)
                self._moved.notify_all()
            if records:
                self._on_growth()

    async def caught_up(self) -> Spine:
        """The spine, with at least all that was committed to it when this was called.

        Faust may assign partitions before it has started this, on a machine that is busy: then that is waited for.
        """
        await self._begun.wait()
        end = (await self._consumer.end_offsets([self.tp]))[self.tp]
        async with self._moved:
            await self._moved.wait_for(lambda: self.position >= end)
        return self.spine
