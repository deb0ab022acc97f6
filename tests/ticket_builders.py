"""Ticket records, spines and sums of contributions, as the tests of the tickets stage need them."""

import json
from collections.abc import Iterable, Iterator
from datetime import date
from typing import Any, NamedTuple

from schemas.contributions import CellKey, Change, Contributions, Tick, decode_message
from schemas.control import Command, Entry, SnapshotRequest
from schemas.instants import format_instant, parse_instant
from schemas.records import Output
from schemas.topics import CONTRIBUTIONS, TICKET_CREATED
from streams.spine import Spine
from streams.tickets import Tickets

NEW_YEAR = 1_767_225_600_000
"""2026-01-01T00:00:00Z."""
MINUTE, HOUR, DAY = 60_000, 3_600_000, 86_400_000
YEARS_LATER = NEW_YEAR + 400_000 * HOUR
"""A timestamp that nothing in the tests is a day after."""

Sums = dict[CellKey, tuple[int, int, int, dict[int, int]]]


class Raw(NamedTuple):
    """A record as read from Kafka."""

    partition: int
    offset: int
    timestamp: int
    key: bytes | None
    value: bytes | None


def ms(text: str) -> int:
    return parse_instant(text)


def record(
    ticket_id: str = "T-1",
    at: int | str = NEW_YEAR,
    *,
    event_id: str = "e",
    user: str | None = None,
    team: str | None = None,
    pipeline: str | None = "support",
    attributes: dict[str, Any] | None = None,
    offset: int = 0,
    timestamp: int = YEARS_LATER,
    **others: Any,
) -> Raw:
    """A valid record of a ticket topic; `others` are further fields."""
    fields = {
        "event_id": event_id,
        "ticket_id": ticket_id,
        "occurred_at": at if isinstance(at, str) else format_instant(at),
        "user_id": user,
        "team_id": team,
        "pipeline_id": pipeline,
        "attributes": attributes,
    }
    value = json.dumps(fields | others, ensure_ascii=False).encode()
    return Raw(0, offset, timestamp, ticket_id.encode(), value)


def partition_of(key: bytes) -> int:
    """A partitioner for two partitions."""
    return sum(key) % 2


def machine(
    table: dict[bytes, bytes] | None = None, positions: dict[str, int] | None = None, partition: int = 0
) -> Tickets:
    """Partition `partition` of two."""
    return Tickets({} if table is None else table, partition, 2, partition_of, positions or {})


def spine(*commands: tuple[str, str, Command | None]) -> Spine:
    """Entries at offsets 0, 2, 4, …: a transaction marker lies between them."""
    result = Spine()
    extend(result, *commands)
    return result


def extend(grown: Spine, *commands: tuple[str, str, Command | None]) -> None:
    for topic, key, command in commands:
        grown.append(Entry(len(grown.entries) * 2, topic, key, command, NEW_YEAR))


def snapshot(
    as_of: str = "2026-02-01", least_cut: dict[str, tuple[int, ...]] | None = None
) -> tuple[str, str, Command | None]:
    return "snapshot-requests", as_of, SnapshotRequest(date.fromisoformat(as_of), least_cut or {})


def run(tickets: Tickets, along: Spine, topic: str = TICKET_CREATED, *records: Raw) -> list[Output]:
    """What the shell does for one run."""
    tickets.receive(topic, records)
    for _ in tickets.advance(along):
        pass
    return tickets.outputs()


def contributions(outputs: Iterable[Output]) -> Iterator[tuple[int | None, Contributions]]:
    """The contributions among the outputs, with the partitions that they go to."""
    for output in outputs:
        if output.topic == CONTRIBUTIONS and output.value is not None:
            message = decode_message(output.value)
            if isinstance(message, Contributions):
                yield output.partition, message


def ticks(outputs: Iterable[Output]) -> list[tuple[int | None, Tick]]:
    messages = [(o.partition, decode_message(o.value)) for o in outputs if o.topic == CONTRIBUTIONS and o.value]
    return [(partition, message) for partition, message in messages if isinstance(message, Tick)]


def sums(outputs: Iterable[Output]) -> Sums:
    """What all contributions add up to, without empty cells."""
    added: Sums = {}
    for _, message in contributions(outputs):
        for key, change in message.changes:
            add(added, CellKey(*key), change)
    return {key: cell for key, cell in added.items() if cell != (0, 0, 0, {})}


def add(added: Sums, key: CellKey, change: Change) -> None:
    count, total, within, values = added.get(key, (0, 0, 0, {}))
    merged = {value: values.get(value, 0) + change.values.get(value, 0) for value in values.keys() | change.values}
    added[key] = (
        count + change.count,
        total + change.sum,
        within + change.within,
        {value: times for value, times in merged.items() if times},
    )
