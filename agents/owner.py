"""An owner keeps one partition of one stage: it fences, recovers, and turns runs into transactions.

The law: the machine's state is what the committed transactions made it. Whatever goes wrong, the owner throws the
machine away and starts again from the changelog, which also has the positions; nothing is ever undone by hand.
"""

import asyncio
from collections.abc import Callable, Mapping
from typing import Protocol

import orjson
import structlog
from aiokafka import AIOKafkaConsumer, TopicPartition
from aiokafka.errors import KafkaError, TransactionalIdAuthorizationFailed

from agents import ending, faults
from agents.access import NOT_GRANTED, IdNotGrantedError
from agents.changelog import any_between, reading
from agents.clock import elapsed, now, rest
from agents.config import EngineConfig
from agents.disk import BrokenDiskError
from agents.faults import Moment
from agents.lane import Records, Run
from agents.monitor.meters import Meters
from agents.monitor.owner_meter import OwnerMeter
from agents.positions import POSITIONS, check_begins, start_positions
from agents.recovery import Recovery
from agents.tables import Partition, PartitionedTable, TablePartition
from agents.transaction import TransactionLog
from schemas.records import Output

log = structlog.get_logger(__name__)

INBOX_FULL = 20_000
"""Records: past this, Faust stops fetching the partition until half of them are done."""
REOPEN_DELAY = 1.0
"""Seconds between losing a partition that Faust still assigns to us and taking it again."""


class Work(Protocol):
    """What a stage does with the runs of one partition: a thin wrapper around its state machine."""

    async def take(self, records: Mapping[str, Records]) -> None:
        """Work off new records, by topic without the namespace; none when only the spine or the clock woke us."""

    def holds_back(self) -> bool:
        """What was taken last is not worked off yet: nothing may be committed."""

    def outputs(self) -> list[Output]:
        """What to write, drained."""

    def committed(self) -> None:
        """What was taken is durable: the moment to count it."""

    def due_in(self) -> float | None:
        """Seconds until there is something to do without new records; None: not before the spine moves."""


class Flow(Protocol):
    """What an owner asks of Faust's consumer."""

    def pause(self, tps: set[TopicPartition]) -> None:
        """Stop fetching these partitions."""

    def resume(self, tps: set[TopicPartition]) -> None:
        """Fetch them again."""

    async def seek_to(self, positions: Mapping[TopicPartition, int]) -> None:
        """Fetch from these offsets on."""


