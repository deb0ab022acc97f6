"""docs/topics.md against the code: its examples go in and come out as shown, its tables name every field."""

import json
import re
from collections.abc import Callable
from typing import Any

import pytest
from msgspec import structs

from agents.config import EngineConfig
from agents.topics import layout
from schemas.decode_control import read_command
from schemas.decode_goal import MAX_YEARS
from schemas.entries import decode_entry
from schemas.events import MAX_VALUE_BYTES, Rejected, decode_event
from schemas.reading import Refused, parse_json
from schemas.records import Output
from schemas.statuses import Notification, Result, Status
from schemas.topics import (
    ACCOUNT,
    CONTROL_ACCEPTED,
    CONTROL_REJECTED,
    DIRECTORY,
    GOAL_NOTIFICATIONS,
    GOAL_STATUS,
    GOALS,
    MILESTONE_RESULTS,
    SNAPSHOT_REQUESTS,
    TICKET_CREATED,
    TICKET_EVENTS_REJECTED,
)
from streams.judge import MAX_BYTES
from tests.docs_story import EXAMPLES, PAGE, Example, Story
from tests.ticket_builders import YEARS_LATER, Raw

OUT = (CONTROL_ACCEPTED, GOAL_STATUS, MILESTONE_RESULTS, GOAL_NOTIFICATIONS)


@pytest.fixture(scope="module")
def written() -> list[Output]:
    """What comes out when all that the page says goes in."""
    return Story().written


def named(one: Example) -> str:
    return f"{one.topic} {one.key}"


@pytest.mark.parametrize("one", [one for one in EXAMPLES if one.topic in OUT], ids=named)
def test_an_example_of_what_comes_out_does_come_out(written: list[Output], one: Example) -> None:
    under_its_key = [each for each in written if (each.topic, each.key) == (one.topic, one.key.encode())]
    assert one.json in [json.loads(each.value or b"null") for each in under_its_key]


@pytest.mark.parametrize("topic", [CONTROL_REJECTED, TICKET_EVENTS_REJECTED])
def test_only_the_example_of_a_wrong_record_is_refused_with_the_headers_shown(
    written: list[Output], topic: str
) -> None:
    (refused,) = [each for each in written if each.topic == topic]
    (shown,) = [one for one in EXAMPLES if one.topic == topic]
    assert {name: value.decode() for name, value in refused.headers} == shown.json


def test_every_topic_is_in_the_overview_with_its_partitions_and_how_long_it_is_kept() -> None:
    rows = re.findall(r"^\| (`[^|]+) \| (many|one) \| (for ever|compacted) \|", PAGE, re.MULTILINE)
    documented = {name: row[1:] for row in rows for name in re.findall(r"`([^`]+)`", row[0])}
    assert documented == {
        name: ("many" if count == 5 else "one", "compacted" if settings["cleanup.policy"] == "compact" else "for ever")
        for name, (count, settings) in layout(EngineConfig(), 5).items()
    }


def test_every_topic_that_is_not_internal_has_an_example() -> None:
    rows = re.findall(r"^\| (`[^|]+)", PAGE.partition("## Internal")[2], re.MULTILINE)
    internal = {name for row in rows for name in re.findall(r"`([\w-]+)`", row)}
    assert {one.topic for one in EXAMPLES} == layout(EngineConfig(), 1).keys() - internal


def fields_after(words: str) -> set[str]:
    """The names in the first column of the next table of fields."""
    table = PAGE.partition(words)[2].partition("| field |")[2].partition("\n\n")[0]
    return {name for row in table.splitlines()[2:] for name in re.findall(r"`(\w+)`", row.split("|")[1])}


def known_from(read: Callable[[], object]) -> set[str]:
    """What the code says that it knows, where a field `?` was put in."""
    with pytest.raises(Refused, match="known are") as refusal:
        read()
    return set(str(refusal.value).partition("known are ")[2].split(", "))


def with_unknown_field(topic: str, path: list[Any]) -> tuple[str, object]:
    """The key and value of the first example that has the path, with a field more there."""
    for one in EXAMPLES:
        if one.topic == topic:
            value = place = one.json
            try:
                for step in path:
                    place = place[step]
            except KeyError:
                continue
            place["?"] = 1
            return one.key, parse_json(json.dumps(value).encode())
    raise AssertionError(f"no example of {topic} has {path}")


@pytest.mark.parametrize(
    ("words", "topic", "path"),
    [
        ("### `account`", ACCOUNT, []),
        ("A user has:", DIRECTORY, []),
        ("### `goals`", GOALS, []),
        ("A contributor has:", GOALS, ["contributors", 0]),
        ("Each of its `milestones`:", GOALS, ["contributors", 0, "milestones", 0]),
        ("Each of its `notify`:", GOALS, ["contributors", 0, "notify", 0]),
        ("A measure,", GOALS, ["measure"]),
        ("A condition,", GOALS, ["measure", "filter", 0]),
        ("### `snapshot-requests`", SNAPSHOT_REQUESTS, []),
    ],
)
def test_the_fields_of_a_command_are_those_that_are_read(words: str, topic: str, path: list[Any]) -> None:
    key, value = with_unknown_field(topic, path)
    assert fields_after(words) == known_from(lambda: read_command(topic, key, value))


def test_the_fields_of_an_accepted_command_are_those_that_are_read() -> None:
    assert fields_after("**`control-accepted`**") == known_from(lambda: decode_entry(Raw(0, 0, 0, b"", b'{"?": 1}')))


def test_the_fields_of_what_goes_out_are_those_that_are_written() -> None:
    status, result, news = ({one.name for one in structs.fields(each)} for each in (Status, Result, Notification))
    assert fields_after("**`goal-status`**") == status | {"computed_at"}
    assert fields_after("**`milestone-results`**") == result - status
    assert fields_after("**`goal-notifications`**") == news - status


@pytest.mark.parametrize("name", sorted(fields_after("## In: ticket events")))
def test_each_field_of_a_ticket_event_is_read(name: str) -> None:
    (created,) = [one for one in EXAMPLES if one.topic == TICKET_CREATED]
    wrong = json.dumps(created.json | {name: [1]}).encode()
    with pytest.raises(Rejected, match=f"^{name}: "):
        decode_event(TICKET_CREATED, Raw(0, 0, YEARS_LATER, created.key.encode(), wrong))


def test_the_fields_of_ticket_events_are_all_in_the_examples() -> None:
    used = {name for one in EXAMPLES if one.topic.startswith("ticket-") and one.key for name in one.json}
    assert fields_after("## In: ticket events") == used


@pytest.mark.parametrize("limit", [f"{MAX_VALUE_BYTES:,} bytes", f"{MAX_BYTES:,} bytes", f"{MAX_YEARS} calendar years"])
def test_the_limits_are_those_of_the_code(limit: str) -> None:
    assert f"at most {limit}" in PAGE
