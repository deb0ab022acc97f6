"""The oracle's facts of SPEC 3, by hand."""

from datetime import date
from random import Random

import pytest

from tests.oracle.control import Account, Directory
from tests.oracle.example import Tickets, ms
from tests.oracle.facts import Fact, ticket_facts
from tests.oracle.times import local_day

HOUR = 3_600_000


def facts(tickets: Tickets, directory: Directory | None = None, account: Account | None = None) -> dict[str, Fact]:
    found = ticket_facts(tickets.events, directory or Directory(), account or Account())
    return {fact.kind: fact for fact in found}


def answered_and_closed() -> Tickets:
    tickets = Tickets()
    tickets.happens("created", "t", "2026-01-05T08:00:00Z")
    tickets.happens("responded", "t", "2026-01-05T10:00:00Z", "ana", team_id="red")
    tickets.happens("responded", "t", "2026-01-05T09:00:00Z", "bo", team_id="blue")
    tickets.happens("closed", "t", "2026-01-06T08:00:00Z", "ana", team_id="red")
    return tickets


def test_a_ticket_gives_a_response_by_the_first_responder_and_a_resolution_by_the_last_closer() -> None:
    assert facts(answered_and_closed()) == {
        "response": Fact("response", "t", HOUR, "bo", "blue", "p", date(2026, 1, 5), {}),
        "resolution": Fact("resolution", "t", 24 * HOUR, "ana", "red", "p", date(2026, 1, 6), {}),
        "closed": Fact("closed", "t", 1, "ana", "red", "p", date(2026, 1, 6), {}),
    }


@pytest.mark.parametrize(
    ("reopened", "closed"),
    [("2026-01-06T08:00:00.001Z", False), ("2026-01-06T08:00:00Z", True), ("2026-01-06T07:59:59Z", True)],
)
def test_a_ticket_is_closed_unless_it_was_reopened_later_than_its_last_close(reopened: str, closed: bool) -> None:
    tickets = answered_and_closed()
    tickets.happens("reopened", "t", reopened)
    assert set(facts(tickets)) == ({"response", "resolution", "closed"} if closed else {"response"})


def test_a_second_close_moves_the_facts() -> None:
    tickets = answered_and_closed()
    tickets.happens("reopened", "t", "2026-01-07T00:00:00Z")
    tickets.happens("closed", "t", "2026-01-07T08:00:00Z", "bo")
    found = facts(tickets)
    assert (found["closed"].user, found["closed"].day) == ("bo", date(2026, 1, 7))
    assert found["resolution"].value == 48 * HOUR


def test_a_deleted_ticket_has_no_facts() -> None:
    tickets = answered_and_closed()
    tickets.happens("deleted", "t", "2025-01-01T00:00:00Z")
    assert facts(tickets) == {}


def test_a_negative_time_is_no_fact_and_zero_is_one() -> None:
    tickets = Tickets()
    tickets.happens("created", "t", "2026-01-05T08:00:00Z")
    tickets.happens("responded", "t", "2026-01-05T07:59:59.999Z", "ana")
    tickets.happens("closed", "t", "2026-01-05T08:00:00Z", "ana")
    assert {kind: fact.value for kind, fact in facts(tickets).items()} == {"resolution": 0, "closed": 1}


def test_a_close_without_a_creation_counts_as_closed_alone() -> None:
    tickets = Tickets()
    tickets.happens("closed", "t", "2026-01-05T08:00:00Z", "ana")
    assert facts(tickets) == {"closed": Fact("closed", "t", 1, "ana", None, None, date(2026, 1, 5), {})}


def test_the_earliest_of_two_creations_counts() -> None:
    tickets = answered_and_closed()
    tickets.happens("created", "t", "2026-01-05T07:00:00Z", pipeline_id="q")
    found = facts(tickets)
    assert (found["response"].value, found["response"].pipeline) == (2 * HOUR, "p")


