"""How fast the API answers over many assignments, and how many it can keep told: a server of its own, no worker.

    python -m benchmarks.api --assignments 100000 --streams 500

Statuses are published as the contributors stage would, so that only the API's own work is measured. Prints requests/s
and percentiles for each kind of question, then for the streams how many events came and the server's memory.
"""

import argparse
import asyncio
import os
import random
import subprocess
import sys
import tempfile
import time
from collections.abc import AsyncIterator, Iterator, Sequence
from contextlib import contextmanager
from itertools import islice
from pathlib import Path
from statistics import quantiles
from typing import Any

import httpx
import orjson

from agents import clients
from agents.config import EngineConfig
from agents.topics import ensure_topics
from schemas import topics
from service_goals.embedded import EmbeddedKafka, EmbeddedValkey
from service_goals.embedded.process import tied

QUESTIONS = {
    "first page": "",
    "a contributor": "?user=user-17",
    "a goal's name": "?goal_name=al%201",
    "by status, by progress": "?status=missed&sort=-progress",
    "current, of a duration": "?milestone=current&duration=monthly&sort=start",
    "one page of 500": "?limit=500",
}
STATUSES = ("exceeded", "achieved", "missed", "in_progress", "pending")


def status(number: int, count: int) -> dict[str, Any]:
    """A status like those of the contributors stage: 20 goals of 10 months each contributor."""
    month = number % 10 + 1
    start = f"2026-{month:02}-01"
    return {
        "goal_id": f"goal-{number % 200}", "goal_name": f"Goal {number % 200}", "goal_version": 1,
        "template": "tickets-closed", "duration": "monthly",
        "contributor": {"kind": "user", "id": f"user-{number // 100}", "name": f"User {number // 100}"},
        "milestone": {"start": start, "end": f"2026-{month:02}-28"}, "pipelines": [], "unit": "tickets", "target": 100,
        "actual": count, "sum": count, "count": count, "progress": count / 100, "status": STATUSES[number % 5],
        "no_data": False, "frozen": number % 5 < 3, "as_of": None, "computed_at": "2026-03-12T10:00:00.120Z",
    }  # fmt: skip


async def publish(config: EngineConfig, numbers: Iterator[int], pause: float = 0.0) -> None:
    """A change of each of these assignments; after every 100 a pause."""
    producer = clients.producer(config, linger_ms=20, max_batch_size=256 * 1024)
    await producer.start()
    try:
        while part := list(islice(numbers, 100)):
            for number in part:
                value = status(number, random.randrange(200))
                key = f"{value['goal_id']}|user:{value['contributor']['id']}|{number}".encode()
                await producer.send(config.topic(topics.GOAL_STATUS), key=key, value=orjson.dumps(value))
            await asyncio.sleep(pause)
    finally:
        await producer.stop()


@contextmanager
def server(config: EngineConfig, redis: str, streams: int, log: Path) -> Iterator[tuple[str, int]]:
    """An API server: its URL and process id."""
    settings = {
        "SERVICE_GOALS_BROKER": config.broker,
        "SERVICE_GOALS_REDIS": redis,
        "SERVICE_GOALS_API_STREAMS": str(streams + 10),
    }
    command = [sys.executable, "-m", "service_goals", "api", "--port", "0"]
    with log.open("w") as errors:
        process = subprocess.Popen(
            tied(command), env={**os.environ, **settings}, stdout=subprocess.PIPE, stderr=errors, text=True
        )
    try:
        assert process.stdout is not None
        line = process.stdout.readline()
        if not line.startswith("ready "):
            raise SystemExit(log.read_text())
        yield line.split()[1], process.pid
    finally:
        process.terminate()
        process.wait(30)


async def ask(url: str, path: str, seconds: float, clients_at_once: int) -> list[float]:
    """How long each answer took, in seconds."""
    taken: list[float] = []
    end = time.monotonic() + seconds

    async def one() -> None:
        async with httpx.AsyncClient(base_url=url, timeout=30) as client:
            while (begin := time.monotonic()) < end:
                (await client.get(path)).raise_for_status()
                taken.append(time.monotonic() - begin)

    await asyncio.gather(*(one() for _ in range(clients_at_once)))
    return taken


