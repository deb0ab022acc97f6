"""Requests as bytes, sent as they are: no client in between that would mend them."""

import asyncio
from collections.abc import Iterable
from typing import Final, NamedTuple
from urllib.parse import quote, urlencode

HOST: Final = "127.0.0.1"
PATIENCE: Final = 60.0


class Bad(NamedTuple):
    """A request that has to be refused."""

    kind: str
    data: bytes
    resets: bool = False
    """No refusal: a stream that has to begin with `reset`."""
    cut: bool = False
    """Its sender goes away before its end; an answer is of no use any more."""


class Answer(NamedTuple):
    """What came back; status 0: the server closed the connection without a word."""

    status: int
    media_type: str
    body: bytes


def request(
    method: str,
    path: str,
    query: Iterable[tuple[str, str]] = (),
    body: bytes | None = None,
    **headers: str,
) -> bytes:
    """Well-formed HTTP, whatever it says; `path` is percent-encoded already."""
    asked = urlencode(list(query), quote_via=quote)
    length = {} if body is None else {"Content-Length": str(len(body)), "Content-Type": "application/json"}
    named = {name.replace("_", "-"): value for name, value in headers.items()}
    fields = {"Host": HOST, "Connection": "close", **length, **named}
    head = f"{method} {path}{'?' * bool(asked)}{asked} HTTP/1.1\r\n"
    head += "".join(f"{name}: {value}\r\n" for name, value in fields.items()) + "\r\n"
    return head.encode("latin-1", "replace") + (body or b"")


async def send(port: int, bad: Bad) -> Answer:
    """Send it, and take what comes back."""
    async with asyncio.timeout(PATIENCE):
        reader, writer = await asyncio.open_connection(HOST, port)
        try:
            writer.write(bad.data)
            await writer.drain()
            if bad.cut:
                writer.write_eof()
            return await _answer(reader, bad.resets)
        except (ConnectionError, asyncio.IncompleteReadError):
            return Answer(0, "", b"")
        finally:
            writer.close()


async def _answer(reader: asyncio.StreamReader, stream: bool) -> Answer:
    head = await reader.readuntil(b"\r\n\r\n")
    first, *lines = head.decode("latin-1").split("\r\n")
    fields = {name.lower(): value.strip() for name, _, value in (line.partition(":") for line in lines if line)}
    if stream:
        body = await reader.readuntil(b"event: reset")
    else:
        body = await reader.readexactly(int(fields.get("content-length", "0")))
    return Answer(int(first.split()[1]), fields.get("content-type", "").partition(";")[0], body)