class Owner:
    """One partition of one stage, as long as this worker has it."""

    def __init__(
        self,
        config: EngineConfig,
        stage: str,
        partition: int,
        topics: tuple[str, ...],
        table: PartitionedTable,
        flow: Flow,
        meters: Meters,
        recovery: Recovery,
        build: Callable[["Owner"], "Work"],
    ) -> None:
        """`topics`: the stage's sources, without the namespace; `build`: makes the machine over the recovered rows."""
        self.partition = partition
        self.rows: Partition = TablePartition()
        self.positions: dict[str, int] = {}
        """For each source topic the next offset to read; what is before it has been taken."""
        self.committed: dict[str, int] = {}
        """The positions that this owner's transactions made durable, in the rows and for the group."""
        self.meter = OwnerMeter(meters, stage, partition, topics)
        self._config, self._stage, self._table, self._flow, self._build = config, stage, table, flow, build
        self._recovery = recovery
        self._names = {config.topic(topic): topic for topic in topics}
        self._tps = {TopicPartition(config.topic(topic), partition) for topic in topics}
        self._changelog = TopicPartition(config.changelog(table.name), partition)
        self._inbox: list[Run] = []
        self._inbox_records = 0
        self._wake = asyncio.Event()
        self._log = log.bind(stage=stage, partition=partition)
        self._transactions = TransactionLog(config, stage, partition)
        self._task: asyncio.Task[None] | None = None

    def start(self, on_crash: Callable[[BaseException], None]) -> None:
        """Begin in a task of its own (a rebalance must not wait for a recovery)."""
        self._task = asyncio.create_task(self._live(), name=f"{self._stage}-{self.partition}")

        def ended(task: asyncio.Task[None]) -> None:
            if not task.cancelled() and (error := task.exception()) is not None:
                on_crash(error)

        self._task.add_done_callback(ended)

    async def stop(self) -> None:
        """Give the partition up. What is in flight is aborted by the next owner's fence."""
        if self._task is not None:
            await ending.end(self._task)

    def deliver(self, run: Run) -> None:
        """Put a run into the inbox; never blocks."""
        self._inbox.append(run)
        self._inbox_records += len(run.records)
        if self._inbox_records > INBOX_FULL:
            self._flow.pause(self._tps)
        self._wake.set()

    def poke(self) -> None:
        """There is something to do that is not in the inbox: the spine moved."""
        self._wake.set()

    async def _live(self) -> None:
        try:
            while True:
                try:
                    await self._run_until_fenced()
                except NOT_GRANTED:
                    raise
                except TransactionalIdAuthorizationFailed as error:
                    mine = self._config.transactional_id(self._stage, self.partition)
                    raise IdNotGrantedError(self._config, mine) from error
                except KafkaError as error:
                    await self._give_up(error)
                except BrokenDiskError as error:
                    self.rows.discard()
                    await self._give_up(error)
        finally:
            self._let_go()
            await self._transactions.close()

    async def _give_up(self, error: Exception) -> None:
        """For a moment; then all begins anew."""
        self._log.warning("gave the partition up; takes it again", error=repr(error))
        self.meter.fenced(error)
        self._let_go()
        await self._transactions.close()
        await asyncio.sleep(REOPEN_DELAY)
        self._transactions = TransactionLog(self._config, self._stage, self.partition)

    def _let_go(self) -> None:
        self._table.drop(self.partition, self.rows)
        self.rows.close()

    async def _run_until_fenced(self) -> None:
        work = await self._open()
        while True:
            records = await self._accept(self._take_inbox())
            self.meter.begins(records)
            await work.take(records)
            if not work.holds_back():
                await self._commit(work)
            self.meter.rests()
            await rest(self._wake, work.due_in())

    async def _open(self) -> Work:
        """Fence first, then recover: in the other order a former owner's last transaction could be missed.

        The rows say how far they are, not the group: Kafka shows a transaction's rows before the coordinator shows its
        offsets, and aiokafka can't ask it to wait. So the group's offsets are for who asks after the lag; the first
        transaction sets them right, whatever they were.
        """
        self.meter.recovering()
        await self._transactions.fence()
        await faults.passing(Moment.FENCED, self._stage, self.partition, self.rows)
        begins = await self._recover()
        await faults.passing(Moment.RECOVERED, self._stage, self.partition, self.rows)
        self.positions = start_positions(orjson.loads(self.rows.get(POSITIONS, b"{}")), begins, self.partition)
        self.committed = {}
        self._table.hold(self.partition, self.rows)
        work = self._build(self)
        self._inbox.clear()
        self._inbox_records = 0
        await self._flow.seek_to(self._on_broker(self.positions))
        self._flow.resume(self._tps)
        self.meter.running(self.positions)
        self._log.info("owns the partition", rows=self.rows.about(), positions=self.positions)
        return work

    async def _recover(self) -> dict[str, int]:
        """Take the rows; where each source topic begins. Over a connection of its own, as Faust's is busy fetching."""
        async with reading(self._config) as consumer:
            self.rows = await self._recovery.rows(consumer, self._changelog)
            return await self._begins(consumer)

    async def _begins(self, consumer: AIOKafkaConsumer) -> dict[str, int]:
        begins = await consumer.beginning_offsets(list(self._tps))
        return {self._names[tp.topic]: offset for tp, offset in sorted(begins.items())}

    async def _misses(self, tp: TopicPartition, start: int) -> bool:
        """Whether there are records between our position and `start`: what was aborted, and markers, are none.

        Faust's consumer can't be asked: after a seek it may not know where it began. Raises LostRecordsError.
        """
        async with reading(self._config) as consumer:
            check_begins(self.positions, await self._begins(consumer), self.partition)
            return await any_between(consumer, tp, self.positions[self._names[tp.topic]], start)

    def _take_inbox(self) -> list[Run]:
        runs, self._inbox, self._inbox_records = self._inbox, [], 0
        self._wake.clear()
        self._flow.resume(self._tps)
        return runs

    async def _accept(self, runs: list[Run]) -> dict[str, Records]:
        """The new records, by topic.

        Faust seeks at each rebalance, and drops what it has not handed over: what is known already is dropped, and
        where records were skipped they are fetched again.
        """
        new: dict[str, Records] = {}
        for tp, start, end, records in runs:
            topic = self._names[tp.topic]
            position = self.positions[topic]
            if start > position and await self._misses(TopicPartition(*tp), start):
                self._log.info("fetches skipped records again", topic=tp.topic, position=position, skipped_to=start)
                await self._flow.seek_to({TopicPartition(*tp): position})
            elif end > position:
                fresh = records if start >= position else [record for record in records if record.offset >= position]
                if fresh:
                    new.setdefault(topic, []).extend(fresh)
                self.positions[topic] = end
        return new

    async def _commit(self, work: Work) -> None:
        offsets = {topic: at for topic, at in self.positions.items() if at != self.committed.get(topic)}
        if offsets:
            self.rows[POSITIONS] = orjson.dumps(self.positions)
        outputs, changes = work.outputs(), self.rows.drain()
        if not outputs and not changes and not offsets:
            return
        changed = {self._changelog: changes} if changes else {}
        began, at = elapsed(), now()
        ends = await self._transactions.commit(changed, outputs, self._on_broker(offsets))
        self.rows.keep(ends.get(self._changelog), at)
        self.committed.update(offsets)
        self.meter.committed(self.positions, outputs, len(changes), elapsed() - began)
        work.committed()

    def _on_broker(self, positions: Mapping[str, int]) -> dict[TopicPartition, int]:
        return {TopicPartition(self._config.topic(topic), self.partition): at for topic, at in positions.items()}
