"""How many requests there were and how long they took, by route: ASGI middleware."""

from typing import Final

from starlette.types import ASGIApp, Message, Receive, Scope, Send

from agents.clock import elapsed
from agents.monitor.meters import Meters
from schemas.metrics import REQUEST_TIME, REQUESTS

_NO_ROUTE: Final = "none"
_STREAM: Final = "/api/events"


class Measured:
    """The route is named by its pattern: what people ask for is in no metric."""

    def __init__(self, app: ASGIApp, meters: Meters) -> None:
        self._app, self._meters = app, meters

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """ASGI."""
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return
        begin, code = elapsed(), 500

        async def sending(message: Message) -> None:
            nonlocal code
            if message["type"] == "http.response.start":
                code = message["status"]
            await send(message)

        try:
            await self._app(scope, receive, sending)
        finally:
            route = str(getattr(scope.get("route"), "path", _NO_ROUTE))
            self._meters.add(REQUESTS, 1, route, str(code))
            if route != _STREAM:
                self._meters.observe(REQUEST_TIME, elapsed() - begin, route)
