"""Rejects are decoded as they lie there, chosen, shown, and published again only when they would be accepted."""

import json
from pathlib import Path
from typing import Any, NamedTuple

import pytest

from schemas.records import Output, reject_headers
from schemas.rejects import Reject, decode_reject, kind_of
from schemas.topics import TICKET_CLOSED, TICKET_CREATED, TICKET_TOPICS
from service_goals.errors import CommandError
from service_goals.rejects.replay import Candidate, Refusal, Replay, as_it_was, read_mended, with_value
from service_goals.rejects.selection import Selection, read_selection
from service_goals.rejects.shown import Overview, as_json, detail, escaped

NOW = 1_770_000_000_000
GOOD = b'{"event_id": "e", "ticket_id": "t", "occurred_at": "2026-01-10T10:00:00Z"}'


class Stored(NamedTuple):
    """A record as it is read."""

    partition: int
    offset: int
    timestamp: int
    key: bytes | None
    value: bytes | None
    headers: tuple[tuple[str, bytes], ...] = ()


def reject(offset: int = 0, reason: str = "event_id: missing, give an id", **changes: Any) -> Reject:
    made = Reject(0, offset, NOW, reason, TICKET_CLOSED, "3", "17", b"t", b"{}")
    return made._replace(**changes)


def test_what_the_worker_writes_is_what_is_read() -> None:
    source = Stored(3, 17, NOW, b"k\xff", b"v\xff")
    written = Output("", source.key, source.value, headers=reject_headers(TICKET_CLOSED, source, "key: no"))
    read = decode_reject(Stored(1, 2, NOW, written.key, written.value, written.headers))
    assert read == Reject(1, 2, NOW, "key: no", TICKET_CLOSED, "3", "17", b"k\xff", b"v\xff")
    assert read.id == "1:2"


def test_headers_that_others_left_out_are_empty() -> None:
    read = decode_reject(Stored(0, 5, NOW, None, None))
    assert (read.reason, read.topic, read.source_partition) == ("", "", "")
    assert as_json(read)["partition"] is None


@pytest.mark.parametrize(
    ("reason", "kind"),
    [
        ("occurred_at: 2026-01-01: no time, give one", "occurred_at"),
        ("attributes.vip: [], give a scalar", "attributes"),
        ("attributes: [], give an object", "attributes"),
        ("contributors[0].milestones[12].target: 0, give more", "contributors[].milestones[].target"),
        ("x" * 100, "x" * 60),
    ],
)
def test_reasons_are_grouped_by_the_field_at_fault(reason: str, kind: str) -> None:
    assert kind_of(reason) == kind


def test_a_selection_holds_when_all_of_it_does() -> None:
    chosen = read_selection([TICKET_CLOSED], TICKET_TOPICS, "event_id", "2026-02-02T02:40:00Z")
    assert chosen.since == NOW
    assert chosen.holds(reject())
    assert not chosen.holds(reject(topic=TICKET_CREATED))
    assert not chosen.holds(reject(reason="key: null"))
    assert not chosen.holds(reject(timestamp=NOW - 1))
    assert Selection().holds(reject(topic="whatever", timestamp=-1))


def test_a_date_is_its_midnight_in_utc() -> None:
    assert read_selection([], TICKET_TOPICS, None, "1970-01-02").since == 86_400_000


def test_the_overview_counts_all_and_keeps_the_newest_in_order() -> None:
    overview = Overview(limit=2)
    for offset in (3, 1, 4, 2):
        overview.add(reject(offset, timestamp=NOW + offset))
    overview.add(reject(9, "key: null", timestamp=NOW - 9))
    assert overview.count == 5
    assert [each.offset for each in overview.newest()] == [3, 4]
    groups = {kind: (count, newest.offset) for (_, kind), (count, newest) in overview.groups.items()}
    assert groups == {"event_id": (4, 4), "key": (1, 9)}


def test_what_is_no_text_is_shown_all_the_same() -> None:
    assert escaped(b"\xff\x1b[31m\n\xc3\xa9") == "\\xff\\x1b[31m\\n\u00e9"
    assert escaped(None) == "null"
    shown = as_json(reject(key=None, value=b"\xff"))
    assert (shown["key"], shown["value"], shown["value_base64"]) == (None, None, "/w==")
    assert all("\n" not in line for line in detail(reject(value=b"a\nb", reason="a\nb")))


def test_what_would_be_rejected_again_is_not_published() -> None:
    replay = Replay(NOW)
    assert replay.consider(as_it_was(reject())) is None
    assert replay.consider(as_it_was(reject(1, topic="goals", value=GOOD))) is None
    assert replay.accepted == 0
    first, second = replay.refused
    assert first == Refusal("0:0", "event_id: missing, give an id, a string of 1 to 200 code points")
    assert second.reason.startswith("topic: 'goals', give one of ticket-created, ")


def test_the_same_record_is_published_once_however_often_it_was_rejected() -> None:
    replay = Replay(NOW)
    assert replay.consider(as_it_was(reject(1, value=GOOD))) == (TICKET_CLOSED, b"t", GOOD)
    assert replay.consider(as_it_was(reject(2, value=GOOD))) is None
    assert replay.consider(as_it_was(reject(3, value=GOOD, topic="ticket-reopened"))) is not None
    assert (replay.accepted, replay.repeated, replay.refused) == (2, 1, [])


def test_an_event_ahead_of_its_record_passes_once_it_has_happened() -> None:
    at = b'{"event_id": "e", "ticket_id": "t", "occurred_at": "2026-02-05T00:00:00Z"}'
    (early, late) = (Replay(NOW), Replay(NOW + 10 * 86_400_000))
    assert early.consider(as_it_was(reject(value=at))) is None
    assert "more than a day after" in early.refused[0].reason
    assert late.consider(as_it_was(reject(value=at))) is not None


@pytest.mark.parametrize("timestamp", [-1, NOW * 1000, 2**63 - 1])
def test_a_timestamp_that_is_no_time_is_shown_as_none(timestamp: int) -> None:
    assert as_json(reject(timestamp=timestamp))["at"] is None
    assert "at         –" in detail(reject(timestamp=timestamp))


def test_a_mended_value_brings_its_own_key() -> None:
    assert with_value(reject(key=b"other"), GOOD) == Candidate("0:0", TICKET_CLOSED, b"t", GOOD)
    for value in (b"\xff", b"[]", b'{"ticket_id": 7}', b"[" * 100_000):
        assert with_value(reject(), value).key is None


def test_mended_objects_have_their_value_as_text_or_as_an_object(tmp_path: Path) -> None:
    entry = as_json(reject(value=GOOD))
    file = tmp_path / "mended.json"
    file.write_text(json.dumps([entry, entry | {"value": {"ticket_id": "u", "n": 1.50}}]))
    text, made = read_mended(file)
    assert (text.place, text.key, text.value) == (f"{file}[0]", b"t", GOOD)
    assert (made.key, json.loads(made.value or b"")) == (b"u", {"ticket_id": "u", "n": 1.5})


@pytest.mark.parametrize("missing", ["topic", "value"])
def test_an_entry_without_topic_or_value_is_named(tmp_path: Path, missing: str) -> None:
    file = tmp_path / "mended.json"
    file.write_text(json.dumps([as_json(reject()) | {missing: None}]))
    with pytest.raises(CommandError, match=rf"mended\.json\[0\]: {missing}: missing, give objects as"):
        list(read_mended(file))
