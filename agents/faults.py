"""The moments at which it matters whether a process dies or falls asleep. Here nothing happens at them.

Each is passed once a run, or rarer. The fault suite (tests/faults) puts something else in the place of `passing` before
it starts a worker; no setting of the program does.
"""

from collections.abc import Mapping
from enum import StrEnum
from typing import Any


class Moment(StrEnum):
    """Where an owner is, on its way from taking a partition to committing a run."""

    FENCED = "fenced"
    """Nobody else can write; the rows are not read yet."""
    RECOVERED = "recovered"
    """The rows are read; nothing was built on them yet."""
    SCANNING = "scanning"
    """In the middle of crediting all rows anew."""
    HELD_UP = "held-up"
    """A snapshot request waits: in the tickets stage for its cut, in the contributors stage for ticks."""
    BEGUN = "begun"
    """The transaction has begun; nothing is sent."""
    SENDING = "sending"
    """A part of the sends is on its way; passed after each partition's."""
    SENT = "sent"
    """Everything is on the broker, offsets too; not committed."""
    COMMITTED = "committed"
    """The transaction is committed; its owner has not noted it yet."""


async def passing(moment: Moment, stage: str, partition: int, rows: Mapping[Any, Any]) -> None:
    """Nothing. `rows`: those of the partition; within a transaction what it writes, by topic and partition."""
