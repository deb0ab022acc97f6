"""How fast the API answers over many assignments, and how it keeps many told for minutes: a server, no worker.

    python -m benchmarks.api [--assignments 100000] [--seconds 5] [--streams 500] [--minutes 3] [--rate 50]

Statuses are published as the contributors stage would, so that only the API's own work is measured. For each kind of
question requests/s, percentiles and the server's CPU time; then, while changes flow to all streams, what came and the
server's memory, sampled all the time. Every line of figures is a row of a Markdown table.
"""

import argparse
import asyncio
import os
import random
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from itertools import islice
from pathlib import Path
from statistics import linear_regression, median, quantiles
from typing import Any

import httpx
import orjson
import psutil

from agents import clients
from agents.config import EngineConfig
from agents.topics import ensure_topics
from benchmarks.account import cpu
from benchmarks.streams import watching
from schemas import topics
from service_goals.embedded import EmbeddedKafka, EmbeddedValkey

STATUSES = ("exceeded", "achieved", "missed", "in_progress", "pending")
Question = Callable[[int], str]
QUESTIONS: dict[str, Question] = {
    "first page, all totals": lambda _: "",
    "a contributor's": lambda number: f"?user=user-{number % 1_000}",
    "a part of the goal's name": lambda number: f"?goal_name=al%20{number % 200}",
    "by status, ordered by progress": lambda number: f"?status={STATUSES[number % 5]}&sort=-progress",
    "current milestones of a duration": lambda _: "?milestone=current&duration=monthly&sort=start",
    "500 on a page": lambda _: "?limit=500",
}
SAMPLED = 5.0
"""Seconds between two looks at the memory."""
SETTLED = 30.0
"""Seconds after which the memory should not grow any more."""


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


async def publish(config: EngineConfig, numbers: Iterator[int], rate: float = float("inf")) -> None:
    """A change of each of these assignments, so many a second."""
    producer = clients.producer(config, linger_ms=20, max_batch_size=256 * 1024)
    await producer.start()
    begin, sent = time.monotonic(), 0
    try:
        while part := list(islice(numbers, 100 if rate > 1_000 else max(1, int(rate / 4)))):
            for number in part:
                value = status(number, random.randrange(200))
                key = f"{value['goal_id']}|user:{value['contributor']['id']}|{number}".encode()
                await producer.send(config.topic(topics.GOAL_STATUS), key=key, value=orjson.dumps(value))
            sent += len(part)
            await asyncio.sleep(max(0.0, begin + sent / rate - time.monotonic()))
    finally:
        await producer.stop()


@contextmanager
def server(
    config: EngineConfig, redis: str, streams: int, log: Path, nice: int = 0
) -> Iterator[tuple[str, psutil.Process]]:
    """An API server: its URL and its process; the nicer, the more it lets others go first."""
    settings = {
        "SERVICE_GOALS_BROKER": config.broker,
        "SERVICE_GOALS_REDIS": redis,
        "SERVICE_GOALS_NAMESPACE": config.namespace,
        "SERVICE_GOALS_API_STREAMS": str(streams + 10),
    }
    command = ["nice", "-n", str(nice), sys.executable, "-m", "service_goals", "api", "--port", "0"]
    with log.open("w") as errors:
        process = subprocess.Popen(
            command, env={**os.environ, **settings}, stdout=subprocess.PIPE, stderr=errors, text=True
        )
    try:
        assert process.stdout is not None
        line = process.stdout.readline()
        if not line.startswith("ready "):
            raise SystemExit(log.read_text())
        yield line.split()[1], psutil.Process(process.pid)
    finally:
        process.terminate()
        process.wait(30)


async def ask(url: str, question: Question, seconds: float, clients_at_once: int) -> list[float]:
    """How long each answer took, in seconds."""
    taken: list[float] = []
    end = time.monotonic() + seconds

    async def one(first: int) -> None:
        async with httpx.AsyncClient(base_url=url, timeout=30) as client:
            while (begin := time.monotonic()) < end:
                (await client.get(f"/api/statuses{question(first + 7 * len(taken))}")).raise_for_status()
                taken.append(time.monotonic() - begin)

    await asyncio.gather(*(one(first) for first in range(clients_at_once)))
    return taken


def memory(process: psutil.Process) -> float:
    """MiB."""
    return float(process.memory_info().rss) / 2**20


