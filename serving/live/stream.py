"""One stream of live events: what was missed, then what comes."""

from collections.abc import AsyncIterator

from serving.live.hub import Hub, Watcher, chunks, frame, shown, wanted
from serving.read_model.store import Store, event_order


async def stream(hub: Hub, store: Store, watcher: Watcher, last_seen: str | None) -> AsyncIterator[bytes]:
    """Frames, from behind the event that was seen last, or from now on."""
    now = hub.last
    yield frame(last_seen if last_seen is not None and await _kept(store, last_seen) else now, "ready", b"{}")
    if last_seen is not None:
        async for missed in _missed(store, watcher, last_seen, now):
            yield missed
    while (frames := await watcher.next()) is not None:
        yield frames


async def _missed(store: Store, watcher: Watcher, last_seen: str, until: str) -> AsyncIterator[bytes]:
    """What came between the two; all anew when it isn't kept any more."""
    if not await _kept(store, last_seen):
        yield frame(until, "reset", b"{}")
        return
    end = event_order(until)
    while event_order(last_seen) < end:
        events = await store.events(last_seen)
        if not await _kept(store, last_seen):  # a slow reader may be overtaken by what is dropped
            yield frame(until, "reset", b"{}")
            return
        if not events:
            return
        last_seen = events[-1].id
        due = (shown(event) for event in events if event_order(event.id) <= end)
        for chunk in chunks(event for event in due if wanted(watcher.watched, event)):
            yield chunk.frames


async def _kept(store: Store, event_id: str) -> bool:
    """Is this event still there, so that all after it are?"""
    try:
        order = event_order(event_id)
    except ValueError:
        return False
    first = await store.first_event()
    return first != "0-0" and event_order(first) <= order
