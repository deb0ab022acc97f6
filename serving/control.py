"""What is in force, as this server knows it: follows the verdicts of the judge from the first one on."""

import asyncio
import logging
from collections import OrderedDict
from collections.abc import Callable
from contextlib import suppress
from typing import Final, TypeVar

from aiokafka import TopicPartition
from aiokafka.errors import KafkaError

from agents.changelog import FOLLOWING_MS, RawRecord, reading
from agents.clock import elapsed
from agents.config import EngineConfig
from schemas import topics
from schemas.entries import decode_entry
from streams.control import ControlState
from streams.spine import Spine

log = logging.getLogger(__name__)

T = TypeVar("T")
Place = tuple[str, int]
"""A command: its topic, without the namespace, and its offset there."""

_REMEMBERED: Final = 10_000
"""Refusals, the latest."""
_WAIT_MS: Final = 200
_PAUSE: Final = 2.0
_LOOK: Final = 5.0
"""Seconds without a record."""
_PATIENCE: Final = 10.0


class Control:
    """Accepted commands as a spine, refused ones by their place with the reason."""

    def __init__(self, config: EngineConfig, look: float = _LOOK, patience: float = _PATIENCE) -> None:
        """After `look` seconds without a record it asks whether Kafka is there, and waits `patience` for its answer."""
        self._config, self._every, self._patience = config, look, patience
        self._accepted, self._refused = (
            TopicPartition(config.topic(name), 0) for name in (topics.CONTROL_ACCEPTED, topics.CONTROL_REJECTED)
        )
        self._positions = {self._accepted: 0, self._refused: 0}
        self._read = 0
        """So far the refusals are known, as offset: transaction markers, which are no records, are passed too."""
        self._moved = asyncio.Condition()
        self.spine = Spine()
        self.refusals: OrderedDict[Place, str] = OrderedDict()
        self.caught_up = asyncio.Event()
        self.well = True
        """Kafka answered last time."""

    @property
    def state(self) -> ControlState:
        """What is in force now."""
        return self.spine.state

    @property
    def at(self) -> int | None:
        """When the last command was accepted, in milliseconds since the epoch; None before the first."""
        return self.spine.entries[-1].at if self.spine.entries else None

    async def run(self) -> None:
        """Never ends by itself: what fails is tried again."""
        while True:
            try:
                await self._follow()
            except (KafkaError, OSError) as error:
                self.well = False
                log.warning("verdicts: %r; trying again in %g s", error, _PAUSE)
                await asyncio.sleep(_PAUSE)

    async def until(self, found: Callable[[], T | None], timeout: float) -> T | None:  # noqa: ASYNC109 - None, no error
        """What `found` finds after some verdict, within so many seconds; None when it doesn't."""
        with suppress(TimeoutError):
            async with asyncio.timeout(timeout), self._moved:
                while (what := found()) is None:
                    await self._moved.wait()
                return what
        return None

    async def refusals_until(self, offset: int, timeout: float) -> bool:  # noqa: ASYNC109 - False, no error
        """Wait until all refusals before an offset of their topic are known; False: not within so many seconds."""
        return await self.until(lambda: self._read >= offset or None, timeout) is not None

    async def _follow(self) -> None:
        async with reading(self._config, wait_ms=FOLLOWING_MS) as consumer:
            consumer.assign(list(self._positions))
            for tp, position in self._positions.items():
                consumer.seek(tp, position)
            ends = await consumer.end_offsets(list(self._positions))
            self.well, seen = True, elapsed()
            while True:
                fetched = await consumer.getmany(timeout_ms=_WAIT_MS)
                if fetched:
                    seen = elapsed()
                    await self._take(fetched)
                elif elapsed() - seen >= self._every:
                    # To who waits for records a Kafka that is gone looks like one that has none.
                    async with asyncio.timeout(self._patience):
                        await consumer.end_offsets([self._refused])
                    seen = elapsed()
                await self._note(await consumer.position(self._refused))
                if not self.caught_up.is_set() and all([await consumer.position(tp) >= ends[tp] for tp in ends]):
                    self.caught_up.set()

    async def _note(self, read: int) -> None:
        if read != self._read:
            async with self._moved:
                self._read = read
                self._moved.notify_all()

    async def _take(self, fetched: dict[TopicPartition, list[RawRecord]]) -> None:
        async with self._moved:
            for record in fetched.get(self._accepted, ()):
                self.spine.append(decode_entry(record))
            for record in fetched.get(self._refused, ()):
                headers = {name: value.decode() for name, value in record.headers}
                self.refusals[headers["topic"], int(headers["offset"])] = headers["reason"]
            while len(self.refusals) > _REMEMBERED:
                self.refusals.popitem(last=False)
            for tp, records in fetched.items():
                self._positions[tp] = records[-1].offset + 1
            self._moved.notify_all()
