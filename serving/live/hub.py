"""Hands live events to all who watch, each at their own speed: who is too slow starts over, nobody waits for them."""

import asyncio
from collections import Counter, deque
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import Final, Literal, NamedTuple

import msgspec
from pydantic import Field

from schemas.statuses import contributor_of, goal_of
from serving.index.filters import Contributors, Ids
from serving.read_model.store import Told

BACKLOG: Final = 1_000
"""Events that may wait for one watcher."""
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


@dataclass(slots=True, eq=False)
class Watcher:
    """One open stream."""

    watched: Watched
    _waiting: deque[Shown] = field(default_factory=deque)
    _came: asyncio.Event = field(default_factory=asyncio.Event)
    _ended: bool = False

    def offer(self, event: Shown) -> None:
        """Take an event; one too many makes the watcher start over."""
        if not wanted(self.watched, event):
            return
        if len(self._waiting) >= BACKLOG:
            self._waiting.clear()
            event = shown(Told(event.id, "reset", b"{}"))
        self._waiting.append(event)
        self._came.set()

    def end(self) -> None:
        """The server stops."""
        self._ended = True
        self._came.set()

    async def next(self) -> list[Shown]:
        """What has come since, at least one; nothing: the server stops."""
        while not self._waiting and not self._ended:
            self._came.clear()
            await self._came.wait()
        events = list(self._waiting)
        self._waiting.clear()
        return events


class Hub:
    """All watchers of a server."""

    def __init__(self, most: int, *, share: bool) -> None:
        """`most` streams at once; `share`: among several addresses, so that one doesn't take all."""
        self._most, self._each = most, max(1, most // _ONE_ADDRESS) if share else most
        self._watchers: dict[Watcher, str] = {}
        self._addresses: Counter[str] = Counter()
        self.last = "0-0"
        """The id of the latest event."""

    def publish(self, events: Sequence[Told]) -> None:
        """Hand on what has come."""
        self.last = events[-1].id
        if self._watchers:
            for event in map(shown, events):
                for watcher in self._watchers:
                    watcher.offer(event)

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
