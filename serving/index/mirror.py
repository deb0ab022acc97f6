"""Follows the read model into this server's index, and tells who watches once the index has it."""

import asyncio
import logging
from collections.abc import Callable, Iterable
from copy import copy
from functools import partial
from typing import Final

import msgspec
from redis.exceptions import RedisError

from agents.clock import elapsed
from serving.index.database import Database, Writer
from serving.index.rows import Entry, Seen, clear, drop, entry_of, put
from serving.read_model.keys import HASHES, NOTIFICATIONS, RESULTS, STATUSES
from serving.read_model.store import FOLLOWED, Moved, Store, Told, event_order

log = logging.getLogger(__name__)

RESET: Final = "reset"
_WAIT_MS: Final = 1_000
PACE: Final = 0.25
"""Seconds from one look for events to the next, at least: what comes in between is one change of the index, and goes
to each watcher at once."""
LONGEST_PACE: Final = 2.0
"""Seconds, where much is told to many."""
_TOLD: Final = 50_000
"""Events a second, over all watchers; for more the pace is longer: fewer sendings, and none of what is superseded."""
_PAUSE: Final = 1.0
"""Seconds before the next try when Valkey fails."""
_TABLES: Final = {"status": STATUSES, "result": RESULTS, "notification": NOTIFICATIONS}
"""By kind of event."""

_NULL: Final = b"null"


class _Changed(msgspec.Struct):
    """As much of an event as the index needs."""

    key: str
    id: str | None = None
    """Where it isn't known by the key."""
    status: msgspec.Raw = msgspec.Raw(_NULL)
    result: msgspec.Raw = msgspec.Raw(_NULL)
    notification: msgspec.Raw = msgspec.Raw(_NULL)


_CHANGED: Final = msgspec.json.Decoder(_Changed)


class Mirror:
    """Keeps the index like the read model, for as long as the server runs."""

    def __init__(self, store: Store, database: Database, on_events: Callable[[list[Told]], int]) -> None:
        """`on_events`: called with what has come, when it can be asked for; what that costs, in events told."""
        self._store, self._database, self._on_events = store, database, on_events
        self.loaded = asyncio.Event()
        """The index has been filled once."""
        self.seen = Seen()
        """How fresh the index is, at least: read it before you ask."""
        self.well = True
        """Valkey answered last time."""

    async def run(self) -> None:
        """Never ends by itself: what fails is tried again."""
        while True:
            try:
                await self._follow(await self._load())
            except Moved:
                await asyncio.sleep(0)
            except RedisError as error:
                self.well = False
                log.warning("index: %s; trying again in %g s", error, _PAUSE)
                await asyncio.sleep(_PAUSE)

    async def _load(self) -> str:
        """Everything anew, visible at once when it is complete; the id of the event to go on after."""
        last = await self._store.last_event()
        generation = (await self._store.place()).generation
        seen = Seen()
        async with self._database.transaction() as writer:
            for name in HASHES:
                await writer.run(partial(clear, name=name))
                async for part in self._store.values(generation, name):
                    await _put(writer, name, [entry_of(name, key, body, seen) for key, body in part])
            if (await self._store.place()).generation != generation:
                raise Moved  # what was read may have been deleted under it
        self.seen, self.well = seen, True
        self._on_events([Told(last, RESET, b"{}")])
        self.loaded.set()
        return last

    async def _follow(self, last: str) -> None:
        """Until everything has to be read anew."""
        while True:
            events, begin = await self._store.events(last, wait_ms=_WAIT_MS), elapsed()
            self.well = True
            if not events:
                continue
            lost = len(events) == FOLLOWED and event_order(await self._store.first_event()) > event_order(last)
            if lost or any(event.kind == RESET for event in events):
                return
            await self._take(events)
            pace = pace_after(self._on_events(events))
            last = events[-1].id
            if len(events) < FOLLOWED:
                await asyncio.sleep(max(0.0, begin + pace - elapsed()))

    async def _take(self, events: Iterable[Told]) -> None:
        latest: dict[tuple[str, str], bytes] = {}
        for event in events:
            if event.kind in _TABLES:
                changed = _CHANGED.decode(event.data)
                latest[_TABLES[event.kind], changed.id or changed.key] = bytes(getattr(changed, event.kind))
        if not latest:
            return
        seen = copy(self.seen)
        async with self._database.transaction() as writer:
            for name in HASHES:
                own = {key: body for (table, key), body in latest.items() if table == name}
                await _put(writer, name, [entry_of(name, k, body, seen) for k, body in own.items() if body != _NULL])
                await _drop(writer, name, [key for key, body in own.items() if body == _NULL])
        self.seen = seen


def pace_after(told: int) -> float:
    """Seconds from one look to the next, when so many events were told, over all watchers."""
    return min(LONGEST_PACE, max(PACE, told / _TOLD))


async def _put(writer: Writer, name: str, entries: list[Entry]) -> None:
    if entries:
        await writer.run(partial(put, name=name, entries=entries))


async def _drop(writer: Writer, name: str, keys: list[str]) -> None:
    if keys:
        await writer.run(partial(drop, name=name, keys=keys))
