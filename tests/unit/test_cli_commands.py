"""Commands are checked before any is published, and waiting for workers has an end."""

import pytest

from schemas import topics
from service_goals.client.commands import Command, check
from service_goals.client.files import Fields, read_object
from service_goals.client.patience import Patience
from service_goals.commands import directory, goals
from service_goals.errors import CommandError
from streams.control import INITIAL
from streams.judge import Judge


def fields(text: str) -> Fields:
    return read_object("a.json[0]", text.encode())


def goal(goal_id: str, target: object) -> Command:
    contributors = [{"kind": "user", "id": "ann", "target": target}]
    span = {"duration": "monthly", "start_date": "2026-01-01"}
    value = {"goal_id": goal_id, "name": "G", "template": "tickets-closed", **span, "contributors": contributors}
    return Command(topics.GOALS, goal_id, value, f"goals.json[{goal_id}]")


def test_every_refused_command_gets_a_line_with_its_origin() -> None:
    with pytest.raises(CommandError) as error:
        check(Judge(INITIAL), [goal("a", 0), goal("b", 5), goal("c", "much")])
    first, second = error.value.lines
    assert first.startswith("goals.json[a]: contributors[0].target: 0")
    assert second.startswith("goals.json[c]: contributors[0].target: ")


def test_commands_are_checked_one_after_the_other() -> None:
    user = Command(topics.DIRECTORY, "user:bob", {"name": "Bob"})
    with pytest.raises(CommandError, match="ann"):
        check(Judge(INITIAL), [user, goal("a", 5)])
    check(Judge(INITIAL), [user, Command(topics.DIRECTORY, "user:ann", {}), goal("a", 5)])


def test_a_directory_object_has_its_key_beside_its_fields() -> None:
    made = directory.read_command("people.json[0]", fields('{"key": "user:ann", "name": "Ann", "deleted": false}'))
    assert (made.topic, made.key, made.payload) == (topics.DIRECTORY, "user:ann", b'{"name": "Ann"}'.replace(b" ", b""))


def test_deleted_writes_the_null() -> None:
    made = directory.read_command("people.json[0]", fields('{"key": "user:ann", "name": "Ann", "deleted": true}'))
    assert made.payload is None


@pytest.mark.parametrize(
    ("text", "named"),
    [
        ('{"name": "Ann"}', "people.json[3]: key: missing"),
        ('{"key": 5}', "people.json[3]: key: missing or no text"),
        ('{"key": "user:a", "deleted": "yes"}', "people.json[3]: deleted: '\"yes\"', give true"),
    ],
)
def test_a_directory_object_without_a_key_is_named(text: str, named: str) -> None:
    with pytest.raises(CommandError) as error:
        directory.read_command("people.json[3]", fields(text))
    assert error.value.lines[0].startswith(named)


def test_a_goal_is_published_as_it_was_written() -> None:
    made = goals.read_command("g.json", fields('{"goal_id":"g","target":0.9500}'))
    assert (made.topic, made.key, made.payload) == (topics.GOALS, "g", b'{"goal_id":"g","target":0.9500}')


def test_a_goal_without_an_id_is_named() -> None:
    with pytest.raises(CommandError, match=r"g\.json: goal_id: missing"):
        goals.read_command("g.json", fields('{"name": "G"}'))


def test_patience_lasts_as_long_as_something_moves() -> None:
    seconds = [0.0]
    waiting = Patience("start a worker", lambda: seconds[0])
    for moved in range(5):
        seconds[0] += 50
        waiting.look(moved)
    seconds[0] += 60
    waiting.look(4)
    seconds[0] += 1
    with pytest.raises(CommandError, match="nothing has moved for 60 s: start a worker"):
        waiting.look(4)