def test_pipeline_and_attributes_are_of_the_latest_event_that_has_them() -> None:
    tickets = Tickets()
    tickets.happens("created", "t", "2026-01-05T08:00:00Z", attributes={"priority": 1, "vip": True})
    tickets.happens("closed", "t", "2026-01-08T08:00:00Z", "ana", attributes={"priority": 3, "channel": None})
    tickets.happens("reopened", "t", "2026-01-07T08:00:00Z", pipeline_id="q", attributes={"priority": 2})
    closed = facts(tickets)["closed"]
    assert (closed.pipeline, closed.attributes) == ("q", {"priority": 3, "vip": True, "channel": None})


def test_events_of_one_millisecond_are_ordered_by_id_then_topic_then_user_null_first() -> None:
    tickets = Tickets()
    at = "2026-01-05T08:00:00Z"
    tickets.happens("created", "t", at, event_id="c")
    for user, event_id in (("zoe", "b"), ("bo", "a"), (None, "a")):
        tickets.happens("responded", "t", at, user, event_id=event_id)
        tickets.happens("closed", "t", at, user, event_id=event_id)
    found = facts(tickets)
    assert (found["response"].user, found["closed"].user) == (None, "zoe")


def test_of_equal_events_the_greater_json_text_of_an_attribute_counts() -> None:
    tickets = Tickets()
    for value in (2, "x", 10, True):  # "x" < 10 < 2 < true as JSON text
        tickets.happens("closed", "t", "2026-01-05T08:00:00Z", "ana", event_id="e", attributes={"a": value})
    assert facts(tickets)["closed"].attributes == {"a": True}


def test_order_and_repetition_do_not_matter() -> None:
    tickets = answered_and_closed()
    tickets.happens("reopened", "t", "2026-01-07T00:00:00Z", pipeline_id="q", attributes={"a": 1})
    tickets.happens("closed", "t", "2026-01-07T08:00:00Z", "bo", attributes={"a": 2})
    expected = facts(tickets)
    for seed in range(20):
        again = Random(seed).choices(tickets.records, k=5) + tickets.records
        assert facts(Tickets(Random(seed).sample(again, len(again)))) == expected


def test_without_a_team_the_directory_gives_the_one_of_the_local_day() -> None:
    teams = [{"team_id": "blue", "from": "2026-01-06"}, {"team_id": "red", "from": "2026-01-05"}]
    directory = Directory({"user:ana": {"teams": teams}, "user:bo": {"team_id": "green"}, "user:gus": None})

    def team(user: str, at: str, named: str | None = None) -> str | None:
        tickets = Tickets()
        tickets.happens("closed", "t", at, user, team_id=named)
        return facts(tickets, directory, Account(time_zone="Europe/Amsterdam"))["closed"].team

    assert team("ana", "2026-01-04T22:59:59.999Z") is None
    assert team("ana", "2026-01-04T23:00:00Z") == "red"
    assert team("ana", "2026-01-05T23:00:00Z") == "blue"
    assert team("ana", "2026-01-05T23:00:00Z", named="black") == "black"
    assert team("bo", "1999-01-01T00:00:00Z") == "green"
    assert team("gus", "2026-01-05T23:00:00Z") is None
    assert team("who", "2026-01-05T23:00:00Z") is None


@pytest.mark.parametrize(
    ("first", "last", "day"),
    [
        ("2026-03-28T23:00:00Z", "2026-03-29T21:59:59.999Z", date(2026, 3, 29)),  # 23 hours
        ("2026-10-24T22:00:00Z", "2026-10-25T22:59:59.999Z", date(2026, 10, 25)),  # 25 hours
        ("2026-07-01T22:00:00Z", "2026-07-02T21:59:59.999Z", date(2026, 7, 2)),
    ],
)
def test_a_local_day_has_the_hours_its_clocks_give_it(first: str, last: str, day: date) -> None:
    def day_of(instant: int) -> date:
        return local_day(instant, "Europe/Amsterdam")

    assert [day_of(ms(first)), day_of(ms(last))] == [day, day]
    assert day_of(ms(first) - 1) == date.fromordinal(day.toordinal() - 1)
    assert day_of(ms(last) + 1) == date.fromordinal(day.toordinal() + 1)
