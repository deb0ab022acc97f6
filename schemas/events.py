"""Ticket events (SPEC 2.1): strict decoding; what breaks a rule is refused with a reason for a person."""

from typing import Annotated, Final, NamedTuple

import msgspec

from schemas.instants import parse_instant
from schemas.measures import Scalar
from schemas.records import Record
from schemas.topics import TICKET_CREATED

MAX_VALUE_BYTES: Final = 1_048_576
_AHEAD: Final = 86_400_000
"""Milliseconds that an event may lie after its record's own timestamp."""

Id = Annotated[str, msgspec.Meta(min_length=1, max_length=200)]


class Rejected(Exception):  # noqa: N818  an outcome, not a fault of the program
    """A record breaks a rule; the text is the one-line reason: field, value, remedy."""


class TicketEvent(NamedTuple):
    """A valid event. The fields up to `pipeline_id` but the ticket are the order of SPEC 3."""

    occurred_at: int
    """Milliseconds since the epoch."""
    event_id: str
    topic: str
    user_id: str | None
    team_id: str | None
    pipeline_id: str | None
    ticket_id: str
    attributes: dict[str, Scalar] | None


class _Wire(msgspec.Struct):
    event_id: Id
    ticket_id: Id
    occurred_at: str
    user_id: Id | None = None
    team_id: Id | None = None
    pipeline_id: Id | None = None
    attributes: dict[str, Scalar] | None = None


_DECODE: Final = msgspec.json.Decoder(_Wire).decode


def decode_event(topic: str, record: Record) -> TicketEvent:
    """The event in a record of `topic` (without the namespace); raises Rejected."""
    value = record.value
    if value is None:
        raise Rejected("value: null, send the event as a JSON object (a ticket is removed by ticket-deleted)")
    if len(value) > MAX_VALUE_BYTES:
        raise Rejected(f"value: {len(value)} bytes, send at most {MAX_VALUE_BYTES}")
    try:
        wire = _DECODE(value)
    except msgspec.ValidationError as error:
        raise Rejected(_shape(str(error))) from None
    except (msgspec.DecodeError, UnicodeDecodeError, RecursionError) as error:
        raise Rejected(f"value: not JSON in UTF-8 ({error}), send one JSON object") from None
    return _checked(topic, record, wire)


def _checked(topic: str, record: Record, wire: _Wire) -> TicketEvent:
    ticket_id, pipeline_id = wire.ticket_id, wire.pipeline_id
    if record.key != ticket_id.encode():
        raise Rejected(f"ticket_id: {ticket_id!r} is not the record key {record.key!r}, send them alike")
    try:
        occurred_at = parse_instant(wire.occurred_at)
    except ValueError as error:
        raise Rejected(f"occurred_at: {wire.occurred_at[:100]!r}: {error}") from None
    if occurred_at > record.timestamp + _AHEAD:
        raise Rejected(
            f"occurred_at: {wire.occurred_at} is more than a day after the record's timestamp ({record.timestamp} ms), "
            "mend the publisher's clock"
        )
    if pipeline_id is None and topic == TICKET_CREATED:
        raise Rejected("pipeline_id: missing or null, ticket-created must name the ticket's pipeline")
    return TicketEvent(
        occurred_at, wire.event_id, topic, wire.user_id, wire.team_id, pipeline_id, ticket_id, wire.attributes
    )


def _shape(error: str) -> str:
    """msgspec's words with the field in front, as everywhere."""
    what, _, where = error.partition(" - at `")
    field = where.strip("`").removeprefix("$.").removeprefix("key in $.") or "value"
    return f"{field}: {what}, send it as the contract has it"
