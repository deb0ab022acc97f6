"""What the shell hands to the state machines, and what they hand back to be written."""

from dataclasses import dataclass
from typing import NamedTuple, Protocol


class Record(Protocol):
    """A record as read from one topic partition (aiokafka's `ConsumerRecord` is one)."""

    @property
    def partition(self) -> int:
        """The partition it was read from."""

    @property
    def offset(self) -> int:
        """Its offset there."""

    @property
    def timestamp(self) -> int:
        """Milliseconds since the epoch, as the topic stamps it."""

    @property
    def key(self) -> bytes | None:
        """The raw key."""

    @property
    def value(self) -> bytes | None:
        """The raw value."""


@dataclass(frozen=True, slots=True)
class Unpublished:
    """What a command will be as a record, for the judge."""

    key: bytes
    value: bytes | None
    partition: int = 0
    offset: int = 0
    timestamp: int = 0


def reject_headers(topic: str, record: Record, reason: str) -> tuple[tuple[str, bytes], ...]:
    """The headers of a rejected record or command (SPEC 2.1): why, and where it was; `topic` without the namespace."""
    texts = {"reason": reason, "topic": topic, "partition": str(record.partition), "offset": str(record.offset)}
    return tuple((name, text.encode()) for name, text in texts.items())


class Output(NamedTuple):
    """A record to be written in the transaction of the run that caused it."""

    topic: str
    """Without the namespace."""
    key: bytes | None
    value: bytes | None
    partition: int | None = None
    """None: by Kafka's default murmur2 of the key."""
    headers: tuple[tuple[str, bytes], ...] = ()
    timestamp: int | None = None
    """Milliseconds; None: now."""
