"""Hands live events to all who watch, each at their own speed: who is too slow starts over, nobody waits for them.

What is sent is made once for all who ask for the same: each of many watchers costs little more than the sending.
"""

import asyncio
from collections import Counter, deque
from collections.abc import Iterable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import Final, Literal, NamedTuple

import msgspec
from pydantic import Field

from schemas.statuses import contributor_of, goal_of
from serving.index.filters import Contributors, Ids
from serving.read_model.store import Told

BACKLOG: Final = 5_000
"""Events that may wait for one watcher."""
CHUNK: Final = 64_000
"""Bytes that are sent at once, and wait in the connection of one who doesn't read; a single event may have more."""
SENDING: Final = 30
"""A chunk costs as much as this many events more in another one."""
_ONE_ADDRESS: Final = 10
"""A tenth of the streams is the most that one address gets."""

EventKind = Literal["status", "result", "notification", "goal", "directory", "account", "snapshot"]
KEYED: Final = ("status", "result", "notification")
"""Kinds that the filters thin out."""


class Watched(Contributors):
    """What a watcher wants to see."""

    event: list[EventKind] = Field(default_factory=list, max_length=7, description="which kinds; none given: all")
    goal_id: Ids = Field(default_factory=list)


class _Keyed(msgspec.Struct):
    key: str


_KEYED: Final = msgspec.json.Decoder(_Keyed)


class Shown(NamedTuple):
    """An event as it is sent, with what the filters ask for."""

    id: str
    kind: str
    frame: bytes
    key: str | None


class TooManyStreams(Exception):  # noqa: N818 - the caller comes back later
    """No more are open at once."""


def frame(event_id: str, kind: str, data: bytes) -> bytes:
    """As server-sent events have it."""
    return b"id: %b\nevent: %b\ndata: %b\n\n" % (event_id.encode(), kind.encode(), data)


def shown(event: Told) -> Shown:
    """Made once for all watchers."""
    key = _KEYED.decode(event.data).key if event.kind in KEYED else None
    return Shown(event.id, event.kind, frame(event.id, event.kind, event.data), key)


def wanted(watched: Watched, event: Shown) -> bool:
    """`reset` is for everyone."""
    if event.kind != "reset" and watched.event and event.kind not in watched.event:
        return False
    if event.key is None:
        return True
    if watched.goal_id and goal_of(event.key) not in watched.goal_id:
        return False
    contributors = watched.contributor_keys
    return not contributors or contributor_of(event.key) in contributors


def latest(events: Iterable[Shown]) -> list[Shown]:
    """Without statuses that a later one of the same key supersedes; in order."""
    kept: dict[str, Shown] = {}
    for event in events:
        place = event.key if event.kind == "status" and event.key is not None else event.id
        kept.pop(place, None)
        kept[place] = event
    return list(kept.values())


class Chunk(NamedTuple):
    """Events as they are sent."""

    frames: bytes
    events: int


def chunks(events: Iterable[Shown]) -> Iterator[Chunk]:
    """In order, none larger than CHUNK."""
    waiting: list[bytes] = []
    size = 0
    for event in events:
        if waiting and size + len(event.frame) > CHUNK:
            yield Chunk(b"".join(waiting), len(waiting))
            waiting, size = [], 0
        waiting.append(event.frame)
        size += len(event.frame)
    if waiting:
        yield Chunk(b"".join(waiting), len(waiting))


@dataclass(slots=True, eq=False)
class Watcher:
    """One open stream."""

    watched: Watched
    asked: str = ""
    """What is watched, as JSON: who has the same gets the same chunks."""
    _waiting: deque[Chunk] = field(default_factory=deque)
    _came: asyncio.Event = field(default_factory=asyncio.Event)
    _ended: bool = False

    def __post_init__(self) -> None:
        self.asked = self.watched.model_dump_json()

    def offer(self, told: Sequence[Chunk], last: str) -> None:
        """Take what has come, `last` the id of its last event; what is too much makes the watcher start over."""
        waiting = sum(chunk.events for chunk in self._waiting)
        if waiting and waiting + sum(chunk.events for chunk in told) > BACKLOG:
            self._waiting.clear()
            told = [Chunk(frame(last, "reset", b"{}"), 1)]
        self._waiting.extend(told)
        self._came.set()

    def end(self) -> None:
        """The server stops."""
        self._ended = True
        self._came.set()

    async def next(self) -> bytes | None:
        """What comes next; None: the server stops."""
        while not self._waiting and not self._ended:
            self._came.clear()
            await self._came.wait()
        return self._waiting.popleft().frames if self._waiting else None


class Hub:
    """All watchers of a server."""

    def __init__(self, most: int, *, share: bool) -> None:
        """`most` streams at once; `share`: among several addresses, so that one doesn't take all."""
        self._most, self._each = most, max(1, most // _ONE_ADDRESS) if share else most
        self._watchers: dict[Watcher, str] = {}
        self._addresses: Counter[str] = Counter()
        self.last = "0-0"
        """The id of the latest event."""

    def publish(self, events: Sequence[Told]) -> int:
        """Hand on what has come; what that costs, in events over all watchers."""
        self.last = events[-1].id
        came = latest(map(shown, events)) if self._watchers else []
        told: dict[str, list[Chunk]] = {}
        for watcher in self._watchers:
            if watcher.asked not in told:
                told[watcher.asked] = list(chunks(event for event in came if wanted(watcher.watched, event)))
            if told[watcher.asked]:
                watcher.offer(told[watcher.asked], self.last)
        return sum(SENDING + chunk.events for watcher in self._watchers for chunk in told[watcher.asked])

    def __len__(self) -> int:
        return len(self._watchers)

    @contextmanager
    def watching(self, watched: Watched, address: str) -> Iterator[Watcher]:
        """A watcher, for as long as the block runs. Raises TooManyStreams."""
        if len(self._watchers) >= self._most or self._addresses[address] >= self._each:
            raise TooManyStreams
        watcher = Watcher(watched)
        self._watchers[watcher] = address
        self._addresses[address] += 1
        try:
            yield watcher
        finally:
            del self._watchers[watcher]
            self._addresses -= Counter([address])

    def close(self) -> None:
        """End all streams."""
        for watcher in self._watchers:
            watcher.end()
