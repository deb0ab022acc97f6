"""What is a valid ticket event, and why a record is rejected (SPEC 2.1)."""

import json
from typing import Any

import pytest

from schemas.events import Rejected, TicketEvent, decode_event
from schemas.measures import Scalar
from schemas.topics import (
    TICKET_CLOSED,
    TICKET_CREATED,
    TICKET_DELETED,
    TICKET_REOPENED,
    TICKET_RESPONDED,
    TICKET_TOPICS,
)
from tests.oracle.generate import every_invalid_kind
from tests.ticket_builders import DAY, NEW_YEAR, Raw, record

REASON_BEGINS = {"null": "value: null", "size": "value: ", "json": "value: ", "object": "value: ", "key": "key: "}
OTHERWISE_VALID = {"event_id": "e", "ticket_id": "T-1", "occurred_at": "2026-01-01T00:00:00Z", "pipeline_id": "p"}
TWICE = "name twice"
INVALID = {kind: message for kind, message in every_invalid_kind(seed=7).items() if kind != TWICE}


def raw(value: bytes | None, key: bytes | None = b"T-1") -> Raw:
    return Raw(0, 0, NEW_YEAR, key, value)


def reason(topic: str, given: Raw) -> str:
    with pytest.raises(Rejected) as rejected:
        decode_event(topic, given)
    return str(rejected.value)


def with_attribute(text: bytes) -> Raw:
    return raw(json.dumps(OTHERWISE_VALID).encode()[:-1] + b', "attributes": {"score": ' + text + b"}}")


def test_an_event_is_its_stamp_and_its_attributes() -> None:
    attributes: dict[str, Scalar] = {"priority": 1, "channel": "mail", "vip": True, "note": None, "weight": 0.5}
    given = record("T-1", "2026-01-01T01:00:00+01:00", event_id="e1", user="ana", attributes=attributes)
    assert decode_event(TICKET_RESPONDED, given) == TicketEvent(
        "T-1", (NEW_YEAR, "e1", 4, "ana", "", "support"), attributes
    )


def test_the_ranks_of_the_topics_are_the_order_of_their_names() -> None:
    ranks = {topic: decode_event(topic, record()).stamp[2] for topic in TICKET_TOPICS}
    assert sorted(TICKET_TOPICS, key=lambda topic: ranks[topic]) == sorted(TICKET_TOPICS)


@pytest.mark.parametrize("kind", INVALID)
def test_every_invalid_record_is_rejected_in_one_line_that_begins_with_what_is_wrong(kind: str) -> None:
    message = INVALID[kind]
    assert message.invalid is not None
    given = reason(message.topic, Raw(0, 0, message.timestamp_ms, message.key, message.value))
    expected = REASON_BEGINS.get(message.invalid, {"future": "occurred_at: "}.get(message.invalid, message.invalid))
    if kind in ("NaN", "infinity", "number too big", "integer too big"):
        expected = ("value: ", "attributes.score: ")  # type: ignore[assignment]
    assert given.startswith(expected), given
    assert len(given.splitlines()) == 1
    assert len(given) < 400


@pytest.mark.parametrize("topic", [TICKET_RESPONDED, TICKET_CLOSED, TICKET_REOPENED, TICKET_DELETED])
def test_only_a_created_event_needs_a_pipeline(topic: str) -> None:
    assert decode_event(topic, record(pipeline=None)).stamp[5] == ""
    assert reason(TICKET_CREATED, record(pipeline=None)).startswith("pipeline_id: missing or null")


def test_fields_that_nobody_knows_are_ignored_whatever_they_hold() -> None:
    given = record(more=[{"user_id": 5}], stamp=7, huge=10**400, deep={"a": [[[None]]]})
    assert decode_event(TICKET_CREATED, given) == decode_event(TICKET_CREATED, record())


@pytest.mark.parametrize("field", ["event_id", "ticket_id", "user_id", "team_id", "pipeline_id"])
def test_an_id_has_1_to_200_code_points(field: str) -> None:
    def given(identity: str) -> Raw:
        key = identity if field == "ticket_id" else "T-1"
        return raw(json.dumps(OTHERWISE_VALID | {field: identity}, ensure_ascii=False).encode(), key.encode())

    decode_event(TICKET_CREATED, given("\N{GRINNING FACE}" * 200))
    decode_event(TICKET_CREATED, given("\0"))
    for wrong in ("\N{GRINNING FACE}" * 201, ""):
        assert reason(TICKET_CREATED, given(wrong)).startswith(f"{field}: ")


