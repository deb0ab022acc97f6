"""Contributions are deleted once they are worked off, as Kafka Streams does with its repartition topics.

The law: what is deleted has been in committed rows for at least one interval. So whoever compares rows and
contributions finds, for that long, all that the rows they read don't have yet; and a deletion that fails, or never
happens because the worker dies, is made up for by a later one.
"""

from collections.abc import Callable, Mapping
from typing import Any

import structlog
from aiokafka import TopicPartition
from aiokafka.admin import RecordsToDelete
from aiokafka.errors import KafkaError
from mode import Service

from agents.asking import administering
from agents.config import EngineConfig
from schemas.topics import CONTRIBUTIONS

log = structlog.get_logger(__name__)


class Purge(Service):
    """Deletes, for all partitions of this worker at once, what was worked off an interval ago."""

    def __init__(self, config: EngineConfig, committed: Callable[[], Mapping[int, int]], **kwargs: Any) -> None:
        """`committed`: by partition the offset up to which the durable rows have the contributions."""
        super().__init__(**kwargs)
        self._config, self._committed = config, committed
        self._deleted: dict[int, int] = {}

    @Service.task
    async def _repeat(self) -> None:
        worked_off: Mapping[int, int] = {}
        while not self.should_stop:
            await self.sleep(self._config.purge_interval)
            if due := {partition: at for partition, at in worked_off.items() if at > self._deleted.get(partition, 0)}:
                await self._delete(due)
            worked_off = self._committed()

    async def _delete(self, due: Mapping[int, int]) -> None:
        topic = self._config.topic(CONTRIBUTIONS)
        records = {TopicPartition(topic, each): RecordsToDelete(at) for each, at in due.items()}
        try:
            async with administering(self._config) as admin:
                await admin.delete_records(records)
            self._deleted.update(due)
            log.info("deleted what is worked off", topic=topic, before=due)
        except KafkaError as error:
            log.warning("could not delete what is worked off; tries again later", topic=topic, error=repr(error))
