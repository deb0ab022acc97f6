"""Which ticket records are valid (SPEC 2.1), one plain question after another.

Decisions where the page is silent:
- Not JSON: anything RFC 8259 doesn't allow (NaN, a byte order mark), invalid UTF-8, a lone surrogate (no UTF-8 can
  hold it), a number no double can hold, nesting deeper than the parser goes. Of a name
  twice in one object the last counts.
- `pipeline_id` of `ticket-created` must be an id: null is missing.
- A day is 86,400,000 ms; exactly a day after the record's timestamp is accepted (compared in whole milliseconds).
"""

import json
import math
from collections.abc import Iterable
from typing import Any, NamedTuple

from tests.oracle.log import Record
from tests.oracle.times import instant_ms

MAX_VALUE_BYTES = 1_048_576
DAY_MS = 86_400_000
Scalar = str | int | float | bool | None


class Event(NamedTuple):
    """A valid ticket event."""

    topic: str
    event_id: str
    ticket_id: str
    occurred_at: int
    user_id: str | None
    team_id: str | None
    pipeline_id: str | None
    attributes: dict[str, Scalar]


class Invalid(Exception):  # noqa: N818  a verdict, not an error of ours
    """The record is refused; the text is the category of the reason."""


def valid_events(records: Iterable[Record]) -> list[Event]:
    """The events of all valid records."""
    verdicts = [verdict(record) for record in records]
    return [each for each in verdicts if isinstance(each, Event)]


def verdict(record: Record) -> Event | str:
    """The event, or what is wrong: `null`, `size`, `json`, `object`, `key`, `future` or the field's name."""
    try:
        return _event(record)
    except Invalid as reason:
        return str(reason)


def _event(record: Record) -> Event:
    fields = _json_object(record.value)
    pipeline = _id if record.topic == "ticket-created" else _id_or_null
    event = Event(
        topic=record.topic,
        event_id=_id(fields, "event_id"),
        ticket_id=_id(fields, "ticket_id"),
        occurred_at=_instant(fields),
        user_id=_id_or_null(fields, "user_id"),
        team_id=_id_or_null(fields, "team_id"),
        pipeline_id=pipeline(fields, "pipeline_id"),
        attributes=_attributes(fields),
    )
    if record.key != event.ticket_id.encode():
        raise Invalid("key")
    if event.occurred_at > record.timestamp_ms + DAY_MS:
        raise Invalid("future")
    return event


def _json_object(value: bytes | None) -> dict[str, Any]:
    if value is None:
        raise Invalid("null")
    if len(value) > MAX_VALUE_BYTES:
        raise Invalid("size")
    try:
        parsed = json.loads(
            value.decode("utf-8"),
            parse_int=_whole,
            parse_float=_finite,
            parse_constant=_no_json,
        )
        json.dumps(parsed, ensure_ascii=False).encode("utf-8")
    except (ValueError, RecursionError):
        raise Invalid("json") from None
    if not isinstance(parsed, dict):
        raise Invalid("object")
    return parsed


def _finite(text: str) -> float:
    if math.isinf(float(text)):
        raise Invalid("json")
    return float(text)


def _whole(text: str) -> int:
    _finite(text)
    return int(text)


def _no_json(text: str) -> None:
    raise Invalid("json")


def _id_or_null(fields: dict[str, Any], name: str) -> str | None:
    return None if fields.get(name) is None else _id(fields, name)


def _id(fields: dict[str, Any], name: str) -> str:
    value = fields.get(name)
    if not isinstance(value, str) or not 1 <= len(value) <= 200:
        raise Invalid(name)
    return value


def _instant(fields: dict[str, Any]) -> int:
    value = fields.get("occurred_at")
    instant = instant_ms(value) if isinstance(value, str) else None
    if instant is None:
        raise Invalid("occurred_at")
    return instant


def _attributes(fields: dict[str, Any]) -> dict[str, Scalar]:
    value = fields.get("attributes")
    if value is None:
        return {}
    if not isinstance(value, dict) or any(isinstance(each, dict | list) for each in value.values()):
        raise Invalid("attributes")
    return value
