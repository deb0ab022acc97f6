"""Takes one protection away from a worker before it starts, so that tests see what it is good for.

Five more don't: they make happen at once what Faust does now and then, hand over runs twice, with a hole, without a
word of what was aborted before them, or to who hasn't read the spine yet; or let a worker hang at its end.
"""

import asyncio
import os
from collections.abc import Callable, Mapping
from typing import Any

import faust
from faust.transport.drivers.aiokafka import AIOKafkaConsumerThread

from agents import clients
from agents.config import EngineConfig
from agents.disk import DiskPartition
from agents.lane import LaneThread, Records, Run
from agents.owner import Owner, Work
from agents.spine import SpineReader
from agents.transaction import TransactionLog
from service_goals import run_worker

LATE = 3.0
"""Seconds; partitions are assigned and recovered in less."""


def transactional_id_of_the_worker() -> None:
    """Each worker has ids of its own: who takes a partition fences nobody."""
    shared = EngineConfig.transactional_id

    def own(config: EngineConfig, stage: str, partition: int) -> str:
        return f"{shared(config, stage, partition)}-{os.getpid()}"

    _put(EngineConfig, "transactional_id", own)


def recover_before_fence() -> None:
    """The rows are read while a former owner can still write."""
    fence, recover = TransactionLog.fence, Owner._open

    async def not_yet(_: TransactionLog) -> None:
        """Later."""

    async def fence_last(owner: Owner) -> Work:
        work = await recover(owner)
        await fence(owner._transactions)
        return work

    _put(TransactionLog, "fence", not_yet)
    _put(Owner, "_open", fence_last)


def count_replays() -> None:
    """Records before the position are taken again."""

    async def accept(owner: Owner, runs: list[Run]) -> dict[str, Records]:
        return _accept(owner, runs)

    _put(Owner, "_accept", accept)


def count_on_after_gaps() -> None:
    """A run that begins behind the position is taken as if nothing were missing."""

    async def accept(owner: Owner, runs: list[Run]) -> dict[str, Records]:
        return _accept(owner, [run for run in runs if run.end > owner.positions[owner._names[run.tp.topic]]])

    _put(Owner, "_accept", accept)


def let_faust_commit() -> None:
    """Faust acknowledges a run once its agent has it."""
    declare = faust.App.topic

    def acknowledged(app: faust.App, *names: str, **arguments: Any) -> Any:
        return declare(app, *names, **{name: value for name, value in arguments.items() if name != "acks"})

    _put(faust.App, "topic", acknowledged)


def read_uncommitted_sources() -> None:
    """The lane reads what transactions wrote that are not committed, or never were."""
    _put(LaneThread, "_create_worker_consumer", AIOKafkaConsumerThread._create_worker_consumer)


def recover_uncommitted_rows() -> None:
    """So do the readers of changelogs and spine."""
    make = clients.consumer

    def uncommitted(config: EngineConfig, **arguments: Any) -> Any:
        return make(config, **(arguments | {"isolation_level": "read_uncommitted"}))

    _put(clients, "consumer", uncommitted)


def store_before_commit() -> None:
    """What a run changed goes to disk before its transaction is committed."""
    drain = DiskPartition.drain

    def stored(rows: DiskPartition) -> list[tuple[bytes, bytes | None]]:
        changes = drain(rows)
        rows.fill(changes)
        return changes

    _put(DiskPartition, "drain", stored)


def hand_over_twice() -> None:
    """Faust fetches again what it had fetched: it seeks at each rebalance."""
    deliver = Owner.deliver

    def twice(owner: Owner, run: Run) -> None:
        deliver(owner, run)
        deliver(owner, run)

    _put(Owner, "deliver", twice)


def skip_the_first() -> None:
    """The first record of each source partition is lost on the way: Faust drops what it fetched before a rebalance."""
    take, seen = Owner._take_inbox, set()

    def with_a_hole(owner: Owner) -> list[Run]:
        runs = take(owner)
        for at, run in enumerate(runs):
            if run.records and run.tp not in seen:
                seen.add(run.tp)
                runs[at] = run._replace(start=run.records[0].offset + 1, records=run.records[1:])
        return runs

    _put(Owner, "_take_inbox", with_a_hole)


def begin_with_records() -> None:
    """After a seek aiokafka doesn't always know where a run began: then the lane says where its first record is."""
    take = Owner._take_inbox

    def from_the_first(owner: Owner) -> list[Run]:
        return [run._replace(start=run.records[0].offset) if run.records else run for run in take(owner)]

    _put(Owner, "_take_inbox", from_the_first)


def read_the_spine_late() -> None:
    """On a busy machine Faust assigns partitions before it has started what reads the spine."""
    start = SpineReader.on_start

    async def late(spine: SpineReader) -> None:
        await asyncio.sleep(LATE)
        await start(spine)

    _put(SpineReader, "on_start", late)


def never_end() -> None:
    """A partition is never given up, and the worker has little patience."""

    async def stop(_: Owner) -> None:
        await asyncio.Event().wait()

    _put(Owner, "stop", stop)
    _put(run_worker, "STOP_PATIENCE", 1.0)


def nothing() -> None:
    """All protections stay."""


def _accept(owner: Owner, runs: list[Run]) -> dict[str, Records]:
    new: dict[str, Records] = {}
    for tp, _, end, records in runs:
        topic = owner._names[tp.topic]
        new.setdefault(topic, []).extend(records)
        owner.positions[topic] = end
    return new


def _put(where: Any, name: str, value: Any) -> None:
    setattr(where, name, value)


PATCHES: Mapping[str, Callable[[], None]] = {
    patch.__name__: patch
    for patch in (
        nothing,
        transactional_id_of_the_worker,
        recover_before_fence,
        count_replays,
        count_on_after_gaps,
        let_faust_commit,
        read_uncommitted_sources,
        recover_uncommitted_rows,
        store_before_commit,
        hand_over_twice,
        skip_the_first,
        begin_with_records,
        read_the_spine_late,
        never_end,
    )
}
