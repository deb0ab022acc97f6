"""Every way in which a ticket record can be invalid (SPEC 2.1), each made from a valid one."""

import json
from collections.abc import Callable
from typing import Any

Spoilt = tuple[bytes | None, bytes | None]
Spoil = Callable[[bytes | None, dict[str, Any]], Spoilt]


def _text(key: bytes | None, fields: dict[str, Any]) -> Spoilt:
    return key, json.dumps(fields, ensure_ascii=False).encode()


def _with(**changes: Any) -> Spoil:
    return lambda key, fields: _text(key, fields | changes)


def _without(name: str) -> Spoil:
    return lambda key, fields: _text(key, {each: value for each, value in fields.items() if each != name})


def _literal(value: bytes | None) -> Spoil:
    return lambda key, fields: (key, value)


def _raw(name: str, text: bytes) -> Spoil:
    """A further field whose JSON text is given."""
    return lambda key, fields: (key, json.dumps(fields).encode()[:-1] + b', "' + name.encode() + b'": ' + text + b"}")


def _padded(size: int) -> Spoil:
    def spoil(key: bytes | None, fields: dict[str, Any]) -> Spoilt:
        value = json.dumps(fields).encode()
        return key, value + b" " * (size - len(value))

    return spoil


def _other_key(key: bytes | None, fields: dict[str, Any]) -> Spoilt:
    return (key or b"") + b"-other", json.dumps(fields).encode()


def _no_key(key: bytes | None, fields: dict[str, Any]) -> Spoilt:
    return None, json.dumps(fields).encode()


NO_TIMES = {
    "no offset": "2026-01-01T10:00:00",
    "only a date": "2026-01-01",
    "a space for T": "2026-01-01 10:00:00Z",
    "basic form": "20260101T100000Z",
    "week form": "2026-W01-4T10:00:00Z",
    "decimal comma": "2026-01-01T10:00:00,5Z",
    "second 60": "2026-01-01T10:00:60Z",
    "no seconds": "2026-01-01T10:00Z",
    "hour 24": "2026-01-01T24:00:00Z",
    "no such date": "2026-02-29T10:00:00Z",
    "month 13": "2026-13-01T10:00:00Z",
    "offset without minutes": "2026-01-01T10:00:00+02",
    "offset without colon": "2026-01-01T10:00:00+0200",
    "offset of 24 hours": "2026-01-01T10:00:00+24:00",
    "point without digits": "2026-01-01T10:00:00.Z",
    "blanks around": " 2026-01-01T10:00:00Z ",
    "line end": "2026-01-01T10:00:00Z\n",
    "other digits": "٢٠٢٦-01-01T10:00:00Z",
    "a number": 1767261600000,
    "null": None,
    "empty": "",
}

INVALID: dict[str, tuple[str, Spoil]] = {
    "null value": ("null", _literal(None)),
    "empty": ("json", _literal(b"")),
    "not JSON": ("json", _literal(b"{nonsense")),
    "trailing comma": ("json", _literal(b'{"event_id": "e",}')),
    "two values": ("json", _literal(b"{} {}")),
    "invalid UTF-8": ("json", _raw("note", b'"\xff"')),
    "byte order mark": ("json", lambda key, fields: (key, b"\xef\xbb\xbf" + json.dumps(fields).encode())),
    "UTF-16": ("json", lambda key, fields: (key, json.dumps(fields).encode("utf-16"))),
    "NaN": ("json", _raw("attributes", b'{"score": NaN}')),
    "infinity": ("json", _raw("attributes", b'{"score": -Infinity}')),
    "number too big": ("json", _raw("attributes", b'{"score": 1e999}')),
    "integer too big": ("json", _raw("attributes", b'{"score": 1%s}' % (b"0" * 309))),
    "lone surrogate": ("json", _raw("note", b'"\\ud800"')),
    "list": ("object", _literal(b"[]")),
    "text": ("object", _literal(b'"ticket"')),
    "JSON null": ("object", _literal(b"null")),
    "no event_id": ("event_id", _without("event_id")),
    "event_id null": ("event_id", _with(event_id=None)),
    "event_id empty": ("event_id", _with(event_id="")),
    "event_id number": ("event_id", _with(event_id=7)),
    "event_id too long": ("event_id", _with(event_id="é" * 201)),
    "no ticket_id": ("ticket_id", _without("ticket_id")),
    "ticket_id number": ("ticket_id", _with(ticket_id=7)),
    "no occurred_at": ("occurred_at", _without("occurred_at")),
    **{f"occurred_at: {name}": ("occurred_at", _with(occurred_at=text)) for name, text in NO_TIMES.items()},
    "user_id number": ("user_id", _with(user_id=7)),
    "user_id empty": ("user_id", _with(user_id="")),
    "team_id list": ("team_id", _with(team_id=["red"])),
    "team_id too long": ("team_id", _with(team_id="x" * 201)),
    "pipeline_id missing": ("pipeline_id", _without("pipeline_id")),
    "pipeline_id null": ("pipeline_id", _with(pipeline_id=None)),
    "pipeline_id true": ("pipeline_id", _with(pipeline_id=True)),
    "attributes list": ("attributes", _with(attributes=[])),
    "attributes text": ("attributes", _with(attributes="vip")),
    "attribute list": ("attributes", _with(attributes={"tags": ["a"]})),
    "attribute object": ("attributes", _with(attributes={"customer": {}})),
    "other key": ("key", _other_key),
    "no key": ("key", _no_key),
    "from the future": ("future", _with(occurred_at="2199-01-01T00:00:00Z")),
    "too large": ("size", _padded(1_048_577)),
}
