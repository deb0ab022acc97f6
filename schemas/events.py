"""Ticket events as published (SPEC 2.1): decoded and checked in one pass; a record that breaks a rule is `Rejected`."""

from typing import Annotated, Any, Final

import msgspec
from msgspec import Meta

from schemas.instants import parse_instant
from schemas.measures import Scalar
from schemas.records import Record
from schemas.topics import TICKET_CREATED, TICKET_TOPICS

MAX_VALUE_BYTES: Final = 1_048_576
DAY: Final = 86_400_000
"""Milliseconds: how much later than its record's timestamp an event may have happened."""
_TOO_WIDE: Final = 2**1024 - 2**970
"""The least integer that rounds to no finite double."""
_DIGITS_OF_A_DOUBLE: Final = 309
_NO_TIMESTAMP: Final = -1
"""Kafka's mark of a record without a timestamp."""

Id = Annotated[str, Meta(min_length=1, max_length=200)]

Stamp = tuple[int, str, int, str, str, str]
"""What events are ordered by (SPEC 3): occurred_at (ms), event_id, topic's rank, user_id, team_id, pipeline_id.

An id that is null is the empty string, which no id is and which comes before all of them. Stamps are kept in rows.
"""

_RANKS: Final = {topic: rank for rank, topic in enumerate(sorted(TICKET_TOPICS))}


class Rejected(ValueError):  # noqa: N818  a verdict on the record, not an error of ours
    """The record breaks a rule; the text names the field, the value and the remedy in one line."""


class TicketEvent(msgspec.Struct, frozen=True, gc=False):
    """Something that happened to a ticket."""

    ticket_id: str
    stamp: Stamp
    attributes: dict[str, Scalar] | None = None


class _Fields(msgspec.Struct, gc=False):
    """The fields on the wire; others are ignored."""

    event_id: Id
    ticket_id: Id
    occurred_at: str
    user_id: Id | None = None
    team_id: Id | None = None
    pipeline_id: Id | None = None
    attributes: dict[str, Scalar] | None = None


_decode_fields: Final = msgspec.json.Decoder(_Fields).decode


def decode_event(topic: str, record: Record) -> TicketEvent:
    """The event in a record of a ticket topic; `Rejected` when it breaks a rule of SPEC 2.1."""
    value = record.value
    if value is None:
        raise Rejected("value: null, publish a JSON object")
    if len(value) > MAX_VALUE_BYTES:
        raise Rejected(f"value: {len(value)} bytes, publish at most {MAX_VALUE_BYTES}")
    try:
        if not value.isascii():
            value.decode()
        fields = _decode_fields(value)
    except (msgspec.DecodeError, UnicodeDecodeError, RecursionError):
        fields = _decode_field_by_field(value)
    if fields.attributes and len(value) > _DIGITS_OF_A_DOUBLE:
        _check_width(fields.attributes)
    ticket_id, pipeline_id = fields.ticket_id, fields.pipeline_id
    if ticket_id.encode() != record.key:
        raise Rejected(f"key: {_shown(record.key)}, must be the ticket_id {_shown(ticket_id.encode())}")
    if pipeline_id is None and topic == TICKET_CREATED:
        raise Rejected(f"pipeline_id: missing or null, a {topic} event needs {_ID_NEEDED}")
    try:
        at = parse_instant(fields.occurred_at)
    except ValueError as error:
        raise Rejected(f"occurred_at: {_shown(fields.occurred_at.encode())}, {error}") from None
    if at > record.timestamp + DAY and record.timestamp != _NO_TIMESTAMP:
        raise Rejected(_too_early(fields.occurred_at, record.timestamp))
    stamp = (at, fields.event_id, _RANKS[topic], fields.user_id or "", fields.team_id or "", pipeline_id or "")
    return TicketEvent(ticket_id, stamp, fields.attributes)


# The rest is for records that the one pass refuses: slow, but it can say what is wrong with which field.

