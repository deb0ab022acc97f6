"""The ticket logs, read from Kafka up to one cut after the other; only what is being merged is in memory."""

from collections.abc import AsyncIterator, Mapping, Sequence
from contextlib import asynccontextmanager

from aiokafka import AIOKafkaConsumer, TopicPartition

from agents.config import EngineConfig
from schemas.topics import TICKET_TOPICS
from service_goals.audit.recompute import Rows
from service_goals.client.kafka import consuming, partitions_of

Cut = Mapping[str, Sequence[int]]
"""By topic without the namespace: per partition, in order, the offset of the first record that is not in."""


class TicketLog:
    """Hands each record to `rows` once, when a cut comes that it is before."""

    def __init__(self, config: EngineConfig, consumer: AIOKafkaConsumer, positions: dict[TopicPartition, int]) -> None:
        self.rows = Rows()
        self._config, self._consumer, self._positions = config, consumer, positions

    async def read_to(self, cut: Cut) -> None:
        """Merge all committed records before the cut that were not merged yet."""
        ends = {tp: cut[tp.topic.removeprefix(self._config.prefix)][tp.partition] for tp in self._positions}
        left = {tp for tp, position in self._positions.items() if position < ends[tp]}
        self._consumer.assign(sorted(left))
        for tp in left:
            self._consumer.seek(tp, self._positions[tp])
        while left:
            for tp, records in (await self._consumer.getmany(*left, timeout_ms=200)).items():
                topic = tp.topic.removeprefix(self._config.prefix)
                self.rows.feed(topic, (record for record in records if record.offset < ends[tp]))
            for tp in list(left):
                self._positions[tp] = min(await self._consumer.position(tp), ends[tp])
                if self._positions[tp] == ends[tp]:
                    left.discard(tp)


@asynccontextmanager
async def ticket_log(config: EngineConfig) -> AsyncIterator[TicketLog]:
    """The log from its beginning."""
    tps = await partitions_of(config, TICKET_TOPICS)
    async with consuming(config) as consumer:
        yield TicketLog(config, consumer, dict(await consumer.beginning_offsets(tps)) if tps else {})
