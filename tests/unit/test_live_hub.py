"""Live events: each watcher gets what it asked for, and no endless queue."""

import orjson
import pytest

from serving.live.hub import BACKLOG, CHUNK, SENDING, Hub, TooManyStreams, Watched, Watcher, frame
from serving.read_model.store import Told


def told(number: int, kind: str = "status", key: str | None = None) -> Told:
    return Told(f"{number}-0", kind, orjson.dumps({"key": key or f"close|user:ann|{number}"}))


async def waiting(watcher: Watcher) -> list[tuple[str, str]]:
    """The ids and kinds of all that waits for a watcher, which then gets the end of the server."""
    watcher.end()
    frames = b""
    while (more := await watcher.next()) is not None:
        frames += more
    lines = [frame.split(b"\n") for frame in frames.split(b"\n\n") if frame]
    return [(event_id[4:].decode(), kind[7:].decode()) for event_id, kind, _ in lines]


async def seen(hub: Hub, watched: Watched, *events: Told) -> list[str]:
    with hub.watching(watched, "1.2.3.4") as watcher:
        hub.publish([*events, Told("9999-0", "reset", b"{}")])
        return [event_id for event_id, _ in await waiting(watcher)][:-1]


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


async def test_of_several_statuses_of_a_key_the_last_is_sent_and_everything_else_always() -> None:
    one, other = "close|user:ann|2026-03-01", "close|user:bob|2026-03-01"
    kinds = [("status", one), ("status", other), ("status", one), ("result", one), ("result", one), ("goal", one)]
    events = [told(number, *each) for number, each in enumerate(kinds)]
    assert await seen(Hub(10, share=False), Watched(), *events) == ["1-0", "2-0", "3-0", "4-0", "5-0"]


def test_what_handing_on_costs_over_all_who_watch() -> None:
    hub = Hub(10, share=False)
    assert hub.publish([told(1)]) == 0
    with hub.watching(Watched(), "a"), hub.watching(Watched(), "b"), hub.watching(Watched(event=["goal"]), "c"):
        assert hub.publish([told(2), told(3), told(4, "goal")]) == 3 * SENDING + 3 + 3 + 1


async def test_who_is_too_slow_starts_over() -> None:
    hub = Hub(10, share=False)
    with hub.watching(Watched(), "1.2.3.4") as slow, hub.watching(Watched(event=["goal"]), "1.2.3.4") as other:
        for number in range(0, BACKLOG + 1_000, 500):
            hub.publish([told(number + one) for one in range(500)])
        hub.publish([told(BACKLOG + 1_000), told(BACKLOG + 1_001, "goal")])
        assert await waiting(slow) == [
            (f"{BACKLOG + 499}-0", "reset"),
            *((f"{number}-0", "status") for number in range(BACKLOG + 500, BACKLOG + 1_001)),
            (f"{BACKLOG + 1_001}-0", "goal"),
        ]
        assert await waiting(other) == [(f"{BACKLOG + 1_001}-0", "goal")]
    assert hub.last == f"{BACKLOG + 1_001}-0"


async def test_who_watches_the_same_is_sent_the_same_in_chunks_that_are_not_large() -> None:
    hub = Hub(10, share=False)
    events = [Told(f"{number}-0", "status", b'{"key":"k|user:a|%d"}' % number + b" " * 1_000) for number in range(200)]
    with hub.watching(Watched(), "1.2.3.4") as first, hub.watching(Watched(), "5.6.7.8") as second:
        hub.publish(events)
        chunks = [await first.next() for _ in range(4)]
        for chunk in chunks:
            assert chunk is await second.next()
        assert all(chunk is not None and len(chunk) <= CHUNK for chunk in chunks)
        assert b"".join(chunk or b"" for chunk in chunks) == b"".join(
            frame(event.id, event.kind, event.data) for event in events
        )


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
        assert await watcher.next() is None
