"""Asks Kafka, every few seconds, how far topics go: what lag is counted from, and whether the broker is there."""

from collections.abc import Callable, Iterable, Mapping
from typing import Any, Final

from aiokafka import TopicPartition
from aiokafka.errors import KafkaError
from mode import Service

from agents import clients
from agents.changelog import reader
from agents.clock import elapsed
from agents.config import EngineConfig

INTERVAL: Final = 3.0
"""Seconds between two questions, unless other partitions are wanted; one question a broker, for all partitions."""
BEAT: Final = 1.0
"""Seconds between two beats, and the least between two questions."""

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
        await clients.stop(self._consumer)

    @Service.task
    async def _ask(self) -> None:
        while not self.should_stop:
            wanted = set(self._wanted())
            if wanted != self.ends.keys() or elapsed() - self.answered >= INTERVAL:
                try:
                    self.ends = await self._consumer.end_offsets(list(wanted))
                    self.answered = elapsed()
                except KafkaError as error:  # told by `answered` growing old
                    self.log.debug("Kafka did not say where its topics end: %r", error)
            await self.sleep(BEAT)

    @Service.task
    async def _turn(self) -> None:
        while not self.should_stop:
            self.beat = elapsed()
            await self.sleep(BEAT)


def lag_by_topic(ends: Offsets, positions: Offsets) -> dict[str, int]:
    """How far the positions are behind, by topic; of a topic with an end that is not known yet, nothing.

    A position may be ahead of its end: the answer is a moment old.
    """
    lag = dict.fromkeys((tp.topic for tp in positions), 0)
    for tp, position in positions.items():
        if tp in ends:
            lag[tp.topic] += max(0, ends[tp] - position)
    unknown = {tp.topic for tp in positions.keys() - ends.keys()}
    return {topic: behind for topic, behind in lag.items() if topic not in unknown}
