"""Merging events into a ticket's registers (SPEC 3).

The law: merging is commutative, associative and idempotent, as every register is a minimum, a maximum or an "ever" over
a total order of events. So delivery order and repetition can't change a row.
"""

from collections.abc import Callable
from typing import Final

import msgspec

from schemas.events import TicketEvent
from schemas.measures import Scalar
from schemas.rows import Act, Order, Row
from schemas.topics import TICKET_CLOSED, TICKET_CREATED, TICKET_DELETED, TICKET_REOPENED, TICKET_RESPONDED


def merge(row: Row, event: TicketEvent) -> bool:
    """Take the event into the row, in place; True when the row changed."""
    changed = _REGISTERS[event.topic](row, event)
    if event.pipeline_id is not None:
        order = order_of(event)
        if row.pipeline is None or order > row.pipeline:
            row.pipeline = order
            changed = True
    if event.attributes:
        changed = _merge_attributes(row, order_of(event), event.attributes) or changed
    return changed


def order_of(event: TicketEvent) -> Order:
    """The event's place in the total order."""
    at, event_id, topic, user_id, team_id, pipeline_id, _, _ = event
    return Order(at, event_id, topic, user_id or "", team_id or "", pipeline_id or "")


def _act(event: TicketEvent) -> Act:
    return Act(event.occurred_at, event.event_id, event.user_id or "", event.team_id or "")


def _created(row: Row, event: TicketEvent) -> bool:
    if row.created is not None and row.created <= event.occurred_at:
        return False
    row.created = event.occurred_at
    return True


def _responded(row: Row, event: TicketEvent) -> bool:
    act = _act(event)
    if row.response is not None and row.response <= act:
        return False
    row.response = act
    return True


def _closed(row: Row, event: TicketEvent) -> bool:
    act = _act(event)
    if row.close is not None and row.close >= act:
        return False
    row.close = act
    return True


def _reopened(row: Row, event: TicketEvent) -> bool:
    if row.reopened is not None and row.reopened >= event.occurred_at:
        return False
    row.reopened = event.occurred_at
    return True


def _deleted(row: Row, _event: TicketEvent) -> bool:
    changed = not row.deleted
    row.deleted = True
    return changed


_REGISTERS: Final[dict[str, Callable[[Row, TicketEvent], bool]]] = {
    TICKET_CREATED: _created,
    TICKET_RESPONDED: _responded,
    TICKET_CLOSED: _closed,
    TICKET_REOPENED: _reopened,
    TICKET_DELETED: _deleted,
}


def _merge_attributes(row: Row, order: Order, new: dict[str, Scalar]) -> bool:
    """Each name keeps the value of the latest event that has it; of the same event's values the greater JSON text."""
    won = {name: value for name, value in new.items() if _beats(row, name, order, value)}
    if not won:
        return False
    kept = {order: won}
    for other, values in row.attributes:
        remaining = {name: value for name, value in values.items() if name not in won}
        if remaining:
            kept[other] = {**remaining, **kept.get(other, {})}
    row.attributes = sorted(((place, dict(sorted(values.items()))) for place, values in kept.items()), key=_place)
    return True


def _beats(row: Row, name: str, order: Order, value: Scalar) -> bool:
    for other, values in row.attributes:
        if name in values:
            return order > other or (order == other and _json(value) > _json(values[name]))
    return True


def _place(item: tuple[Order, dict[str, Scalar]]) -> Order:
    return item[0]


def _json(value: Scalar) -> bytes:
    return msgspec.json.encode(value)
