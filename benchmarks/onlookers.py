"""What those who look on cost a worker: its throughput alone, and beside an API, its read model and many open streams.

    python -m benchmarks.onlookers [--tickets 50000] [--rounds 3] [--streams 500] [--nice 0]

Pairs of runs, each pair in another order. In each the same log and the same goals are worked off by one worker from
nothing; in the second of a pair a server fills its read model from what the worker publishes, and tells all streams.
Everything is on this machine: what the server and Valkey take of its cores, the worker and Kafka can't have. So there
are two losses: of events/s, and of CPU time for each event, which is what remains where they run elsewhere. With
`--nice 19` the server takes only what nobody else wants, as `nice -n 19 service-goals api` would.
"""

import argparse
import asyncio
import os
import tempfile
import time
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from pathlib import Path
from statistics import median
from typing import Any

import psutil

from benchmarks.api import cpu, load, memory, server
from benchmarks.streams import Watched, watching
from benchmarks.throughput import consumed, first_commit, sums
from benchmarks.workload import Load, generate, publish
from schemas.topics import GOALS
from service_goals.embedded import EmbeddedKafka, EmbeddedValkey
from tests.integration.system import System, running

USERS = 200
TEMPLATES = {"average-response-time": 3_600_000, "average-resolution-time": 90_000_000, "tickets-closed": 100}


@dataclass(frozen=True)
class Run:
    """Of one worker."""

    events: float
    """A second."""
    cpu: float
    """Seconds per million events, start-up apart."""
    told: str = ""
    """What the onlookers saw."""

    def __str__(self) -> str:
        """Without that."""
        return f"{self.events:,.0f} events/s, {self.cpu:.1f} s of CPU per million"


def goals() -> dict[str, Any]:
    """Each template for each user and month: 1,800 assignments."""
    span = {"duration": "monthly", "start_date": "2026-01-01", "end_date": "2026-03-31"}
    return {
        name: {
            "goal_id": name, "name": name, "template": name, **span,
            "contributors": [{"kind": "user", "id": f"user-{each}", "target": target} for each in range(USERS)],
        }
        for name, target in TEMPLATES.items()
    }  # fmt: skip


async def measure(broker: str, redis: str, load_: Load, streams: int, nice: int, namespace: str) -> Run:
    """One run; with no streams without a server."""
    with tempfile.TemporaryDirectory() as logs:
        async with running(broker, namespace, Path(logs), workers=0) as system:
            await system.command(GOALS, goals())
            await publish(system.config, load_)
            with ExitStack() as stack:
                looking = stack.enter_context(onlookers(system, redis, streams, nice, Path(logs))) if streams else None
                worker = psutil.Process(system.start_worker(SERVICE_GOALS_PUBLISH_INTERVAL="1.0").pid)
                begin = await first_commit(system)
                start_up = cpu(worker)
                await consumed(system)
                seconds, used = time.perf_counter() - begin, cpu(worker) - start_up
                assert await sums(system.config) == load_.expected, "the cells differ from what was generated"
            told = looking.told if looking is not None else ""
            return Run(load_.size / seconds, used / load_.size * 1e6, told)


class Looking:
    """An API server and its streams, while a worker works."""

    def __init__(self, process: psutil.Process, watched: Watched, streams: int) -> None:
        self.told = ""
        self._process, self._watched, self._streams, self._begin = process, watched, streams, cpu(process)

    def ended(self, used: float, size: float) -> None:
        """Say what it was like."""
        came = self._watched.came
        self.told = (
            f"server {used - self._begin:.1f} s of CPU, {size:.0f} MiB; to each stream came "
            f"{came['status'] / self._streams:,.0f} changes, {came['reset'] / self._streams:.1f} resets"
        )


@contextmanager
def onlookers(system: System, redis: str, streams: int, nice: int, logs: Path) -> Iterator[Looking]:
    """The server, its read model, and so many streams of everything."""
    with server(system.config, redis, streams, logs / "api.log", nice) as (url, process):
        with watching(url, streams) as watched:
            looking = Looking(process, watched, streams)
            yield looking
            used, size = cpu(process), memory(process)
        looking.ended(used, size)


async def main() -> None:
    """The pairs, then the losses."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--tickets", type=int, default=50_000)
    parser.add_argument("--rounds", type=int, default=3)
    parser.add_argument("--streams", type=int, default=500)
    parser.add_argument("--nice", type=int, default=0, help="how far the server lets others go first, 0 to 19")
    arguments = parser.parse_args()
    work = generate(arguments.tickets, users=USERS)
    print(f"{work.size:,} events, {3 * USERS} assignments a month, {arguments.streams} streams; {load()}", flush=True)
    lost: list[tuple[float, float]] = []
    with tempfile.TemporaryDirectory() as data, EmbeddedKafka(Path(data)) as kafka, EmbeddedValkey() as valkey:
        for number in range(arguments.rounds):
            pair: dict[int, Run] = {}
            for streams in (0, arguments.streams) if number % 2 == 0 else (arguments.streams, 0):
                name = f"onlookers-{os.getpid()}-{number}-{streams}"
                pair[streams] = await measure(kafka.bootstrap, valkey.url, work, streams, arguments.nice, name)
            alone, beside = pair[0], pair[arguments.streams]
            lost.append((1 - beside.events / alone.events, beside.cpu / alone.cpu - 1))
            print(f"alone: {alone}\nbeside the API: {beside}\n  {beside.told}; {load()}", flush=True)
    for what, each in zip(("events/s lost", "more CPU per event"), zip(*lost, strict=True), strict=True):
        print(f"{what}: median {median(each):.1%}, from {min(each):.1%} to {max(each):.1%}")


if __name__ == "__main__":
    asyncio.run(main())
