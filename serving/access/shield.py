"""What holds for every answer and every body, whatever the route: ASGI middleware without logic of its own."""

import asyncio
from collections.abc import Mapping
from typing import Final

from starlette.datastructures import MutableHeaders
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from serving.problems import Problem

CONTENT_SECURITY_POLICY: Final = "; ".join(
    (
        "default-src 'none'",
        *(f"{kind}-src 'self'" for kind in ("script", "style", "img", "font", "connect", "manifest")),
        "form-action 'self'",
        "base-uri 'none'",
        "frame-ancestors 'none'",
    )
)
HEADERS: Final[Mapping[str, str]] = {
    "Content-Security-Policy": CONTENT_SECURITY_POLICY,
    "X-Content-Type-Options": "nosniff",
    "Referrer-Policy": "no-referrer",
    "X-Frame-Options": "DENY",
    "Cross-Origin-Opener-Policy": "same-origin",
    "Cross-Origin-Resource-Policy": "same-origin",
    "Permissions-Policy": "camera=(), geolocation=(), microphone=()",
}


class SecurityHeaders:
    """On every answer; `no-store` unless the route says otherwise."""

    def __init__(self, app: ASGIApp) -> None:
        self._app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """ASGI."""

        async def sending(message: Message) -> None:
            if message["type"] == "http.response.start":
                headers = MutableHeaders(scope=message)
                for name, value in HEADERS.items():
                    headers[name] = value
                headers.setdefault("Cache-Control", "no-store")
            await send(message)

        await self._app(scope, receive, sending if scope["type"] == "http" else send)


BODY_PATIENCE: Final = 60.0
"""Seconds for a body to come."""


class BodyLimit:
    """No more of a body is read than is allowed, whatever its Content-Length says, and it isn't waited for without end.

    To the route its sender seems to have gone away.
    """

    def __init__(self, app: ASGIApp, most: int, patience: float = BODY_PATIENCE) -> None:
        """`most`: bytes; `patience`: seconds."""
        self._app, self._most, self._patience = app, most, patience

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """ASGI."""
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return
        deadline = asyncio.get_running_loop().time() + self._patience
        read, more, begun = 0, True, False
        wrong: Problem | None = None

        async def receiving() -> Message:
            nonlocal read, more, wrong
            try:
                async with asyncio.timeout_at(deadline if more else None):
                    message = await receive()
            except TimeoutError:
                wrong = _too_slow(self._patience)
                return _GONE
            read, more = read + len(message.get("body", b"")), message.get("more_body", False)
            if read > self._most:
                wrong = _too_large(self._most)
                return _GONE
            return message

        async def sending(message: Message) -> None:
            nonlocal begun
            if wrong is None:  # what a route says of a body that it couldn't read is not the reason
                begun = True
                await send(message)

        await self._app(scope, receiving, sending)
        if wrong is not None and not begun:
            await wrong.response()(scope, receive, send)


_GONE: Final[Message] = {"type": "http.disconnect"}


def _too_large(most: int) -> Problem:
    return Problem("too-large", f"the body has more than {most} bytes; send less")


def _too_slow(patience: float) -> Problem:
    detail = f"the body isn't there after {patience:g} seconds; send it at once"
    return Problem("timeout", detail, headers={"Connection": "close"})
