"""A stage: a Faust agent over co-partitioned topics and a table, with an owner for each partition assigned to us."""

import asyncio
from abc import ABC, abstractmethod
from collections.abc import AsyncIterable, Iterable
from typing import Any

import faust
from aiokafka import TopicPartition
from faust.types import TP

from agents.attendance import Attendance
from agents.config import EngineConfig
from agents.lane import LaneConsumer, PassThrough, Run
from agents.monitor.meters import Meters
from agents.owner import Owner, Work
from agents.recovery import Recovery
from agents.spine import SpineReader
from agents.tables import PartitionedTable


class Stage(ABC):
    """What the three stages share; a subclass says what it reads and what its machine does.

    Faust's `isolated_partitions` would give each topic partition an actor of its own; a stage needs one owner for the
    same partition of all its topics, so its one agent hands the runs to owners (docs/decisions/0004).
    """

    name: str
    topics: tuple[str, ...]

    def __init__(
        self,
        app: faust.App,
        config: EngineConfig,
        spine: SpineReader,
        meters: Meters,
        recovery: Recovery,
        partitions: int,
    ) -> None:
        self.app, self.config, self.spine, self.meters, self.partitions = app, config, spine, meters, partitions
        self._recovery = recovery
        self.joined = False
        """The group has told this worker which partitions are its own; maybe none."""
        self.owners: dict[int, Owner] = {}
        self._attendance = Attendance()
        self._closing: set[asyncio.Task[None]] = set()
        self._names = {config.topic(topic) for topic in self.topics}
        changelog = app.topic(config.changelog(self.name), key_type=bytes, value_type=bytes, partitions=partitions)
        self.table = PartitionedTable(app, name=self.name, partitions=partitions, changelog_topic=changelog)
        app.tables.add(self.table)
        sources = app.topic(*sorted(self._names), schema=PassThrough(), acks=False)
        app.agent(sources, name=f"{config.prefix}{self.name}")(self._agent)
        assigned: Any = self._on_assigned
        app.on_partitions_assigned.connect(assigned, weak=False)

    @abstractmethod
    def build(self, owner: Owner) -> Work:
        """The stage's work on one partition, over the owner's recovered rows and positions."""

    def poke(self) -> None:
        """The spine moved: every partition walks along it, whether or not it has records."""
        for owner in self.owners.values():
            owner.poke()

    @property
    def consumer(self) -> LaneConsumer:
        """Faust's consumer, with the lane."""
        consumer: Any = self.app.consumer
        lane: LaneConsumer = consumer
        return lane

    async def _agent(self, runs: AsyncIterable[Run]) -> None:
        async for run in runs:
            if owner := self.owners.get(run.tp.partition):
                owner.deliver(run)

    async def _on_assigned(self, app: faust.App, assigned: set[TP], **_: object) -> None:
        mine = {tp.partition for tp in assigned if tp.topic in self._names}
        kept = set() if self._attendance.missed(app.consumer_generation_id) else mine
        self._close(self.owners.keys() - kept)
        for partition in sorted(mine - self.owners.keys()):
            self.owners[partition] = owner = self._owner(partition)
            owner.start(on_crash=self._crash)
        self.joined = True

    def _owner(self, partition: int) -> Owner:
        parts = self.table, self.consumer, self.meters, self._recovery, self.build
        return Owner(self.config, self.name, partition, self.topics, *parts)

    def _close(self, partitions: Iterable[int]) -> None:
        for partition in sorted(partitions):
            self._keep(asyncio.create_task(self.owners.pop(partition).stop()))

    async def close(self) -> None:
        """Give up every partition."""
        self._close(list(self.owners))
        await asyncio.gather(*self._closing)

    def _crash(self, error: BaseException) -> None:
        """When in doubt, exit: the process is started again and recovers."""
        self._keep(asyncio.ensure_future(self.app.crash(error)))

    def _keep(self, task: asyncio.Task[None]) -> None:
        """Hold a task until it is done: the loop itself doesn't."""
        self._closing.add(task)
        task.add_done_callback(self._closing.discard)

    def source(self, topic: str, partition: int) -> TopicPartition:
        """A source partition as Kafka knows it."""
        return TopicPartition(self.config.topic(topic), partition)
