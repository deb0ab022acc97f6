"""Filters, orders and pages over the index, on a real SQLite."""

import sqlite3
from collections.abc import Iterator
from datetime import date
from typing import Any

import orjson
import pytest
from hypothesis import given
from hypothesis import strategies as st

from serving.index.conditions import of_notifications, of_statuses
from serving.index.filters import NewsPage, StatusFilter
from serving.index.pages import BadCursor, Order, Position, counts, decode_cursor, encode_cursor, page
from serving.index.rows import SCHEMA, Seen, drop, entry_of, put
from tests.serving.builders import key_of, notification, status

TODAY = date(2026, 3, 12)
VALUES = [
    status("close", "user:ann", "2026-03-01", progress=0.375, status="in_progress"),
    status("close", "user:bob", "2026-01-01", progress=1.5, status="exceeded", frozen=True, as_of="2026-02-01"),
    status("answer", "team:first", "2026-03-01", template="average-response-time", progress=None, no_data=True),
    status("answer", "team:second", "2026-05-01", template="average-response-time", status="pending", progress=None),
    status("lanes", "pipeline:chat", "2026-03-01", duration="weekly", progress=0.9, status="missed"),
    status("mail", "user:ann", "2026-03-01", pipelines=["mail", "phone"], progress=0.1),
]


@pytest.fixture
def index() -> Iterator[sqlite3.Connection]:
    connection = sqlite3.connect(":memory:")
    connection.executescript(SCHEMA)
    fill(connection, VALUES)
    yield connection
    connection.close()


def fill(connection: sqlite3.Connection, values: list[dict[str, Any]]) -> None:
    put(connection, "statuses", [entry_of("statuses", key_of(each), orjson.dumps(each), Seen()) for each in values])


def found(index: sqlite3.Connection, members: tuple[str, ...] = (), **asked: Any) -> set[str]:
    conditions = of_statuses(StatusFilter(**asked), TODAY, members)
    shown = page(index, "statuses", conditions, Order("goal_name"), 100, None)
    assert sum(counts(index, "statuses", "status", conditions).values()) == len(shown.bodies)
    return {"|".join(orjson.loads(body)["key"].split("|")[:2]) for body in shown.bodies}


ALL = {
    "close|user:ann",
    "close|user:bob",
    "answer|team:first",
    "answer|team:second",
    "lanes|pipeline:chat",
    "mail|user:ann",
}


@pytest.mark.parametrize(
    ("asked", "expected"),
    [
        ({}, ALL),
        ({"goal_id": ["close", "mail"]}, {"close|user:ann", "close|user:bob", "mail|user:ann"}),
        ({"goal_name": "LOS"}, {"close|user:ann", "close|user:bob"}),
        ({"goal_name": "%"}, set()),
        ({"template": ["average-response-time"]}, {"answer|team:first", "answer|team:second"}),
        ({"duration": ["weekly"]}, {"lanes|pipeline:chat"}),
        ({"user": ["bob"], "team": ["first"]}, {"close|user:bob", "answer|team:first"}),
        ({"pipeline": ["chat"]}, {"lanes|pipeline:chat"}),
        ({"in_pipeline": ["phone"]}, ALL - {"lanes|pipeline:chat"}),
        ({"in_pipeline": ["chat"]}, ALL - {"mail|user:ann"}),
        ({"from": "2026-04-01"}, {"answer|team:second"}),
        ({"to": "2026-02-28"}, {"close|user:bob"}),
        ({"from": "2026-03-31", "to": "2026-03-31"}, ALL - {"close|user:bob", "answer|team:second"}),
        ({"milestone": ["past"]}, {"close|user:bob"}),
        ({"milestone": ["past", "future"]}, {"close|user:bob", "answer|team:second"}),
        ({"milestone": ["current"]}, ALL - {"close|user:bob", "answer|team:second"}),
        ({"status": ["missed", "pending"]}, {"lanes|pipeline:chat", "answer|team:second"}),
        ({"progress_min": 0.375}, {"close|user:ann", "close|user:bob", "lanes|pipeline:chat"}),
        ({"progress_min": 0.2, "progress_max": 0.9}, {"close|user:ann", "lanes|pipeline:chat"}),
        ({"no_data": True}, {"answer|team:first"}),
        ({"frozen": True}, {"close|user:bob"}),
        ({"goal_id": ["close"], "user": ["ann"]}, {"close|user:ann"}),
    ],
)
def test_filters(index: sqlite3.Connection, asked: dict[str, Any], expected: set[str]) -> None:
    assert found(index, **asked) == expected


def test_members_of_a_team_match_with_it(index: sqlite3.Connection) -> None:
    assert found(index, ("bob",), team=["first"]) == {"close|user:bob", "answer|team:first"}


