"""SQLite for one writer and a few readers: each query sees one state, a long one can be broken off."""

import asyncio
import sqlite3
import threading
import time
from collections.abc import AsyncIterator, Callable
from concurrent.futures import ThreadPoolExecutor
from contextlib import asynccontextmanager
from functools import partial
from pathlib import Path
from typing import Any, Final, TypeVar

from serving.turns import Overloaded, Turns

T = TypeVar("T")

READERS: Final = 4
"""Queries at once."""
PATIENCE: Final = 5.0
"""Seconds that a query may take."""
_CACHE_KIB: Final = 16_384
"""Pages that the writer keeps: rows come in no order, with SQLite's own 2 MiB each would be read again."""
_STEPS: Final = 10_000
"""Of SQLite's machine between two looks at the clock."""
_VERSION: Final = "CREATE TABLE version (number INT); INSERT INTO version VALUES (0);"
"""Counts transactions: what was found in one version is true as long as it stands."""


class Database:
    """A database in a file that nobody else uses. It can be filled anew: nothing is ever synced to the disk."""

    def __init__(self, path: Path, schema: str, patience: float = PATIENCE) -> None:
        """Creates what `schema` says."""
        self._path, self._patience = path, patience
        self._write = ThreadPoolExecutor(1, "index-writer")
        self._turns = Turns("index-reader", READERS)
        self._lock = asyncio.Lock()
        self._of_thread = threading.local()
        self._opened: list[sqlite3.Connection] = []
        self._writer = self._connect()
        self._writer.executescript(
            f"PRAGMA journal_mode=WAL; PRAGMA synchronous=OFF; PRAGMA cache_size=-{_CACHE_KIB}; {_VERSION}{schema}"
        )

    @asynccontextmanager
    async def transaction(self) -> AsyncIterator["Writer"]:
        """All that is written in it becomes visible at once, or not at all."""
        async with self._lock:
            writer = Writer(self._writer, self._write)
            await writer.run(lambda connection: connection.execute("BEGIN"))
            try:
                yield writer
            except BaseException:
                await asyncio.shield(writer.run(lambda connection: connection.execute("ROLLBACK")))
                raise
            await writer.run(_commit)

    async def query(self, ask: Callable[[sqlite3.Connection], T]) -> T:
        """What `ask` finds, in one state of the database. Raises Overloaded."""
        return await self._turns.ask(partial(self._ask, ask))

    def close(self) -> None:
        """Release threads and files."""
        self._write.shutdown(cancel_futures=True)
        self._turns.close()
        for connection in self._opened:
            connection.close()

    def _ask(self, ask: Callable[[sqlite3.Connection], T]) -> T:
        connection = getattr(self._of_thread, "connection", None)
        if connection is None:
            connection = self._of_thread.connection = self._connect()
        deadline = time.monotonic() + self._patience
        connection.set_progress_handler(lambda: time.monotonic() > deadline, _STEPS)
        connection.execute("BEGIN")
        try:
            return ask(connection)
        except sqlite3.OperationalError as error:
            if time.monotonic() > deadline:
                raise Overloaded from error
            raise
        finally:
            connection.execute("COMMIT")

    def _connect(self) -> sqlite3.Connection:
        connection = sqlite3.connect(self._path, isolation_level=None, check_same_thread=False, cached_statements=512)
        self._opened.append(connection)
        return connection


def version_of(connection: sqlite3.Connection) -> int:
    """Of the state that the query sees."""
    found: int = connection.execute("SELECT number FROM version").fetchone()[0]
    return found


def _commit(connection: sqlite3.Connection) -> None:
    connection.execute("UPDATE version SET number = number + 1")
    connection.execute("COMMIT")


class Writer:
    """The writing side of an open transaction."""

    def __init__(self, connection: sqlite3.Connection, executor: ThreadPoolExecutor) -> None:
        self._connection, self._executor = connection, executor

    async def run(self, change: Callable[[sqlite3.Connection], Any]) -> None:
        """Change something."""
        await asyncio.get_running_loop().run_in_executor(self._executor, change, self._connection)
