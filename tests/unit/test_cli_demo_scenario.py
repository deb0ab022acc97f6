"""The demo's scenario holds together before a broker is asked: goals are accepted, every event can be counted."""

from collections.abc import Iterator

import msgspec
import pytest

from schemas import topics
from schemas.events import decode_event
from schemas.instants import parse_instant
from service_goals.client.commands import Command, check
from service_goals.demo_data import AS_OF, Scenario, demo_goals, load_scenario
from streams.control import INITIAL
from streams.judge import Judge
from tests.ticket_builders import Raw

NOW = parse_instant("2026-01-01T00:00:00Z")


@pytest.fixture(scope="module")
def scenario() -> Scenario:
    return load_scenario()


def commands(scenario: Scenario) -> Iterator[Command]:
    for key, value in scenario.directory.items():
        yield Command(topics.DIRECTORY, key, value)
    for goal in demo_goals():
        yield Command(topics.GOALS, goal["goal_id"], goal)


def test_all_its_commands_are_accepted(scenario: Scenario) -> None:
    judge = Judge(INITIAL)
    check(judge, list(commands(scenario)))
    assert len(judge.state.goals) == len(demo_goals())


def test_all_its_events_are_valid(scenario: Scenario) -> None:
    for topic, key, value in (event for day in scenario.days for event in day.events):
        assert decode_event(topic, Raw(0, 0, NOW, key, value)).ticket_id.encode() == key


def test_it_plays_on_after_the_snapshot(scenario: Scenario) -> None:
    assert len(scenario.before(AS_OF)) + sum(len(day.events) for day in scenario.since(AS_OF)) == 2_679
    assert len(scenario.since(AS_OF)) > 20


def test_it_names_everyone_who_appears_in_the_log(scenario: Scenario) -> None:
    seen = set()
    for _, _, value in (event for day in scenario.days for event in day.events):
        fields = msgspec.json.decode(value)
        seen |= {f"{kind}:{fields[f'{kind}_id']}" for kind in ("user", "team", "pipeline") if fields[f"{kind}_id"]}
    assert scenario.directory.keys() == seen
