"""Rejected records as they lie in `ticket-events-rejected` and `control-rejected` (SPEC 2.1, 2.2): decoded again."""

import re
from collections.abc import Sequence
from typing import Final, NamedTuple, Protocol

from schemas.records import Record

_INDEX: Final = re.compile(r"\[\d+\]")
_LONGEST_KIND: Final = 60
EXPIRED: Final = "expired"
"""The kind of what is right, but happened before all that is kept (`keep_days` of the account)."""

Headers = Sequence[tuple[str, bytes]]


class RejectRecord(Record, Protocol):
    """A record with headers, as read from a topic of rejects."""

    @property
    def headers(self) -> Headers:
        """`reason`, `topic`, `partition`, `offset`."""


class Reject(NamedTuple):
    """What was rejected: why, where it came from, and the record byte for byte."""

    partition: int
    """Where it lies in the topic of rejects."""
    offset: int
    timestamp: int
    """Milliseconds: of the rejected ticket event itself, or of the verdict if that was earlier or is of a command."""
    reason: str
    topic: str
    """Where it came from, without the namespace."""
    source_partition: str
    source_offset: str
    key: bytes | None
    value: bytes | None

    @property
    def id(self) -> str:
        """`PARTITION:OFFSET` in the topic of rejects."""
        return f"{self.partition}:{self.offset}"


def decode_reject(record: RejectRecord) -> Reject:
    """The reject in a record. A header that is missing is empty: others may have written there."""
    told = {name: value.decode(errors="replace") for name, value in record.headers}
    reason, topic, partition, offset = (told.get(name, "") for name in ("reason", "topic", "partition", "offset"))
    lies = record.partition, record.offset, record.timestamp
    return Reject(*lies, reason, topic, partition, offset, record.key, record.value)


def reason_of(headers: Headers) -> str:
    """Why a record was rejected."""
    return next((value.decode(errors="replace") for name, value in headers if name == "reason"), "")


def kind_of(reason: str) -> str:
    """What reasons are grouped by, the field at fault: of `attributes.vip: …` `attributes`, of `a[3].b: …` `a[].b`."""
    field = _INDEX.sub("[]", reason.partition(": ")[0])
    return "attributes" if field.startswith("attributes.") else field[:_LONGEST_KIND]
