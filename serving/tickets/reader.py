"""Follows the changelog of the workers' ticket rows into an index of facts, credited as what is in force says."""

import asyncio
import logging
import sqlite3
from functools import partial
from typing import Final

from aiokafka import AIOKafkaConsumer
from aiokafka.errors import KafkaError

from agents.changelog import FOLLOWING_MS, PLENTY, RawRecord, reading
from agents.clock import elapsed
from agents.config import EngineConfig
from agents.topics import MisconfiguredError
from schemas.rows import ticket_of
from serving.control import Control
from serving.index.database import Database
from serving.kafka import partitions_of
from serving.tickets.facts import store
from serving.tickets.held import Held, Rows
from streams.crediting import Crediting
from streams.derive import Derivation

log = logging.getLogger(__name__)

_CHANGELOG: Final = "tickets-changelog"
_MOST: Final = 2_000
"""Records that are read at once, and rows that are credited anew at once."""
_WAIT_MS: Final = 500
_PAUSE: Final = 2.0


class TicketReader:
    """Keeps the facts of all tickets at hand, for as long as the server runs."""

    def __init__(self, config: EngineConfig, control: Control, database: Database) -> None:
        self._config, self._control, self.database = config, control, database
        self._crediting: Crediting | None = None
        self._derivation: Derivation | None = None
        self._read_at = 0
        self.at: int | None = None
        """When a worker wrote the latest row that is in, in ms."""
        self.caught_up = asyncio.Event()
        """Every row that was there at the start is in, credited as was in force then."""

    async def run(self) -> None:
        """Never ends by itself: what fails is tried again."""
        await self._control.caught_up.wait()
        while True:
            try:
                await self._follow()
            except (KafkaError, MisconfiguredError, OSError) as error:
                log.warning("tickets: %s; trying again in %g s", error, _PAUSE)
                await asyncio.sleep(_PAUSE)

    async def _follow(self) -> None:
        tps = await partitions_of(self._config, [_CHANGELOG])
        async with reading(self._config, wait_ms=FOLLOWING_MS, min_bytes=PLENTY) as consumer:
            consumer.assign(tps)
            await consumer.seek_to_beginning(*tps)
            ends = await consumer.end_offsets(tps)
            held = Held()
            while True:
                await self._credit_anew()
                held.add(self._rows(await _records(consumer)))
                # Who starts doesn't rest: nothing can be answered before everything is in.
                rest = held.due_in(elapsed()) if self.caught_up.is_set() else 0.0
                complete = self.caught_up.is_set() or all([await consumer.position(tp) >= ends[tp] for tp in tps])
                if held.full:
                    await asyncio.sleep(rest)
                elif rest or not complete:
                    continue
                await self._write(held)
                if complete:
                    self.caught_up.set()

    def _rows(self, records: list[RawRecord]) -> Rows:
        """Of each ticket the last row."""
        self._read_at = max([self._read_at, *(record.timestamp for record in records)])
        return {ticket_id: each.value for each in records if (ticket_id := ticket_of(each.key)) is not None}

    async def _write(self, held: Held) -> None:
        if rows := held.drain():
            begin = elapsed()
            async with self.database.transaction() as writer:
                await writer.run(partial(_store, rows, self._current()))
            self.at = self._read_at
            held.written(begin, elapsed())

    async def _credit_anew(self) -> None:
        """When what facts depend on has changed, all of them are derived again, visible at once."""
        crediting = self._control.state.crediting
        if crediting == self._crediting:
            return
        self._crediting, self._derivation = crediting, Derivation(crediting)
        async with self.database.transaction() as writer:
            found = [""]
            while found:
                last, found = found[-1], []
                await writer.run(partial(_again, last, self._current(), found))

    def _current(self) -> Derivation:
        assert self._derivation is not None
        return self._derivation


async def _records(consumer: AIOKafkaConsumer) -> list[RawRecord]:
    """What has come meanwhile."""
    fetched = await consumer.getmany(timeout_ms=_WAIT_MS, max_records=_MOST)
    return [record for part in fetched.values() for record in part]


def _store(rows: Rows, derivation: Derivation, connection: sqlite3.Connection) -> None:
    store(connection, rows.items(), derivation)


def _again(last: str, derivation: Derivation, found: list[str], connection: sqlite3.Connection) -> None:
    sql = "SELECT ticket_id, packed FROM tickets WHERE ticket_id > ? ORDER BY ticket_id LIMIT ?"
    rows = connection.execute(sql, (last, _MOST)).fetchall()
    store(connection, rows, derivation)
    found.extend(ticket_id for ticket_id, _ in rows)
