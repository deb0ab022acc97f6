"""The batch lane: Faust hands an agent one message for each *run* of records fetched from a partition.

One message a record costs Faust 80–200 µs; one a run costs 2 µs a record. Records that are filtered out by
`read_committed` (transaction markers, aborted batches) still move a run's `end`, so that an owner knows when nothing is
left before an offset.
"""

import contextlib
from collections.abc import AsyncIterator, Awaitable, Callable, Iterable, Mapping
from typing import Any, NamedTuple

import faust
from aiokafka import TopicPartition
from aiokafka.errors import KafkaError
from aiokafka.structs import ConsumerRecord
from faust.transport.drivers import aiokafka as driver
from faust.types import TP, ConsumerMessage
from mode import Service

from agents import clients

FETCH_WAIT_MS = 250
"""Faust waits 1500: so long would each seek (one a partition that we take) wait for the fetch under way."""
REFUSALS_LOOK = 3.0
"""Seconds between two looks whether Kafka refuses us."""
Records = list[ConsumerRecord[bytes | None, bytes | None]]


class Run(NamedTuple):
    """What one fetch brought of one partition."""

    tp: TP
    start: int
    """The end of the run before it; after a seek, where its first record is."""
    end: int
    """The position after it: everything before it is in, or was no committed record."""
    records: Records


class PassThrough(faust.Schema):  # type: ignore[type-arg]  # of runs, which Faust has no types for
    """Hands a run on as it is: the machines decode, in bulk."""

    def compile(self, app: Any, **_: Any) -> Callable[..., Awaitable[Any]]:
        """Faust's decode hook, without decoding."""
        create_event = app.create_event

        async def decode(message: ConsumerMessage, *, propagate: bool = False) -> Any:  # noqa: ARG001 Faust passes it
            return create_event(message.key, message.value, None, message)

        return decode


class LaneThread(driver.AIOKafkaConsumerThread):
    """Faust's consumer thread, reading committed records, a run at a time."""

    def __post_init__(self) -> None:
        super().__post_init__()
        self.reached: dict[TopicPartition, int] = {}
        """The ends of the last runs. Not aiokafka's position before the fetch: it moves by itself over what was
        aborted, and then nobody would hear of that."""

    def _create_worker_consumer(self, transport: Any) -> Any:
        # Faust asks for read_committed only together with its own transactions, which this program does not use.
        self.consumer.in_transaction = True
        try:
            consumer = super()._create_worker_consumer(transport)
        finally:
            self.consumer.in_transaction = False
        consumer._fetch_max_wait_ms = FETCH_WAIT_MS
        return consumer

    async def on_thread_stop(self) -> None:
        """As Faust's, also while there is no broker, and in a rebalance: that waits for Faust, and Faust for us."""
        await super(driver.AIOKafkaConsumerThread, self).on_thread_stop()
        if self._consumer is not None:
            await clients.stop(self._consumer)

    async def _fetch_records(  # type: ignore[override]  # runs instead of records is what the lane is for
        self,
        consumer: Any,
        active_partitions: set[TP],
        timeout: float | None = None,  # noqa: ASYNC109 Faust's signature
        max_records: int | None = None,
    ) -> Mapping[TopicPartition, Run]:
        fetched = await super()._fetch_records(consumer, active_partitions, timeout, max_records)
        runs = {}
        for tp, end in self._positions(consumer, active_partitions | fetched.keys()).items():
            if tp in fetched or self.reached.get(tp) != end:
                start = min(self.reached.get(tp, end), _first(fetched.get(tp), end))
                runs[tp] = Run(TP(tp.topic, tp.partition), start, end, fetched.get(tp, []))
                self.reached[tp] = end
        return runs

    @staticmethod
    def _positions(consumer: Any, tps: Any) -> dict[TopicPartition, int]:
        """The positions of the partitions that have one: after a seek it takes aiokafka a moment to know."""
        subscription = consumer._subscription.subscription
        assignment = subscription.assignment if subscription else None
        if assignment is None:
            return {}
        states = ((tp, assignment.state_value(tp)) for tp in tps if tp in assignment.tps)
        return {tp: state.position for tp, state in states if state is not None and state.has_valid_position}


def _first(records: Records | None, otherwise: int) -> int:
    return records[0].offset if records else otherwise


class LaneConsumer(driver.Consumer):
    """Faust's consumer with the batch lane in it."""

    def _new_consumer_thread(self) -> LaneThread:
        return LaneThread(self, loop=self.loop, beacon=self.beacon)

    @Service.task
    async def _notice_refusals(self) -> None:
        """Crash when Kafka refuses the group: without an assignment Faust asks nothing, and would wait for ever."""
        while not self.should_stop:
            await self.sleep(REFUSALS_LOOK)
            thread = self._thread
            if thread is not None and (consumer := thread._consumer) is not None:
                await thread.call_thread(consumer._coordinator.check_errors)

    async def getmany(self, timeout: float) -> AsyncIterator[tuple[TP, Any]]:  # noqa: ASYNC109 Faust's signature
        """Yield one message a run, as long as the flow and the generation are those that it was fetched in."""
        fetched, _ = await self._wait_next_records(timeout)
        runs: Mapping[TP, Any] = fetched or {}
        generation = self.app.consumer_generation_id
        for run in runs.values():
            if self.should_stop:
                return
            if not self.flow_active or self.app.consumer_generation_id != generation:
                # What is dropped here must be fetched again, as nothing else would notice if it was the last.
                self._forget(runs)
                with contextlib.suppress(KafkaError):  # a rebalance under way seeks again at its end
                    await self.perform_seek()
                return
            yield run.tp, _message(run, generation)

    def pause(self, tps: set[TopicPartition]) -> None:
        """Stop fetching these partitions, as Faust does when a stream's buffer is full."""
        for tp in tps:
            self.on_buffer_full(TP(*tp))

    def resume(self, tps: set[TopicPartition]) -> None:
        """Fetch them again."""
        for tp in tps:
            self.on_buffer_drop(TP(*tp))

    async def seek_to(self, positions: Mapping[TopicPartition, int]) -> None:
        """Fetch from these offsets on."""
        self._forget(positions)
        await self.seek_wait({TP(*tp): offset for tp, offset in positions.items()})
        self._forget(positions)  # a fetch may have been under way

    def _forget(self, tps: Iterable[TopicPartition]) -> None:
        """Let the next fetch of these partitions bring a run, even one without records."""
        thread: Any = self._thread
        for tp in tps if thread is not None else ():
            thread.reached.pop(TopicPartition(*tp), None)


def _message(run: Run, generation: int) -> Any:
    tp = run.tp
    value: Any = run
    where = (tp.topic, tp.partition, run.end - 1)
    return ConsumerMessage(*where, 0.0, 0, None, None, value, None, tp=tp, generation_id=generation)


class LaneTransport(driver.Transport):
    """Faust's aiokafka transport with the batch lane's consumer."""

    Consumer = LaneConsumer