async def listen(url: str, streams: int, expected: int) -> AsyncIterator[int]:
    """Open the streams; yields once when all are open, then how many events each has got at the end."""
    limits = httpx.Limits(max_connections=None)
    ready, counts = asyncio.Semaphore(0), [0] * streams

    async def one(number: int, client: httpx.AsyncClient) -> None:
        async with client.stream("GET", "/api/events?event=status") as live:
            async for line in live.aiter_lines():
                if line == "event: ready":
                    ready.release()
                counts[number] += line == "event: status"
                if counts[number] >= expected:
                    return

    async with httpx.AsyncClient(base_url=url, timeout=120, limits=limits) as client:
        tasks = [asyncio.create_task(one(number, client)) for number in range(streams)]
        for _ in tasks:
            await ready.acquire()
        yield 0
        await asyncio.gather(*tasks)
    yield min(counts)


def memory(pid: int) -> int:
    """MiB that the process has in memory."""
    fields = Path(f"/proc/{pid}/statm").read_text().split()
    return int(fields[1]) * os.sysconf("SC_PAGE_SIZE") // 2**20


async def until_complete(url: str, count: int) -> float:
    """Seconds until the server knows all assignments."""
    begin = time.monotonic()
    async with httpx.AsyncClient(base_url=url, timeout=30) as client:
        while (await client.get("/api/statuses?limit=1")).json()["total"] < count:
            await asyncio.sleep(0.2)
    return time.monotonic() - begin


async def measure(arguments: argparse.Namespace, config: EngineConfig, redis: str, log: Path) -> None:
    """The whole run."""
    await ensure_topics(config)
    await publish(config, iter(range(arguments.assignments)))
    with server(config, redis, arguments.streams, log) as (url, pid):
        print(f"{arguments.assignments:,} assignments read in {await until_complete(url, arguments.assignments):.1f} s")
        print(f"memory of the server: {memory(pid)} MiB")
        for name, question in QUESTIONS.items():
            taken = await ask(url, f"/api/statuses{question}", arguments.seconds, arguments.clients)
            print(f"{name:24} {len(taken) / arguments.seconds:7.1f} requests/s  {told(taken)}")
        await streaming(arguments, config, url, pid)


async def streaming(arguments: argparse.Namespace, config: EngineConfig, url: str, pid: int) -> None:
    """All streams while events flow."""
    listening = listen(url, arguments.streams, arguments.events)
    await anext(listening)
    print(f"{arguments.streams} streams open: {memory(pid)} MiB")
    begin = time.monotonic()
    await publish(config, iter(range(arguments.events)), pause=0.5)
    least = await anext(listening)
    taken = time.monotonic() - begin
    print(f"each got {least:,} events in {taken:.1f} s, {arguments.streams * least / taken:,.0f} sent a second")
    print(f"memory of the server: {memory(pid)} MiB")


def told(taken: Sequence[float]) -> str:
    """Percentiles in ms."""
    cuts = quantiles(taken, n=100)
    return f"p50 {cuts[49] * 1000:6.1f} ms  p99 {cuts[98] * 1000:6.1f} ms"


def main() -> None:
    """Measure and print."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--assignments", type=int, default=100_000)
    parser.add_argument("--seconds", type=float, default=5.0, help="for each kind of question")
    parser.add_argument("--clients", type=int, default=4, help="who ask at once")
    parser.add_argument("--streams", type=int, default=500)
    parser.add_argument("--events", type=int, default=1_000, help="for each stream")
    arguments = parser.parse_args()
    with (
        tempfile.TemporaryDirectory() as data,
        EmbeddedKafka(Path(data) / "kafka") as kafka,
        EmbeddedValkey() as valkey,
    ):
        config = EngineConfig(broker=kafka.bootstrap)
        asyncio.run(measure(arguments, config, valkey.url, Path(data) / "api.log"))


if __name__ == "__main__":
    main()
