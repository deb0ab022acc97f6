"""A run is a transaction: table changes, outputs and source offsets become visible together or not at all."""

import asyncio
from collections.abc import Iterable, Mapping, Sequence
from typing import Any, NamedTuple

from aiokafka import TopicPartition
from aiokafka.partitioner import DefaultPartitioner

from agents import clients, faults
from agents.clock import now
from agents.config import EngineConfig
from agents.faults import Moment
from agents.topics import LARGEST_WRITTEN
from schemas.records import Output

BATCH_SIZE = 512 * 1024


class Write(NamedTuple):
    """One record on its way to one partition."""

    key: bytes | None
    value: bytes | None
    timestamp: int | None = None
    headers: Sequence[tuple[str, bytes]] = ()


class _Sent(NamedTuple):
    """A batch on its way."""

    receipt: Any
    """aiokafka's future."""
    records: int


class TransactionLog:
    """The producer of one partition of one stage. Its transactional id belongs to the partition, never to the worker:
    who starts it last has fenced all others (`ProducerFenced` is what they see)."""

    def __init__(self, config: EngineConfig, stage: str, partition: int) -> None:
        self._config = config
        self._whose = stage, partition
        self._partitioner = DefaultPartitioner()
        self._producer = clients.producer(
            config,
            client_id=f"{config.group}-{stage}-{partition}",
            transactional_id=config.transactional_id(stage, partition),
            transaction_timeout_ms=60_000,
            compression_type=config.compression_type(),
            max_request_size=LARGEST_WRITTEN,
            max_batch_size=BATCH_SIZE,
            retry_backoff_ms=20,
        )

    async def fence(self) -> None:
        """Become the only one who can write for this partition; what a former owner left open is aborted."""
        await self._producer.start()

    async def close(self) -> None:
        """Release the connection."""
        await clients.stop(self._producer)

    async def commit(
        self,
        changes: Mapping[TopicPartition, list[tuple[bytes, bytes | None]]],
        outputs: Iterable[Output],
        offsets: Mapping[TopicPartition, int],
    ) -> dict[TopicPartition, int | None]:
        """Write everything in one transaction and wait until it is committed.

        Returns for each partition written to the offset after the last record; None where Kafka doesn't say, as of a
        batch that it had already.

        Args:
            changes: for each changelog partition the changed keys and their values (None: deleted).
            outputs: topics without the namespace.
            offsets: for each source partition the next offset to read.

        Raises:
            aiokafka.errors.KafkaError: nothing of it is visible; the owner must recover. `ProducerFenced`: the
                partition has another owner.
        """
        producer = self._producer
        await producer.begin_transaction()
        writes = {tp: [Write(key, value) for key, value in rows] for tp, rows in changes.items()}
        for tp, write in await self._addressed(outputs):
            writes.setdefault(tp, []).append(write)
        await faults.passing(Moment.BEGUN, *self._whose, writes)
        sends: list[_Sent] = []
        for tp, batch in writes.items():
            sends += await self._send(tp, batch)
            await faults.passing(Moment.SENDING, *self._whose, writes)
        if offsets:
            await producer.send_offsets_to_transaction(offsets, self._config.group)
        receipts = await asyncio.gather(*(sent.receipt for sent in sends))
        await faults.passing(Moment.SENT, *self._whose, writes)
        await producer.commit_transaction()
        await faults.passing(Moment.COMMITTED, *self._whose, writes)
        return {
            receipt.topic_partition: receipt.offset + sent.records if receipt.offset >= 0 else None
            for receipt, sent in zip(receipts, sends, strict=True)
        }

    async def _addressed(self, outputs: Iterable[Output]) -> list[tuple[TopicPartition, Write]]:
        addressed = []
        for output in outputs:
            topic = self._config.topic(output.topic)
            partition = output.partition
            if partition is None:
                partitions = sorted(await self._producer.partitions_for(topic))
                partition = self._partitioner(output.key, partitions, partitions)
            write = Write(output.key, output.value, _stamped(output.timestamp), output.headers)
            addressed.append((TopicPartition(topic, partition), write))
        return addressed

    async def _send(self, tp: TopicPartition, writes: list[Write]) -> list[_Sent]:
        """Fill batches ourselves: a `send` for each record would await, address and lock each one anew."""
        sends = []
        batch = self._producer.create_batch()
        for key, value, timestamp, headers in writes:
            if batch.append(key=key, value=value, timestamp=timestamp, headers=list(headers)) is None:
                sends.append(await self._send_batch(tp, batch))
                batch = self._producer.create_batch()
                batch.append(key=key, value=value, timestamp=timestamp, headers=list(headers))
        sends.append(await self._send_batch(tp, batch))
        return sends

    async def _send_batch(self, tp: TopicPartition, batch: Any) -> _Sent:
        return _Sent(await self._producer.send_batch(batch, tp.topic, partition=tp.partition), batch.record_count())


def _stamped(timestamp: int | None) -> int | None:
    """Never ahead of the clock: brokers refuse that, and a partition would try again for ever."""
    return None if timestamp is None else min(timestamp, now())
