"""Many who watch: streams of live events over plain sockets, so that who measures costs little.

    python -m benchmarks.streams http://127.0.0.1:8080 500

Prints `ready` when all are open; reads until its standard input ends, then prints what came, as JSON.
"""

import asyncio
import json
import subprocess
import sys
from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager
from urllib.parse import urlsplit

KINDS = ("ready", "status", "reset")
_MARKS = {kind: f"\nevent: {kind}\n".encode() for kind in KINDS}
_OVERLAP = min(map(len, _MARKS.values())) - 1
"""Bytes that may be the beginning of a mark, and can't be a whole one."""


class Watched:
    """What watchers have got, once they have been closed."""

    def __init__(self, pid: int) -> None:
        self.pid = pid
        """Of the process that watches."""
        self.came: Counter[str] = Counter()
        """Events by kind, over all streams."""
        self.lost = 0
        """Streams that the server ended."""


@contextmanager
def watching(url: str, count: int) -> Iterator[Watched]:
    """So many streams, in a process that lets every other go first: those who watch are elsewhere."""
    command = ["nice", "-n", "19", sys.executable, "-m", "benchmarks.streams", url, str(count)]
    process = subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True)
    watched = Watched(process.pid)
    assert process.stdin is not None
    assert process.stdout is not None
    try:
        if process.stdout.readline() != "ready\n":
            raise SystemExit("the streams could not be opened")
        yield watched
        process.stdin.close()
        told = json.loads(process.stdout.readline())
        watched.came, watched.lost = Counter(told["came"]), told["lost"]
    finally:
        process.kill()
        process.wait()


class _Stream(asyncio.Protocol):
    def __init__(self, host: str, came: Counter[str], ready: asyncio.Semaphore) -> None:
        self._host, self._came, self._ready = host, came, ready
        self._rest = b""
        self.lost = False

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        assert isinstance(transport, asyncio.Transport)
        transport.write(f"GET /api/events HTTP/1.1\r\nHost: {self._host}\r\n\r\n".encode())

    def data_received(self, data: bytes) -> None:
        text = self._rest + data
        for kind, mark in _MARKS.items():
            if found := text.count(mark):
                self._came[kind] += found
                if kind == "ready":
                    self._ready.release()
        self._rest = text[-_OVERLAP:]

    def connection_lost(self, _error: Exception | None) -> None:
        self.lost = True


async def _watch(url: str, count: int) -> None:
    loop, came, ready = asyncio.get_running_loop(), Counter[str](), asyncio.Semaphore(0)
    parts = urlsplit(url)
    host, port = parts.hostname or "", parts.port or 80
    streams = [
        (await loop.create_connection(lambda: _Stream(parts.netloc, came, ready), host, port))[1] for _ in range(count)
    ]
    for _ in streams:
        await ready.acquire()
    print("ready", flush=True)
    await asyncio.to_thread(sys.stdin.read)
    print(json.dumps({"came": came, "lost": sum(stream.lost for stream in streams)}), flush=True)


if __name__ == "__main__":
    asyncio.run(_watch(sys.argv[1], int(sys.argv[2])))
