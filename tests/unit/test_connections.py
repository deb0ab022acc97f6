"""What a connection may cost before it has asked for anything, and its body behind that; on real sockets."""

import asyncio
import socket
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

import pytest
import uvicorn
from starlette.types import ASGIApp, Receive, Scope, Send
from uvicorn.server import ServerState

from agents.ending import end
from service_goals.commands.api import listening
from serving.access.shield import BodyLimit
from serving.connections import bounded

PATIENCE = 0.4
"""Seconds that the server waits for headers, and for a body."""
LONG = 30.0
"""Seconds after which a test has waited in vain."""
REQUEST = b"GET / HTTP/1.1\r\nHost: here\r\n\r\n"
POST = b"POST / HTTP/1.1\r\nHost: here\r\nContent-Length: 5\r\n\r\n"

Connection = tuple[asyncio.StreamReader, asyncio.StreamWriter]


async def slow_echo(_scope: Scope, receive: Receive, send: Send) -> None:
    """Answers with the body, after longer than anyone may take to ask."""
    body, more = b"", True
    while more:
        message = await receive()
        body, more = body + message.get("body", b""), message.get("more_body", False)
    await asyncio.sleep(1.5 * PATIENCE)
    await send({"type": "http.response.start", "status": 200, "headers": [(b"content-length", b"%d" % len(body))]})
    await send({"type": "http.response.body", "body": body})


class Flood:
    """Sends more than any connection holds, until it is gone."""

    def __init__(self) -> None:
        self.gone = asyncio.Event()

    async def __call__(self, _scope: Scope, receive: Receive, send: Send) -> None:
        """ASGI."""
        sending = asyncio.create_task(self._send(send))
        while (await receive())["type"] != "http.disconnect":
            pass
        await end(sending)
        self.gone.set()

    async def _send(self, send: Send) -> None:
        await send({"type": "http.response.start", "status": 200, "headers": []})
        while True:
            await send({"type": "http.response.body", "body": bytes(1_000_000), "more_body": True})
            await asyncio.sleep(0)


@asynccontextmanager
async def server(most: int = 100, answer: ASGIApp = slow_echo) -> AsyncIterator[int]:
    """Its port."""
    app = BodyLimit(answer, most=100, patience=PATIENCE)
    config, state = uvicorn.Config(app, log_config=None, lifespan="off", ws="none"), ServerState()
    protocol = bounded(most, PATIENCE)
    loop = asyncio.get_running_loop()
    listener = listening("127.0.0.1", 0, unread=PATIENCE)
    async with await loop.create_server(lambda: protocol(config, state, {}), sock=listener):
        yield listener.getsockname()[1]


@asynccontextmanager
async def connected(port: int) -> AsyncIterator[Connection]:
    reader, writer = await asyncio.open_connection("127.0.0.1", port)
    try:
        yield reader, writer
    finally:
        writer.close()


async def status(reader: asyncio.StreamReader) -> int:
    async with asyncio.timeout(LONG):
        return int((await reader.readuntil(b"\r\n\r\n")).split()[1])


async def closed(reader: asyncio.StreamReader) -> bool:
    """It has been closed without a word."""
    async with asyncio.timeout(LONG):
        try:
            return await reader.read() == b""
        except ConnectionResetError:
            return True


async def drip(writer: asyncio.StreamWriter, data: bytes) -> None:
    """Byte after byte, each well before the server's patience ends."""
    for byte in data:
        writer.write(bytes([byte]))
        await asyncio.sleep(PATIENCE / 10)


async def test_who_never_reads_is_cut_off() -> None:
    flood = Flood()
    async with server(answer=flood) as port:
        with socket.create_connection(("127.0.0.1", port)) as silent:
            silent.sendall(REQUEST)
            await asyncio.wait_for(flood.gone.wait(), LONG)


@pytest.mark.parametrize("begin", [b"", REQUEST[:10]])
async def test_who_asks_nothing_is_cut_off(begin: bytes) -> None:
    async with server() as port, connected(port) as (reader, writer):
        writer.write(begin)
        assert await closed(reader)


async def test_who_asks_byte_by_byte_is_cut_off() -> None:
    async with server() as port, connected(port) as (reader, writer):
        dripping = asyncio.create_task(drip(writer, REQUEST))
        assert await closed(reader)
        dripping.cancel()


async def test_the_next_request_has_no_more_time() -> None:
    async with server() as port, connected(port) as (reader, writer):
        writer.write(REQUEST)
        assert await status(reader) == 200
        dripping = asyncio.create_task(drip(writer, REQUEST))
        assert await closed(reader)
        dripping.cancel()


async def test_an_answer_may_take_as_long_as_it_takes() -> None:
    async with server() as port, connected(port) as (reader, writer):
        for _ in range(2):
            writer.write(REQUEST)
            assert await status(reader) == 200


async def test_a_body_is_waited_for_no_longer_than_that() -> None:
    async with server() as port, connected(port) as (reader, writer):
        writer.write(POST)
        dripping = asyncio.create_task(drip(writer, b"hell"))
        assert await status(reader) == 408
        dripping.cancel()
    async with server() as port, connected(port) as (reader, writer):
        writer.write(POST + b"hello")
        assert await status(reader) == 200
        assert await reader.readexactly(5) == b"hello"


async def test_one_connection_too_many_is_closed_and_the_others_go_on() -> None:
    async with server(most=2) as port, connected(port) as (reader, writer):
        async with connected(port), connected(port) as (refused, _):
            assert await closed(refused)
        writer.write(REQUEST)
        assert await status(reader) == 200


async def test_a_connection_that_has_ended_makes_room() -> None:
    async with server(most=1) as port:
        for _ in range(2):
            async with connected(port) as (reader, writer):
                writer.write(REQUEST.replace(b"Host", b"Connection: close\r\nHost"))
                assert await status(reader) == 200
                assert await closed(reader)
