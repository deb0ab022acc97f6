"""Live events (server-sent events)."""

from collections.abc import AsyncIterator
from typing import Annotated, Final

from fastapi import APIRouter, Header, Query, Request, Response
from sse_starlette import EventSourceResponse, ServerSentEvent

from serving import models
from serving.access.guard import address_of
from serving.live.hub import TooManyStreams, Watched
from serving.live.stream import stream
from serving.problems import Problem
from serving.services import VIEWER, Parts

router = APIRouter(prefix="/api", tags=["live"], dependencies=[VIEWER])

PING: Final = 15
"""Seconds between two signs of life."""
ENDING: Final = 4
"""Seconds that a stream has to end by itself when the server stops: it would else be cut off now and then."""
_RETRY_AFTER: Final = "10"
_STREAM: Final = {"description": "events", "content": {"text/event-stream": {"schema": {"type": "string"}}}}


@router.get("/events", responses={200: _STREAM, **models.problems()}, response_class=EventSourceResponse)
async def get_events(
    services: Parts,
    request: Request,
    watched: Annotated[Watched, Query()],
    last_event_id: Annotated[str | None, Header(max_length=100)] = None,
) -> Response:
    """What changes, as it changes."""
    watching = services.hub.watching(watched, address_of(request))
    try:
        watcher = watching.__enter__()
    except TooManyStreams:
        headers = {"Retry-After": _RETRY_AFTER}
        raise Problem("streams", "too many streams are open; close some", headers=headers) from None

    async def frames() -> AsyncIterator[bytes]:
        try:
            async for each in stream(services.hub, services.store, watcher, last_event_id):
                yield each
        finally:
            watching.__exit__(None, None, None)

    return EventSourceResponse(
        frames(),
        ping=PING,
        ping_message_factory=lambda: ServerSentEvent(comment="alive"),
        shutdown_grace_period=ENDING,
    )
