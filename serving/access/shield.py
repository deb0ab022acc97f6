"""What holds for every answer and every body, whatever the route: ASGI middleware without logic of its own."""

from collections.abc import Mapping
from contextlib import suppress
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


class _TooLarge(Exception):  # noqa: N818 - never leaves this file
    pass


class BodyLimit:
    """No more of a body is read than is allowed, whatever its Content-Length says."""

    def __init__(self, app: ASGIApp, most: int) -> None:
        """`most`: bytes."""
        self._app, self._most = app, most

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """ASGI."""
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return
        read, begun, over = 0, False, False

        async def receiving() -> Message:
            nonlocal read, over
            message = await receive()
            read += len(message.get("body", b""))
            if read > self._most:
                over = True
                raise _TooLarge
            return message

        async def sending(message: Message) -> None:
            nonlocal begun
            if not over:  # what a route says of a body that it couldn't read is not the reason
                begun = True
                await send(message)

        with suppress(_TooLarge):
            await self._app(scope, receiving, sending)
        if over and not begun:
            detail = f"the body has more than {self._most} bytes; send less"
            await Problem("too-large", detail).response()(scope, receive, send)
