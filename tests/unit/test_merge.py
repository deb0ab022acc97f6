"""The registers of a ticket (SPEC 3), one rule at a time."""

from typing import Any

import pytest

from schemas.events import Stamp, TicketEvent
from schemas.rows import Row, unpack_attributes
from schemas.topics import (
    TICKET_CLOSED,
    TICKET_CREATED,
    TICKET_DELETED,
    TICKET_REOPENED,
    TICKET_RESPONDED,
    TICKET_TOPICS,
)
from streams.merge import merge


def stamp(at: int, event_id: str = "e", rank: int = 0, user: str = "", team: str = "", pipeline: str = "") -> Stamp:
    return at, event_id, rank, user, team, pipeline


def event(at: int, *rest: Any, attributes: dict[str, Any] | None = None) -> TicketEvent:
    return TicketEvent("T-1", stamp(at, *rest), attributes)


def attributes_of(row: Row) -> dict[str, Any]:
    return {name: value for _, group in unpack_attributes(row) for name, value in group.items()}


def merged(topic: str, *events: TicketEvent, row: Row | None = None) -> Row:
    return merge(row, topic, events)


def test_created_is_the_earliest() -> None:
    assert merged(TICKET_CREATED, event(5), event(3), event(4)).created == 3


def test_the_first_response_is_the_earliest_with_who_gave_it() -> None:
    row = merged(TICKET_RESPONDED, event(5, "e", 4, "ana"), event(3, "f", 4, "bo"), event(4, "g", 4, "cem"))
    assert row.response == stamp(3, "f", 4, "bo")


def test_the_last_close_is_the_latest_with_who_closed() -> None:
    row = merged(TICKET_CLOSED, event(3, "e", 0, "ana"), event(5, "f", 0, "bo"), event(4, "g", 0, "cem"))
    assert row.close == stamp(5, "f", 0, "bo")


def test_the_last_reopen_is_the_latest() -> None:
    assert merged(TICKET_REOPENED, event(3), event(5), event(4)).reopened == 5


def test_any_deletion_deletes() -> None:
    assert merged(TICKET_DELETED, event(3)).deleted == 3
    assert merged(TICKET_CREATED, event(3)).deleted is None


@pytest.mark.parametrize(
    ("lesser", "greater"),
    [
        (stamp(3, "z"), stamp(4, "a")),
        (stamp(3, "a", 0, "z"), stamp(3, "b", 0, "a")),
        (stamp(3, "e", 0), stamp(3, "e", 0, "a")),
        (stamp(3, "e", 0, "a", "z"), stamp(3, "e", 0, "b")),
        (stamp(3, "e", 0, "a", ""), stamp(3, "e", 0, "a", "a")),
        (stamp(3, "e", 0, "a", "a", "a"), stamp(3, "e", 0, "a", "a", "b")),
        (stamp(3, "\uffff"), stamp(3, "\U00010000")),
    ],
)
def test_events_of_one_instant_are_told_apart_by_their_ids_null_first(lesser: Stamp, greater: Stamp) -> None:
    both = [TicketEvent("T-1", lesser), TicketEvent("T-1", greater)]
    for events in (both, both[::-1]):
        assert merge(None, TICKET_RESPONDED, events).response == lesser
        assert merge(None, TICKET_CLOSED, events).close == greater


@pytest.mark.parametrize("topic", TICKET_TOPICS)
def test_the_pipeline_is_that_of_the_latest_event_that_has_one(topic: str) -> None:
    row = merged(topic, event(3, "e", 1, "", "", "sales"), event(5, "f", 1), event(4, "g", 1, "", "", "support"))
    assert row.pipeline == stamp(4, "g", 1, "", "", "support")


def test_each_attribute_is_that_of_the_latest_event_that_has_it() -> None:
    row = merged(
        TICKET_CREATED,
        event(3, attributes={"a": 3, "b": 3, "c": 3}),
        event(5, attributes={"a": 5}),
        event(4, attributes={"a": 4, "b": 4, "d": 4}),
    )
    assert unpack_attributes(row) == (
        (stamp(3), {"c": 3}),
        (stamp(4), {"b": 4, "d": 4}),
        (stamp(5), {"a": 5}),
    )


def test_an_attribute_that_is_null_has_a_value_and_one_that_is_absent_has_not() -> None:
    row = merged(TICKET_CREATED, event(3, attributes={"a": 3, "b": 3}), event(5, attributes={"a": None}), event(6))
    assert attributes_of(row) == {"a": None, "b": 3}


@pytest.mark.parametrize("values", [(1, 2), (True, "x"), (1, 1.0), (10, 9), (None, True), ("é", "z"), ("a", 5)])
def test_two_values_of_one_event_are_told_apart_by_their_json_text(values: tuple[Any, Any]) -> None:
    texts = {str(value) for value in values} if all(type(value) is int for value in values) else None
    events = [event(3, attributes={"a": value, "b": 1}) for value in values]
    forward, backward = merge(None, TICKET_CREATED, events), merge(None, TICKET_CREATED, events[::-1])
    assert repr(attributes_of(forward)["a"]) == repr(attributes_of(backward)["a"])
    if texts:
        assert str(attributes_of(forward)["a"]) == max(texts)


def test_what_is_merged_into_stays_as_it_was() -> None:
    attributes = {"a": 1, "b": 1}
    row = merged(TICKET_CREATED, event(3, attributes=attributes))
    merged(TICKET_CREATED, event(2), event(4, attributes={"a": 2}), event(1, attributes={"c": 3}), row=row)
    assert row == merged(TICKET_CREATED, event(3, attributes={"a": 1, "b": 1}))
    assert attributes == {"a": 1, "b": 1}
