"""Live events: each watcher gets what it asked for, and no endless queue."""

import orjson
import pytest

from serving.live.hub import BACKLOG, Hub, TooManyStreams, Watched
from serving.read_model.store import Told


def told(number: int, kind: str = "status", key: str = "close|user:ann|2026-03-01") -> Told:
    return Told(f"{number}-0", kind, orjson.dumps({"key": key}))


async def seen(hub: Hub, watched: Watched, *events: Told) -> list[str]:
    with hub.watching(watched, "1.2.3.4") as watcher:
        hub.publish([*events, Told("9999-0", "reset", b"{}")])
        return [event.id for event in await watcher.next()][:-1]


@pytest.mark.parametrize(
    ("watched", "expected"),
    [
        (Watched(), ["1-0", "2-0", "3-0", "4-0"]),
        (Watched(event=["goal", "result"]), ["3-0", "4-0"]),
        (Watched(goal_id=["mail"]), ["2-0", "4-0"]),
        (Watched(user=["ann"]), ["1-0", "3-0", "4-0"]),
        (Watched(team=["a|b"]), ["2-0", "4-0"]),
        (Watched(event=["status"], user=["ann"]), ["1-0"]),
    ],
)
async def test_filters_thin_out(watched: Watched, expected: list[str]) -> None:
    events = [told(1), told(2, key="mail|team:a|b|2026-03-01"), told(3, "result"), told(4, "goal")]
    assert await seen(Hub(10, share=False), watched, *events) == expected


async def test_who_is_too_slow_starts_over() -> None:
    hub = Hub(10, share=False)
    with hub.watching(Watched(), "1.2.3.4") as slow:
        for number in range(BACKLOG + 5):
            hub.publish([told(number)])
        events = await slow.next()
    assert (events[0].kind, events[0].id, len(events)) == ("reset", f"{BACKLOG}-0", 5)
    assert hub.last == f"{BACKLOG + 4}-0"


def test_there_is_an_end_to_open_streams() -> None:
    hub = Hub(20, share=True)
    with hub.watching(Watched(), "1.2.3.4"), hub.watching(Watched(), "1.2.3.4"):
        with pytest.raises(TooManyStreams), hub.watching(Watched(), "1.2.3.4"):
            pass
        with hub.watching(Watched(), "5.6.7.8"):
            assert len(hub) == 3
    assert len(hub) == 0
    with hub.watching(Watched(), "1.2.3.4"):
        assert len(hub) == 1


async def test_a_server_that_stops_ends_its_streams() -> None:
    hub = Hub(10, share=False)
    with hub.watching(Watched(), "1.2.3.4") as watcher:
        hub.close()
        assert await watcher.next() == []
