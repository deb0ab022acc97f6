"""The oracle's reading of instants and of SPEC 2.1, by hand."""

import json
from typing import Any

import pytest

from tests.oracle.generate import every_invalid_kind, placed
from tests.oracle.judge import Event, Scalar, verdict
from tests.oracle.log import Record
from tests.oracle.times import instant_ms

VALID = {"event_id": "e1", "ticket_id": "t1", "occurred_at": "2026-01-01T00:00:00Z", "pipeline_id": "p"}
AT = 1_767_225_600_000  # 2026-01-01T00:00:00Z


def judged(topic: str = "ticket-created", timestamp_ms: int = AT, **changes: Any) -> Event | str:
    return verdict(Record(topic, 0, 0, timestamp_ms, b"t1", json.dumps(VALID | changes).encode()))


@pytest.mark.parametrize(
    ("text", "instant"),
    [
        ("1970-01-01T00:00:00Z", 0),
        ("2026-01-01T00:00:00Z", AT),
        ("2026-01-01T01:00:00+01:00", AT),
        ("2025-12-31T18:15:00-05:45", AT),
        ("2026-01-01T00:00:00-00:00", AT),
        ("2026-01-01T00:00:00.1Z", AT + 100),
        ("2026-01-01T00:00:00.1239999999999Z", AT + 123),
        ("1969-12-31T23:59:59.9999Z", -1),
        ("2024-02-29T00:00:00Z", 1_709_164_800_000),
        ("2026-01-01t00:00:00z", None),
        ("0000-01-01T00:00:00Z", None),
        ("2026-01-01T00:00:00+00:60", None),
        ("2026-1-1T00:00:00Z", None),
    ],
)
def test_an_instant_is_its_milliseconds_and_further_digits_are_cut_off(text: str, instant: int | None) -> None:
    assert instant_ms(text) == instant


def test_a_valid_record_is_its_event() -> None:
    attributes: dict[str, Scalar] = {"priority": 1, "channel": "mail", "vip": True, "note": None, "weight": 0.5}
    assert judged(user_id="ana", team_id=None, attributes=attributes, more=[{"ignored": True}]) == Event(
        "ticket-created", "e1", "t1", AT, "ana", None, "p", attributes
    )


@pytest.mark.parametrize("topic", ["ticket-responded", "ticket-closed", "ticket-reopened", "ticket-deleted"])
def test_only_a_created_ticket_needs_a_pipeline(topic: str) -> None:
    assert isinstance(judged(topic, pipeline_id=None), Event)
    assert judged("ticket-created", pipeline_id=None) == "pipeline_id"


def test_an_id_has_1_to_200_code_points() -> None:
    assert isinstance(judged(user_id="\N{GRINNING FACE}" * 200), Event)
    assert judged(user_id="\N{GRINNING FACE}" * 201) == "user_id"


def test_a_time_may_be_a_day_ahead_of_its_record_and_not_a_millisecond_more() -> None:
    assert isinstance(judged(timestamp_ms=AT - 86_400_000), Event)
    assert judged(timestamp_ms=AT - 86_400_001) == "future"


def test_a_value_may_have_a_mebibyte_and_not_a_byte_more() -> None:
    value = json.dumps(VALID).encode()
    padded = value + b" " * (1_048_576 - len(value))
    assert isinstance(verdict(Record("ticket-created", 0, 0, AT, b"t1", padded)), Event)
    assert verdict(Record("ticket-created", 0, 0, AT, b"t1", padded + b" ")) == "size"


def test_the_key_is_the_ticket_id_in_utf_8() -> None:
    value = json.dumps(VALID | {"ticket_id": "é"}).encode()
    assert isinstance(verdict(Record("ticket-created", 0, 0, AT, "é".encode(), value)), Event)
    assert verdict(Record("ticket-created", 0, 0, AT, "é".encode("latin-1"), value)) == "key"


@pytest.mark.parametrize(("kind", "message"), every_invalid_kind(1).items(), ids=lambda each: str(each)[:40])
def test_every_invalid_kind_is_refused_for_its_reason(kind: str, message: Any) -> None:
    assert verdict(placed([message])[0]) == message.invalid