def load() -> str:
    """How much else the machine had to do."""
    return f"load average {os.getloadavg()[0]:.1f} on {os.cpu_count()} cores"


async def until_complete(url: str, count: int) -> float:
    """Seconds until the server knows all assignments."""
    begin = time.monotonic()
    async with httpx.AsyncClient(base_url=url, timeout=30) as client:
        while (await client.get("/api/statuses?limit=1")).json()["total"] < count:
            await asyncio.sleep(0.5)
    return time.monotonic() - begin


async def asking(arguments: argparse.Namespace, url: str, process: psutil.Process) -> None:
    """Each kind of question."""
    print(f"\n{load()}\n\n| question | requests/s | p50 | p99 | CPU of the server |\n|---|---|---|---|---|")
    for name, question in QUESTIONS.items():
        begin = cpu(process)
        taken = await ask(url, question, arguments.seconds, arguments.clients)
        each, cuts = (cpu(process) - begin) / len(taken), quantiles(taken, n=100)
        p50, p99 = (f"{cuts[at] * 1000:,.0f} ms" for at in (49, 98))
        print(f"| {name} | {len(taken) / arguments.seconds:.1f} | {p50} | {p99} | {each * 1000:.1f} ms |", flush=True)


async def streaming(arguments: argparse.Namespace, config: EngineConfig, url: str, process: psutil.Process) -> None:
    """All streams while changes flow, and the memory all the while."""
    idle, seconds = memory(process), arguments.minutes * 60
    changes = int(arguments.rate * seconds)
    with watching(url, arguments.streams) as watched:
        print(f"\n{arguments.streams} streams open: {memory(process):.0f} MiB, before {idle:.0f} MiB; {load()}")
        samples: list[tuple[float, float]] = []
        begin, used = time.monotonic(), cpu(process)
        flow = asyncio.create_task(publish(config, iter(range(changes)), arguments.rate))
        while not flow.done():
            samples.append((time.monotonic() - begin, memory(process)))
            await asyncio.wait([flow], timeout=SAMPLED)
        await flow
        taken, used = time.monotonic() - begin, cpu(process) - used
        await asyncio.sleep(SAMPLED)  # what is on its way arrives
    came = watched.came["status"]
    print(f"{changes:,} changes in {taken:.0f} s, {came / arguments.streams:,.0f} came to each stream "
          f"({came / taken:,.0f} a second), {watched.came['reset']} resets, {watched.lost} streams lost; "
          f"{used / taken * 100:.0f} % of a core; {load()}")  # fmt: skip
    told_memory([each for each in samples if each[0] > SETTLED] or samples)
    print(f"streams closed: {memory(process):.0f} MiB")


def told_memory(samples: list[tuple[float, float]]) -> None:
    """Whether it grew."""
    sizes = [size for _, size in samples]
    grown = linear_regression(*zip(*samples, strict=True)).slope * 60 if len(samples) > 1 else 0.0
    print(
        f"memory after the first {SETTLED:.0f} s, {len(samples)} samples: {min(sizes):.0f} to {max(sizes):.0f} MiB, "
        f"median {median(sizes):.0f}; {grown:+.2f} MiB a minute"
    )


async def measure(arguments: argparse.Namespace, config: EngineConfig, redis: str, log: Path) -> None:
    """The whole run."""
    await ensure_topics(config)
    await publish(config, iter(range(arguments.assignments)))
    with server(config, redis, arguments.streams, log) as (url, process):
        taken = await until_complete(url, arguments.assignments)
        print(f"{arguments.assignments:,} assignments read in {taken:.1f} s ({cpu(process):.1f} s of CPU); {load()}")
        print(f"memory of the server: {memory(process):.0f} MiB")
        await asking(arguments, url, process)
        if arguments.streams:
            await streaming(arguments, config, url, process)


def main() -> None:
    """Measure and print."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--assignments", type=int, default=100_000)
    parser.add_argument("--seconds", type=float, default=5.0, help="for each kind of question")
    parser.add_argument("--clients", type=int, default=4, help="who ask at once")
    parser.add_argument("--streams", type=int, default=500)
    parser.add_argument("--minutes", type=float, default=3.0, help="of streaming")
    parser.add_argument("--rate", type=float, default=50.0, help="changes a second, each told to every stream")
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
