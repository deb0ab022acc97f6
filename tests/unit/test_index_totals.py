"""How many match is counted once for each state of the index, and never told of a former one."""

import sqlite3
from collections.abc import AsyncIterator
from functools import partial
from pathlib import Path

import orjson
import pytest

from serving.index.conditions import Conditions
from serving.index.database import Database
from serving.index.rows import SCHEMA, Seen, entry_of, put
from serving.index.totals import REMEMBERED, Totals
from tests.serving.builders import key_of, status


@pytest.fixture
async def database(tmp_path: Path) -> AsyncIterator[Database]:
    database = Database(tmp_path / "index.sqlite", SCHEMA)
    yield database
    database.close()


async def add(database: Database, goal_id: str, named: str) -> None:
    value = status(goal_id, status=named)
    entries = [entry_of("statuses", key_of(value), orjson.dumps(value), Seen())]
    async with database.transaction() as writer:
        await writer.run(partial(put, name="statuses", entries=entries))


def asked(totals: Totals, conditions: Conditions, connection: sqlite3.Connection) -> tuple[dict[str, int], int]:
    """What is found, and how many statements that took."""
    statements: list[str] = []
    connection.set_trace_callback(statements.append)
    found = totals.of(connection, "statuses", "status", conditions)
    connection.set_trace_callback(None)
    return found, len(statements)


def of_goal(goal_id: str) -> Conditions:
    conditions = Conditions()
    conditions.one_of("goal_id", [goal_id])
    return conditions


async def test_the_same_question_is_counted_once_until_something_changes(database: Database) -> None:
    totals = Totals()
    await add(database, "a", "missed")
    ask = partial(asked, totals, Conditions())
    assert await database.query(ask) == ({"missed": 1}, 2)
    assert await database.query(ask) == ({"missed": 1}, 1)
    await add(database, "b", "achieved")
    assert await database.query(ask) == ({"missed": 1, "achieved": 1}, 2)


async def test_another_question_is_another_count(database: Database) -> None:
    totals = Totals()
    await add(database, "a", "missed")
    assert [(await database.query(partial(asked, totals, of_goal(name))))[0] for name in ("a", "b")] == [
        {"missed": 1},
        {},
    ]


async def test_not_every_question_is_remembered_for_ever(database: Database) -> None:
    totals = Totals()

    def ask(connection: sqlite3.Connection) -> tuple[dict[str, int], int]:
        for number in range(REMEMBERED + 1):
            totals.of(connection, "statuses", "status", of_goal(f"g{number}"))
        return asked(totals, of_goal("g0"), connection)

    assert await database.query(ask) == ({}, 2)
