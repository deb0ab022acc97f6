"""Asks Kafka, every few seconds, how far topics go: what lag is counted from, and whether the broker is there."""

from collections.abc import Callable, Iterable, Mapping
from typing import Any, Final

from aiokafka import TopicPartition
from aiokafka.errors import KafkaError
from mode import Service

from agents.changelog import reader
from agents.clock import elapsed
from agents.config import EngineConfig

INTERVAL: Final = 3.0
"""Seconds between two questions; one question a broker, for all partitions."""
BEAT: Final = 1.0
"""Seconds between two beats."""

Offsets = Mapping[TopicPartition, int]


class Ends(Service):
    """Over a connection of its own: the workers' may be busy, and must not wait for this."""

    def __init__(self, config: EngineConfig, wanted: Callable[[], Iterable[TopicPartition]], **kwargs: Any) -> None:
        """`wanted`: the partitions to ask for, at least one."""
        super().__init__(**kwargs)
        self.ends: Offsets = {}
        """The offset after the last record that `read_committed` shows, at the last answer."""
        self.answered = elapsed()
        """When Kafka answered last; at first, when this was made."""
        self.beat = elapsed()
        """When the event loop turned last."""
        self._config, self._wanted = config, wanted

    async def on_start(self) -> None:
        """Connect."""
        self._consumer = reader(self._config)
        await self._consumer.start()

    async def on_stop(self) -> None:
        """Release the connection."""
        await self._consumer.stop()

    @Service.task
    async def _ask(self) -> None:
        while not self.should_stop:
            try:
                self.ends = await self._consumer.end_offsets(list(self._wanted()))
                self.answered = elapsed()
            except KafkaError as error:  # told by `answered` growing old
                self.log.debug("Kafka did not say where its topics end: %r", error)
            await self.sleep(INTERVAL)

    @Service.task
    async def _turn(self) -> None:
        while not self.should_stop:
            self.beat = elapsed()
            await self.sleep(BEAT)


def lag_by_topic(ends: Offsets, positions: Offsets) -> dict[str, int]:
    """How far the positions are behind, by topic; a position may be ahead of an answer that is a moment old."""
    lag = dict.fromkeys((tp.topic for tp in positions), 0)
    for tp, position in positions.items():
        lag[tp.topic] += max(0, ends.get(tp, position) - position)
    return lag
