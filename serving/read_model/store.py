"""The read model as it lies in Valkey: written with the positions in one `MULTI`, read whole, followed as a stream."""

from collections.abc import AsyncIterator, Mapping
from typing import Any, Final, NamedTuple

import orjson
from redis.asyncio import Redis
from redis.exceptions import WatchError

from serving.read_model.keys import Keys
from serving.read_model.writes import Event, Writes

KEPT_EVENTS: Final = 20_000
"""So many live events can be resumed from, at least."""
FOLLOWED: Final = 2_000
"""Events that are read at once."""
_BEYOND: Final = 2**64
"""Valkey's ids end there."""
_SCANNED: Final = 2_000

Positions = dict[str, int]
"""The next offset to read, by `TOPIC|PARTITION`; the topic without the namespace."""


class Moved(Exception):  # noqa: N818 - a turn of events, not a fault
    """Someone else has written meanwhile: read the place anew."""


class Place(NamedTuple):
    """Where a filler stands."""

    generation: int
    stored: bytes | None
    """The positions as they lie there; None: nothing yet."""

    @property
    def positions(self) -> Positions:
        """As numbers."""
        return orjson.loads(self.stored) if self.stored else {}


class Told(NamedTuple):
    """A live event with its id in the stream."""

    id: str
    kind: str
    data: bytes


class Store:
    """The read model of one namespace."""

    def __init__(self, client: Redis, keys: Keys) -> None:
        self._client: Any = client  # redis' own annotations know only half of what it answers
        self._keys = keys

    async def place(self) -> Place:
        """Where the generation in use stands; the first one is begun when there is none."""
        async with self._client.pipeline(transaction=True) as pipe:
            pipe.set(self._keys.generation, 1, nx=True)
            pipe.set(self._keys.last_generation, 1, nx=True)
            pipe.get(self._keys.generation)
            generation = int((await pipe.execute())[-1])
        return Place(generation, await self._client.get(self._keys.positions(generation)))

    async def begin(self) -> Place:
        """A new generation beside the one in use."""
        await self.place()
        return Place(int(await self._client.incr(self._keys.last_generation)), None)

    async def apply(self, place: Place, positions: Positions, changes: Writes, *, in_use: bool = True) -> Place:
        """Write changes and positions at once; the new place.

        Raises Moved when the place isn't where the read model stands any more. `in_use`: it is the generation that
        people see, so they are told.
        """
        stored = orjson.dumps(positions, option=orjson.OPT_SORT_KEYS)
        at = self._keys.positions(place.generation)
        async with self._client.pipeline(transaction=True) as pipe:
            await pipe.watch(self._keys.generation, at)
            if await pipe.get(at) != place.stored or (
                in_use and int(await pipe.get(self._keys.generation) or 0) != place.generation
            ):
                raise Moved
            pipe.multi()
            self._put(pipe, place.generation, changes)
            if in_use:
                self._tell(pipe, changes.events)
            pipe.set(at, stored)
            try:
                await pipe.execute()
            except WatchError:
                raise Moved from None
        return Place(place.generation, stored)

    async def switch(self, generation: int) -> None:
        """People see this generation from now on; the others are deleted."""
        former = int(await self._client.get(self._keys.generation))
        async with self._client.pipeline(transaction=True) as pipe:
            pipe.set(self._keys.generation, generation)
            self._tell(pipe, [Event("reset", b"{}")])
            await pipe.execute()
        for old in range(former, generation):
            await self._client.unlink(*self._keys.all_of(old))

    async def last_event(self) -> str:
        """The id of the latest event; `0-0` when there is none."""
        found = await self._client.xrevrange(self._keys.events, count=1)
        return str(found[0][0].decode()) if found else "0-0"

    async def first_event(self) -> str:
        """The id of the oldest event that is kept; `0-0` when there is none."""
        found = await self._client.xrange(self._keys.events, count=1)
        return str(found[0][0].decode()) if found else "0-0"

    async def events(self, after: str, *, wait_ms: int | None = None) -> list[Told]:
        """Events after an id, not more than FOLLOWED; waits for one when `wait_ms` is given."""
        answer = await self._client.xread({self._keys.events: after}, count=FOLLOWED, block=wait_ms)
        entries = answer[0][1] if answer else []
        return [Told(entry.decode(), fields[b"event"].decode(), fields[b"data"]) for entry, fields in entries]

    async def values(self, generation: int, name: str) -> AsyncIterator[list[tuple[str, bytes]]]:
        """All of one of the hashes, in parts; a field may come twice."""
        cursor = 0
        while True:
            cursor, part = await self._client.hscan(self._keys.hash(generation, name), cursor, count=_SCANNED)
            yield [(field.decode(), value) for field, value in part.items()]
            if cursor == 0:
                return

    def _put(self, pipe: Any, generation: int, changes: Writes) -> None:
        put: dict[str, dict[str, bytes]] = {}
        gone: dict[str, list[str]] = {}
        for (name, field), value in changes.values.items():
            if value is None:
                gone.setdefault(name, []).append(field)
            else:
                put.setdefault(name, {})[field] = value
        for name, mapping in put.items():
            pipe.hset(self._keys.hash(generation, name), mapping=mapping)
        for name, fields in gone.items():
            pipe.hdel(self._keys.hash(generation, name), *fields)

    def _tell(self, pipe: Any, events: list[Event]) -> None:
        for event in events:
            fields: Mapping[str, bytes | str] = {"event": event.kind, "data": event.data}
            pipe.xadd(self._keys.events, fields, maxlen=KEPT_EVENTS, approximate=True)


def event_order(event_id: str) -> tuple[int, int]:
    """By which ids of events are ordered. ValueError: it is no such id."""
    ms, dash, number = event_id.partition("-")
    if not (dash and ms.isascii() and ms.isdigit() and number.isascii() and number.isdigit()):
        raise ValueError(f"{event_id!r} is no id of an event, give one like 1774861200120-0")
    order = int(ms), int(number)
    if max(order) >= _BEYOND:
        raise ValueError(f"{event_id!r} is beyond any id of an event")
    return order
