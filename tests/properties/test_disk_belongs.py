"""A disk without a doubt, with the rest of the changelog read onto it, is what the changelog stands for.

Whoever else wrote meanwhile, whatever compaction took away, however old the disk is and wherever a filling broke off.
"""

from typing import NamedTuple

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from agents.belonging import doubt
from agents.disk import Mark
from agents.topic_facts import TopicFacts

RETENTION = 100
FACTS = TopicFacts("this", RETENTION)
KEYS = st.sampled_from([b"a", b"b"])
VALUES = st.sampled_from([None, b"1", b"2"])


class Entry(NamedTuple):
    """A record of the changelog."""

    offset: int
    key: bytes
    value: bytes | None
    at: int


class World:
    """A changelog, compacted now and then, what it stands for, and a disk."""

    def __init__(self, skew: int) -> None:
        self.log: list[Entry] = []
        self.end = 0
        self.truth: dict[bytes, bytes] = {}
        self.disk: dict[bytes, bytes] = {}
        self.mark: Mark | None = None
        self.owned = False
        """By the worker with the disk."""
        self.now = 1_000
        self.skew = skew
        """How far the broker's clock is ahead of the worker's."""

    def write(self, key: bytes, value: bytes | None) -> None:
        """A transaction of whoever owns the partition; its marker takes an offset."""
        before = self.now
        self.log.append(Entry(self.end, key, value, self.now + self.skew))
        apply(self.truth, key, value)
        self.end += 2
        if self.owned and self.mark:
            apply(self.disk, key, value)
            self.mark = Mark(self.mark.topic_id, self.end - 1, before)

    def another(self, key: bytes, value: bytes | None) -> None:
        """Takes the partition over and writes."""
        self.owned = False
        self.write(key, value)

    def compact(self, after: int, kept: int) -> None:
        """All but the last `kept` offsets, when so much time has passed."""
        self.now += after
        last = {entry.key: entry.offset for entry in self.log}
        closed = [entry for entry in self.log if entry.offset < self.end - kept]
        for entry in closed:
            expired = entry.value is None and entry.at + RETENTION <= self.now + self.skew
            if entry.offset < last[entry.key] or expired:
                self.log.remove(entry)

    def recover(self, until: int | None = None) -> None:
        """The worker takes the partition; it may die after `until` records."""
        if doubt(self.mark, FACTS, 0, self.end, self.now):
            self.disk, self.mark = {}, None
        start = self.mark.offset if self.mark else 0
        for entry in [entry for entry in self.log if entry.offset >= start][:until]:
            apply(self.disk, entry.key, entry.value)
        self.owned = until is None
        if self.owned:
            self.mark = Mark(FACTS.topic_id, self.end, self.now)
            assert self.disk == self.truth


def apply(rows: dict[bytes, bytes], key: bytes, value: bytes | None) -> None:
    if value is None:
        rows.pop(key, None)
    else:
        rows[key] = value


STEPS = st.one_of(
    st.tuples(st.just(World.write), KEYS, VALUES),
    st.tuples(st.just(World.another), KEYS, VALUES),
    st.tuples(st.just(World.compact), st.sampled_from([0, RETENTION // 2, RETENTION]), st.sampled_from([0, 1, 5])),
    st.tuples(st.just(World.recover), st.sampled_from([None, None, 0, 1, 2])),
)


@settings(max_examples=300)
@given(st.lists(STEPS, max_size=16), st.integers(-RETENTION // 2, RETENTION // 2))
def test_a_disk_without_a_doubt_is_right(steps: list[tuple[object, ...]], skew: int) -> None:
    world = World(skew)
    for step, *arguments in steps:
        step(world, *arguments)  # type: ignore[operator]
    world.recover()


@pytest.mark.parametrize(
    ("mark", "doubted"),
    [
        (None, True),
        (Mark("other", 5, 0), True),
        (Mark("this", 2, 0), True),
        (Mark("this", 11, 0), True),
        (Mark("this", 5, 0), False),
        (Mark("this", 5, -51), True),
        (Mark("this", 5, 51), True),
        (Mark("this", 9, -51), False),
        (Mark("this", 10, -51), False),
    ],
)
def test_what_is_not_proven_is_doubted(mark: Mark | None, doubted: bool) -> None:
    assert bool(doubt(mark, FACTS, begin=3, end=10, now=0)) == doubted