_ID_NEEDED: Final = "an id, a string of 1 to 200 code points"
_ID: Final = (msgspec.json.Decoder(Id), f"give {_ID_NEEDED}")
_ID_OR_NULL: Final = (msgspec.json.Decoder(Id | None), f"give {_ID_NEEDED}, or null")
_FIELDS: Final[dict[str, tuple[msgspec.json.Decoder[Any], str]]] = {
    "event_id": _ID,
    "ticket_id": _ID,
    "occurred_at": (msgspec.json.Decoder(str), "give an RFC 3339 time, a string like 2026-01-31T09:30:00Z"),
    "user_id": _ID_OR_NULL,
    "team_id": _ID_OR_NULL,
    "pipeline_id": _ID_OR_NULL,
}
_REQUIRED: Final = ("event_id", "ticket_id", "occurred_at")
_RAW_OBJECT: Final = msgspec.json.Decoder(dict[str, msgspec.Raw])
_RAW_OBJECT_OR_NULL: Final = msgspec.json.Decoder(dict[str, msgspec.Raw] | None)
_SCALAR: Final = msgspec.json.Decoder(Scalar)
_SCALAR_NEEDED: Final = "give a string, a number within the range of a double, a boolean or null"


def _decode_field_by_field(value: bytes) -> _Fields:
    """Says what is wrong; what is right after all has a name twice in an object, where the last one counts."""
    raw = _raw_fields(value)
    for name in _REQUIRED:
        if name not in raw:
            raise Rejected(f"{name}: missing, {_FIELDS[name][1]}")
    checked = {name: _checked(name, raw[name], *_FIELDS[name]) for name in _FIELDS if name in raw}
    return _Fields(**checked, attributes=_attributes(raw["attributes"]) if "attributes" in raw else None)


def _raw_fields(value: bytes) -> dict[str, msgspec.Raw]:
    try:
        value.decode()
        return _RAW_OBJECT.decode(value)
    except msgspec.ValidationError as error:
        raise Rejected(f"value: {_shown(value)}: {error}, publish one JSON object") from None
    except (msgspec.DecodeError, UnicodeDecodeError) as error:
        raise Rejected(f"value: {_shown(value)}: no JSON ({error}), publish one JSON object in UTF-8") from None
    except RecursionError:
        raise Rejected(f"value: {_shown(value)}: nested too deeply, publish a flat JSON object") from None


def _checked(name: str, raw: msgspec.Raw, decoder: msgspec.json.Decoder[Any], remedy: str) -> Any:
    try:
        return decoder.decode(raw)
    except (msgspec.DecodeError, RecursionError):
        raise Rejected(f"{name}: {_shown(bytes(raw))}, {remedy}") from None


def _attributes(raw: msgspec.Raw) -> dict[str, Scalar] | None:
    remedy = "give an object of strings, numbers, booleans and nulls, or null"
    each = _checked("attributes", raw, _RAW_OBJECT_OR_NULL, remedy)
    if each is None:
        return None
    return {name: _checked(_attribute(name), item, _SCALAR, _SCALAR_NEEDED) for name, item in each.items()}


def _check_width(attributes: dict[str, Scalar]) -> None:
    """What the decoder refuses of a float, it takes of an integer."""
    for name, value in attributes.items():
        if type(value) is int and abs(value) >= _TOO_WIDE:
            raise Rejected(f"{_attribute(name)}: {_shown(str(value).encode())}, {_SCALAR_NEEDED}")


def _attribute(name: str) -> str:
    return f"attributes.{_shown(name.encode())}"


def _shown(text: bytes | None) -> str:
    """At most 60 bytes of what was given, on one line."""
    if text is None:
        return "null"
    return repr(text[:60].decode(errors="replace"))[1:-1] + ("…" if len(text) > 60 else "")


def _too_early(occurred_at: str, timestamp: int) -> str:
    return (
        f"occurred_at: {occurred_at} is more than a day after the record's own timestamp ({timestamp} ms), "
        "publish an event when it has happened"
    )
