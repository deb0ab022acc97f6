"""What a query may cost: so many at once, so long in the queue, so long at work; and what is written shows as one."""

import asyncio
import sqlite3
import threading
from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from serving.index.database import READERS, Database
from serving.turns import Overloaded

SCHEMA = "CREATE TABLE numbers (number INT);"
LONG = "WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n LIMIT 30000000) SELECT count(*) FROM n"
"""Seconds of work, many times the patience; yet it ends, so that a test without a limit fails and doesn't hang."""


@pytest.fixture
async def database(tmp_path: Path) -> AsyncIterator[Database]:
    database = Database(tmp_path / "index.sqlite", SCHEMA, patience=0.2)
    yield database
    database.close()


def numbers(connection: sqlite3.Connection) -> list[int]:
    return [number for (number,) in connection.execute("SELECT number FROM numbers")]


class Busy:
    """Queries that have begun and don't end until they may."""

    def __init__(self) -> None:
        self._begun, self.may_end = threading.Barrier(READERS + 1), threading.Event()

    def ask(self, _: sqlite3.Connection) -> None:
        self._begun.wait(30)
        self.may_end.wait(30)

    async def begun(self) -> None:
        await asyncio.to_thread(self._begun.wait, 30)


async def test_a_query_that_takes_too_long_is_broken_off_and_the_next_one_is_answered(database: Database) -> None:
    for _ in range(READERS + 1):
        with pytest.raises(Overloaded):
            await database.query(lambda connection: connection.execute(LONG).fetchone())
    assert await database.query(numbers) == []


async def test_one_query_too_many_waits_in_vain_and_the_next_one_is_answered(database: Database) -> None:
    busy = Busy()
    tasks = [asyncio.create_task(database.query(busy.ask)) for _ in range(READERS)]
    await busy.begun()
    with pytest.raises(Overloaded):
        await database.query(numbers)
    busy.may_end.set()
    await asyncio.gather(*tasks)
    assert await database.query(numbers) == []


async def test_what_goes_wrong_is_no_overload(database: Database) -> None:
    with pytest.raises(sqlite3.OperationalError):
        await database.query(lambda connection: connection.execute("SELECT nothing FROM numbers"))


async def test_a_transaction_shows_at_once_or_never(database: Database) -> None:
    async with database.transaction() as writer:
        await writer.run(lambda connection: connection.execute("INSERT INTO numbers VALUES (1)"))
        assert await database.query(numbers) == []
    assert await database.query(numbers) == [1]
    with pytest.raises(KeyError):
        await _failing(database)
    assert await database.query(numbers) == [1]


async def _failing(database: Database) -> None:
    async with database.transaction() as writer:
        await writer.run(lambda connection: connection.execute("INSERT INTO numbers VALUES (2)"))
        raise KeyError
