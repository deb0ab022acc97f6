"""What is recovered from disk and changelog is what the changelog stands for; a disk that proves nothing is no help."""

import shutil
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from pathlib import Path

import msgspec
import pytest
from aiokafka import TopicPartition
from structlog.testing import capture_logs

from agents import recovery
from agents.changelog import reading
from agents.clock import now
from agents.config import EngineConfig
from agents.disk import DiskPartition, Memory
from agents.recovery import Recovery
from agents.tables import Partition, TablePartition
from agents.topics import ensure_topics
from agents.transaction import TransactionLog

Rows = dict[bytes, bytes]
Changes = dict[bytes, bytes | None]
FIRST: Changes = {b"a": b"1", b"b": b"1", b"gone": b"1"}
SECOND: Changes = {b"b": b"2", b"gone": None}


class Owner:
    """Fences, recovers and commits as an owner does, in a namespace and a data directory."""

    def __init__(self, broker: str, namespace: str, tables_dir: Path | None) -> None:
        self.config = EngineConfig(broker, namespace, partitions=1, tables_dir=tables_dir)
        self.tp = TopicPartition(self.config.changelog("tickets"), 0)
        self.rows: Partition = TablePartition()
        self.read = 0
        """Records of the changelog, in the last recovery from disk."""
        self.why = ""
        """Its disk was filled anew."""

    @asynccontextmanager
    async def owning(self) -> AsyncIterator[TransactionLog]:
        """The partition, with its rows."""
        transactions = TransactionLog(self.config, "tickets", 0)
        try:
            await transactions.fence()
            async with reading(self.config) as consumer:
                with capture_logs() as logs:
                    self.rows = await Recovery(self.config).rows(consumer, self.tp)
            self.why = next((each["reason"] for each in logs if "anew" in each["event"]), "")
            self.read = sum(each.get("read", 0) for each in logs)
            yield transactions
        finally:
            self.rows.close()
            await transactions.close()

    async def run(self, changes: Changes) -> Rows:
        """A run that changes these rows; what the rows are then."""
        async with self.owning() as transactions:
            at = now()
            for key, value in changes.items():
                if value is None:
                    del self.rows[key]
                else:
                    self.rows[key] = value
            ends = await transactions.commit({self.tp: self.rows.drain()}, [], {})
            self.rows.keep(ends[self.tp], at)
            return dict(self.rows.items())

    async def recovered(self) -> Rows:
        """The rows as another recovery finds them."""
        async with self.owning():
            return dict(self.rows.items())


@pytest.fixture
async def owner(kafka: str, namespace: str, tmp_path: Path) -> Owner:
    """With a disk that has what it committed first."""
    owner = await made(kafka, namespace, tmp_path)
    assert await owner.run(FIRST) == FIRST
    return owner


async def made(broker: str, namespace: str, tables_dir: Path) -> Owner:
    owner = Owner(broker, namespace, tables_dir)
    await ensure_topics(owner.config)
    return owner


async def test_a_disk_needs_only_what_it_does_not_have(owner: Owner) -> None:
    assert await owner.recovered() == FIRST
    assert (owner.read, owner.why) == (0, "")
    elsewhere = Owner(owner.config.broker, owner.config.namespace, None)
    assert await elsewhere.run(SECOND) == {b"a": b"1", b"b": b"2"}
    assert await owner.recovered() == {b"a": b"1", b"b": b"2"}
    assert (owner.read, owner.why) == (2, "")


async def test_what_was_not_committed_is_not_recovered(owner: Owner) -> None:
    async with owner.owning() as transactions:
        owner.rows[b"a"] = b"never"
        await transactions._producer.begin_transaction()
        await transactions._producer.send_and_wait(owner.tp.topic, b"never", b"a", 0)
    assert await owner.recovered() == FIRST
    assert owner.read == 0


async def another_topic(owner: Owner) -> None:
    """Of the same name, as when someone has deleted and made it anew: here under another namespace."""
    other = await made(owner.config.broker, owner.config.namespace + "b", disk_of(owner).parents[1] / "b")
    await other.run({b"other": b"1"})
    shutil.rmtree(disk_of(owner))
    shutil.copytree(disk_of(other), disk_of(owner))


async def another_format(owner: Owner) -> None:
    await marked(owner, format=0)


async def a_changelog_that_lost_its_end(owner: Owner) -> None:
    await marked(owner, offset=1_000)


async def years(owner: Owner) -> None:
    await marked(owner, at=0)
    await Owner(owner.config.broker, owner.config.namespace, None).run(SECOND)


@pytest.mark.parametrize(
    ("befalls", "why"),
    [
        (another_topic, "another topic"),
        (another_format, "another version"),
        (a_changelog_that_lost_its_end, "as of offset 1000"),
        (years, "h ago"),
    ],
)
async def test_a_disk_that_proves_nothing_is_filled_anew(
    owner: Owner, befalls: Callable[[Owner], Awaitable[None]], why: str
) -> None:
    await befalls(owner)
    assert await owner.recovered() == await Owner(owner.config.broker, owner.config.namespace, None).recovered()
    assert why in owner.why
    assert owner.read > 0


async def test_a_damaged_disk_is_filled_anew(owner: Owner) -> None:
    for file in disk_of(owner).glob("MANIFEST-*"):
        file.write_bytes(b"\xff" * 1_000)
    assert await owner.recovered() == FIRST
    assert owner.read == len(FIRST)


async def test_a_disk_that_another_owner_has_is_left_alone(owner: Owner, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(recovery, "LOCK_LOOKS", 1)
    holder = DiskPartition(disk_of(owner), Memory.of(8))
    assert await owner.run(SECOND) == {b"a": b"1", b"b": b"2"}
    assert isinstance(owner.rows, TablePartition)
    holder.close()
    assert await owner.recovered() == {b"a": b"1", b"b": b"2"}
    assert owner.read == 2


async def marked(owner: Owner, **changed: int) -> None:
    """The disk says something else about itself."""
    disk = DiskPartition(disk_of(owner), Memory.of(8))
    assert disk.mark is not None
    disk.filled(msgspec.structs.replace(disk.mark, **changed))
    disk.close()


def disk_of(owner: Owner) -> Path:
    assert owner.config.tables_dir is not None
    return owner.config.tables_dir / owner.config.group / "tickets-changelog-0"
