"""The input of the recomputation, as plain values: ticket records, accepted control entries, cuts."""

from collections.abc import Iterable, Mapping, Sequence
from typing import Any, NamedTuple

TICKET_TOPICS = ("ticket-created", "ticket-responded", "ticket-closed", "ticket-reopened", "ticket-deleted")
CONTROL_ACCEPTED = "control-accepted"

Entry = dict[str, Any]
Accepted = Sequence[tuple[int, Entry]]
"""The accepted control entries in order: (offset, {"topic", "key", "value", "at"}); a null value is a delete."""

Cut = Mapping[str, Sequence[int]]
"""For each topic (without namespace) one offset per partition: every record before it is in, none after it."""

Result = dict[str, Any]
"""A milestone result or live status: the JSON fields of SPEC 6."""


class Record(NamedTuple):
    """One record of a ticket topic, as it lies in Kafka (topic without namespace)."""

    topic: str
    partition: int
    offset: int
    timestamp_ms: int
    key: bytes | None
    value: bytes | None


def within(records: Iterable[Record], cut: Cut) -> list[Record]:
    """The records before the cut."""
    return [record for record in records if record.offset < cut[record.topic][record.partition]]


def ends(records: Iterable[Record], partitions: int) -> dict[str, list[int]]:
    """The cut that takes in every one of the records."""
    cut = {topic: [0] * partitions for topic in TICKET_TOPICS}
    for record in records:
        cut[record.topic][record.partition] = max(cut[record.topic][record.partition], record.offset + 1)
    return cut
