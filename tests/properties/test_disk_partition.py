"""A table partition on disk is a dict whose disk is what was committed, whatever dies in between."""

import shutil
import tempfile
from pathlib import Path

import pytest
from hypothesis import settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, invariant, rule

from agents.disk import DiskPartition, Mark, Memory

KEYS = st.sampled_from([b"\0applied", b"t1", b"t2", b"t23", b"\xfe"])
VALUES = st.binary(max_size=3)
MEMORY = Memory.of(8)


class DiskMachine(RuleBasedStateMachine):
    """A disk beside a dict; and what of the dict was committed."""

    def __init__(self) -> None:
        super().__init__()
        self.place = Path(tempfile.mkdtemp())
        self.disk = DiskPartition(self.place / "disk", MEMORY)
        self.rows: dict[bytes, bytes] = {}
        self.committed: dict[bytes, bytes] = {}
        self.offset = 0

    @initialize(rows=st.dictionaries(KEYS, VALUES))
    def recover(self, rows: dict[bytes, bytes]) -> None:
        """The rows come from a changelog that deletes, too, and says each key twice."""
        self.disk.fill((key, b"old") for key in [*rows, b"gone"])
        self.disk.fill([(b"gone", None), *rows.items()])
        self.disk.filled(Mark("topic", 0, 0))
        self.rows, self.committed = dict(rows), dict(rows)

    @rule(key=KEYS, value=VALUES)
    def put(self, key: bytes, value: bytes) -> None:
        self.disk[key] = self.rows[key] = value

    @rule(key=KEYS)
    def delete(self, key: bytes) -> None:
        if key in self.rows:
            del self.rows[key], self.disk[key]
        else:
            with pytest.raises(KeyError):
                del self.disk[key]

    @rule(key=KEYS)
    def pop(self, key: bytes) -> None:
        assert self.disk.pop(key, b"none") == self.rows.pop(key, b"none")

    @rule(key=KEYS)
    def look_up(self, key: bytes) -> None:
        assert self.disk.get(key) == self.rows.get(key)
        assert (key in self.disk) == (key in self.rows)

    @rule()
    def commit(self) -> None:
        """What changed is drained, and once it is committed the disk has it."""
        changed = {key: self.rows.get(key) for key, _ in self.rows.items() ^ self.committed.items()}
        assert changed.items() <= dict(self.disk.drain()).items()
        self.offset += 1
        self.disk.keep(self.offset, at=0)
        self.committed = dict(self.rows)
        assert self.disk.drain() == []

    @rule()
    def abort(self) -> None:
        """The partition is thrown away; who opens it finds what was committed."""
        self.disk.close()
        self.disk = DiskPartition(self.place / "disk", MEMORY)
        self.rows = dict(self.committed)

    @rule()
    def die(self) -> None:
        """As the files are at any moment, so another process finds them."""
        copy = self.place / "copy"
        shutil.copytree(self.place / "disk", copy)
        self.check(disk := DiskPartition(copy, MEMORY), self.committed)
        disk.discard()

    @invariant()
    def equal(self) -> None:
        """To the dict."""
        self.check(self.disk, self.rows)

    def check(self, disk: DiskPartition, rows: dict[bytes, bytes]) -> None:
        assert sorted(disk.items()) == sorted(rows.items())
        assert sorted(disk) == sorted(rows)
        assert len(disk) == len(rows)
        assert disk.mark == Mark("topic", self.offset, 0)

    def teardown(self) -> None:
        self.disk.close()
        shutil.rmtree(self.place)


DiskMachine.TestCase.settings = settings(max_examples=12, stateful_step_count=20)
TestDiskPartition = DiskMachine.TestCase
