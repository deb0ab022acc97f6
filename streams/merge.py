"""Merging events into a ticket's row (SPEC 3).

The law: merging is commutative, associative and idempotent, so neither order nor repetition changes the outcome. Each
register keeps the least or the greatest of what it has seen, in the total order of stamps.
"""

import json
from collections.abc import Callable, Iterable
from typing import Any, Final

from msgspec.structs import replace

from schemas.events import Stamp, TicketEvent
from schemas.measures import Scalar
from schemas.rows import Groups, Row, pack_attributes, unpack_attributes
from schemas.topics import TICKET_CLOSED, TICKET_CREATED, TICKET_DELETED, TICKET_REOPENED, TICKET_RESPONDED


def merge(row: Row | None, topic: str, events: Iterable[TicketEvent]) -> Row:
    """The row with these events of one topic in it; the given row stays as it is."""
    merged = Row() if row is None else replace(row)
    register = _REGISTERS[topic]
    for event in events:
        stamp = event.stamp
        register(merged, stamp)
        if stamp[5] and (merged.pipeline is None or stamp > merged.pipeline):
            merged.pipeline = stamp
        if event.attributes:
            groups = _merge_attributes(unpack_attributes(merged), stamp, event.attributes)
            merged.packed_attributes = pack_attributes(groups)
    return merged


def _created(row: Row, stamp: Stamp) -> None:
    if row.created is None or stamp[0] < row.created:
        row.created = stamp[0]


def _responded(row: Row, stamp: Stamp) -> None:
    if row.response is None or stamp < row.response:
        row.response = stamp


def _closed(row: Row, stamp: Stamp) -> None:
    if row.close is None or stamp > row.close:
        row.close = stamp


def _reopened(row: Row, stamp: Stamp) -> None:
    if row.reopened is None or stamp[0] > row.reopened:
        row.reopened = stamp[0]


def _deleted(row: Row, stamp: Stamp) -> None:
    if row.deleted is None or stamp[0] > row.deleted:
        row.deleted = stamp[0]


_REGISTERS: Final[dict[str, Callable[[Row, Stamp], None]]] = {
    TICKET_CREATED: _created,
    TICKET_RESPONDED: _responded,
    TICKET_CLOSED: _closed,
    TICKET_REOPENED: _reopened,
    TICKET_DELETED: _deleted,
}


def _merge_attributes(groups: Groups, stamp: Stamp, given: dict[str, Any]) -> Groups:
    """Each name goes to the latest event that has it; groups left empty are dropped."""
    if not groups:
        return ((stamp, given),)
    merged: list[tuple[Stamp, dict[str, Any]]] = []
    for other, group in groups:
        if other < stamp:
            group = {name: value for name, value in group.items() if name not in given}
        elif other > stamp:
            given = {name: value for name, value in given.items() if name not in group}
        else:
            given = {**given, **{name: _greater(value, given.get(name, value)) for name, value in group.items()}}
            continue
        merged.append((other, group))
    merged.append((stamp, given))
    return tuple(sorted(((other, group) for other, group in merged if group), key=_stamp_of))


def _stamp_of(group: tuple[Stamp, dict[str, Any]]) -> Stamp:
    return group[0]


def _greater(one: Scalar, other: Scalar) -> Scalar:
    """Of two values that one event gives a name, the one with the greater JSON text."""
    return max(one, other, key=_json_text)


def _json_text(value: Scalar) -> str:
    return json.dumps(value, ensure_ascii=False)