@pytest.mark.parametrize("descending", [False, True])
@pytest.mark.parametrize("column", ["goal_name", "name", "start", "progress", "status", "actual", "computed_at"])
@given(st.lists(st.tuples(st.integers(0, 3), st.sampled_from([None, 0, 0.5, 1.25])), max_size=12), st.integers(1, 4))
def test_pages_add_up_to_the_whole_in_order(
    column: str, descending: bool, drawn: list[tuple[int, float | None]], limit: int
) -> None:
    connection = sqlite3.connect(":memory:")
    connection.executescript(SCHEMA)
    fill(connection, [status(f"g{n % 3}", f"user:{i}", progress=p, actual=p) for i, (n, p) in enumerate(drawn)])
    order = Order(column, descending)
    everything = page(connection, "statuses", of_statuses(StatusFilter(), TODAY, ()), order, 100, None).bodies
    paged: list[bytes] = []
    after: Position | None = None
    while True:
        part = page(connection, "statuses", of_statuses(StatusFilter(), TODAY, ()), order, limit, after)
        paged += part.bodies
        if part.next is None:
            break
        after = decode_cursor(order, encode_cursor(order, part.next))
    connection.close()
    assert paged == everything
    assert len(everything) == len(drawn)
    if column == "progress":
        shown = [orjson.loads(body)["progress"] for body in everything]
        there = [each for each in shown if each is not None]
        assert shown == sorted(there, reverse=descending) + [None] * (len(shown) - len(there))


@pytest.mark.parametrize(
    "cursor",
    [
        *("", "x", "é", "AAAA", "bnVsbA"),
        encode_cursor(Order("start"), Position("2026", "k")),
        encode_cursor(Order("goal_name"), Position(2**63, "k")),
        encode_cursor(Order("goal_name", True), Position("a", "k")),
    ],
)
def test_a_cursor_that_is_none_of_this_list_is_refused(cursor: str) -> None:
    with pytest.raises(BadCursor):
        decode_cursor(Order("goal_name"), cursor)


def test_notifications_newest_first_by_recipient_and_status(index: sqlite3.Connection) -> None:
    news = [
        notification("a", "achieved", computed_at="2026-03-01T00:00:00.000Z"),
        notification("b", "missed", computed_at="2026-03-03T00:00:00.000Z"),
        notification("c", "missed", goal_id="mail", computed_at="2026-03-02T00:00:00.000Z"),
    ]
    entries = [entry_of("notifications", each["notification_id"], orjson.dumps(each), Seen()) for each in news]
    put(index, "notifications", entries)

    def ids(**asked: Any) -> list[str]:
        conditions = of_notifications(NewsPage(**asked))
        shown = page(index, "notifications", conditions, Order("computed_at", True, "id"), 100, None)
        return [orjson.loads(body)["notification_id"] for body in shown.bodies]

    assert ids() == ["b", "c", "a"]
    assert ids(kind=["missed"]) == ["b", "c"]
    assert ids(recipient="bob", goal_id=["close"]) == ["b", "a"]
    assert ids(recipient="ann") == []
    assert ids(key="mail|user:ann|2026-03-01") == ["c"]


def test_what_is_gone_is_found_no_more(index: sqlite3.Connection) -> None:
    drop(index, "statuses", [key_of(VALUES[0])])
    assert found(index) == ALL - {"close|user:ann"}
    assert index.execute("SELECT count(*) FROM statuses_bodies").fetchone() == (len(VALUES) - 1,)


def test_what_was_seen_last_is_the_latest() -> None:
    seen = Seen()
    for value in (status(as_of="2026-03-01"), status(computed_at="2026-01-01T00:00:00.000Z", as_of="2026-02-01")):
        entry_of("statuses", "k", orjson.dumps(value), seen)
    assert (seen.computed_at, seen.as_of) == ("2026-03-12T10:00:00.120Z", "2026-03-01")


@pytest.mark.parametrize(
    ("asked", "order"),
    [
        ({"status": ["missed"]}, Order("progress", descending=True)),
        ({"status": ["missed", "exceeded"]}, Order("goal_name")),
        ({"status": ["missed"]}, Order("name")),
        ({"milestone": ["current"], "duration": ["monthly"]}, Order("start")),
    ],
)
def test_what_is_asked_most_is_answered_without_a_look_at_the_rows(
    index: sqlite3.Connection, asked: dict[str, Any], order: Order
) -> None:
    sent: list[str] = []
    conditions = of_statuses(StatusFilter(**asked), TODAY, ())
    index.set_trace_callback(sent.append)
    page(index, "statuses", conditions, order, 100, None)
    counts(index, "statuses", "status", conditions)
    index.set_trace_callback(None)
    for question in (sent[0], sent[-1]):
        (plan, *_) = [row[3] for row in index.execute(f"EXPLAIN QUERY PLAN {question}")]
        assert "COVERING INDEX" in plan


def test_an_id_may_hold_any_character(index: sqlite3.Connection) -> None:
    fill(index, [status("odd", "user:a\0b'\u2028", "2026-03-01")])
    assert found(index, goal_id=["odd"]) == {"odd|user:a\0b'\u2028"}