def test_an_escaped_character_is_the_character() -> None:
    value = json.dumps(OTHERWISE_VALID | {"ticket_id": "é😀"}, ensure_ascii=True).encode()
    assert decode_event(TICKET_CREATED, raw(value, "é😀".encode())).ticket_id == "é😀"


def test_a_name_given_twice_counts_as_the_last() -> None:
    value = json.dumps(OTHERWISE_VALID).encode()[:-1]
    assert decode_event(TICKET_CREATED, raw(b'{"event_id": 5, ' + value[1:] + b"}")).stamp[1] == "e"
    assert decode_event(TICKET_CREATED, raw(value + b', "event_id": "f"}')).stamp[1] == "f"
    assert reason(TICKET_CREATED, raw(value + b', "event_id": 5}')).startswith("event_id: 5, give an id")


def test_the_size_is_judged_before_the_content() -> None:
    padded = json.dumps(OTHERWISE_VALID).encode().ljust(1_048_576)
    decode_event(TICKET_CREATED, raw(padded))
    assert reason(TICKET_CREATED, raw(padded + b" ")) == "value: 1048577 bytes, publish at most 1048576"
    assert reason(TICKET_CREATED, raw(b"\xff" * 1_048_577)) == "value: 1048577 bytes, publish at most 1048576"


def test_an_event_happened_at_most_a_day_after_its_record_was_written() -> None:
    def given(at: int, timestamp: int = NEW_YEAR) -> Raw:
        return record(at=at, timestamp=timestamp)

    assert decode_event(TICKET_CREATED, given(NEW_YEAR + DAY)).stamp[0] == NEW_YEAR + DAY
    assert "more than a day after the record's own timestamp" in reason(TICKET_CREATED, given(NEW_YEAR + DAY + 1))
    assert decode_event(TICKET_CREATED, given(-DAY)).stamp[0] == -DAY
    assert decode_event(TICKET_CREATED, given(NEW_YEAR, timestamp=-1)).stamp[0] == NEW_YEAR


@pytest.mark.parametrize(
    ("text", "value"),
    [
        (b"18446744073709551616", 2**64),
        (b"-9223372036854775809", -(2**63) - 1),
        (b"123456789012345678901234567890", 123456789012345678901234567890),
        (b"1e2", 100.0),
        (b"-0.0", -0.0),
        (b'"\\u00e9"', "é"),
        (b"null", None),
        (b"true", True),
    ],
)
def test_an_attribute_is_any_json_scalar(text: bytes, value: Any) -> None:
    attributes = decode_event(TICKET_CREATED, with_attribute(text)).attributes
    assert attributes is not None
    assert repr(attributes["score"]) == repr(value)


@pytest.mark.parametrize("text", [b"[1]", b"{}", b"1e999", b"-1e400", b"1" * 310, b"-1" + b"0" * 309, b"1" * 5000])
def test_an_attribute_of_another_type_is_named(text: bytes) -> None:
    assert reason(TICKET_CREATED, with_attribute(text)).startswith("attributes.score: ")


@pytest.mark.parametrize(
    "text", [b"NaN", b"Infinity", b"01", b"1.", b"tru", b"'a'", b'"\\ud800"', b'"\\udc00x"', b'"\xff"']
)
def test_what_is_no_json_is_no_attribute(text: bytes) -> None:
    assert reason(TICKET_CREATED, with_attribute(text)).startswith("value: ")


@pytest.mark.parametrize("open_close", [b"[]", b"{}"])
def test_deep_nesting_is_rejected_and_does_no_harm(open_close: bytes) -> None:
    opening, closing = (b"[", b"]") if open_close == b"[]" else (b'{"a":', b"}")
    deep = opening * 100_000 + b"1" + closing * 100_000
    value = json.dumps(OTHERWISE_VALID).encode()[:-1]
    assert "nested too deeply" in reason(TICKET_CREATED, raw(value + b', "more": ' + deep + b"}"))
    assert "nested too deeply" in reason(TICKET_CREATED, with_attribute(deep))


def test_a_reason_stays_on_one_line_whatever_was_sent() -> None:
    given = raw(json.dumps(OTHERWISE_VALID | {"occurred_at": "now\n\u2028\x00" * 99}, ensure_ascii=False).encode())
    assert len(reason(TICKET_CREATED, given).splitlines()) == 1
    assert len(reason(TICKET_CREATED, Raw(0, 0, NEW_YEAR, b"\n\xff\x85" * 99, given.value)).splitlines()) == 1
