"""What those who look on cost a worker: the worker alone, and beside an API, its read model and many open streams.

    python -m benchmarks.onlookers [--tickets 150000] [--rounds 4] [--streams 500] [--apart] [--nice 0]
    python -m benchmarks.onlookers --steady 15000 ...

Pairs of runs, each pair in another order. In each the same events and the same goals are worked off by one worker from
nothing; in the second of a pair a server fills its read model from what the worker publishes, and tells all streams.
Without more the events lie ready and the worker catches up as fast as it can: what a server takes of the cores, worker
and broker can't have. With `--steady` so many events come a second, and the question is whether the worker keeps up,
and how fresh its statuses are. With `--apart` worker and broker have the first core to themselves, everything else the
second one, in both runs of a pair: then the cores are no part of what is lost.

Who measures and who watches is no part of the product: their CPU time is told apart. What a process waited for a core
is summed over its threads; it tells how much else the machine had to do.
"""

import argparse
import asyncio
import os
import tempfile
import time
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from statistics import median
from typing import Any

import orjson
import psutil

from benchmarks import steady
from benchmarks.account import Account, pin, runs
from benchmarks.api import load, memory, server
from benchmarks.streams import Watched, watching
from benchmarks.throughput import consumed, first_commit, sums
from benchmarks.workload import Load, generate, publish
from schemas.topics import GOAL_STATUS, GOALS, TICKET_TOPICS
from service_goals.client.offsets import committed_offsets
from service_goals.embedded import EmbeddedKafka, EmbeddedValkey
from service_goals.embedded.claims import free_port
from tests.integration.system import System, running

USERS = 200
TEMPLATES = {"average-response-time": 3_600_000, "average-resolution-time": 90_000_000, steady.COUNTED: 100}
PARTITIONS = 8
LOOK = 0.5
"""Seconds between two looks at how far a worker is."""
SETTLED = 3.0
"""Seconds after which the last statuses have been told."""


@dataclass(frozen=True)
class Setting:
    """What all runs have in common."""

    kafka: EmbeddedKafka
    valkey: EmbeddedValkey
    work: Load
    order: list[steady.Due]
    rate: float
    """Events a second; 0: all of them lie ready."""
    nice: int
    apart: bool


@dataclass
class Run:
    """What one worker did, and what others did meanwhile."""

    events: float = 0.0
    """A second."""
    cpu: float = 0.0
    """Seconds per million events, start-up apart."""
    told: list[str] = field(default_factory=list)
    """What else was seen, line by line."""

    def __str__(self) -> str:
        """All of it."""
        first = f"{self.events:,.0f} events/s, {self.cpu:.1f} s of CPU per million"
        return "\n    ".join([first, *self.told])


@dataclass(frozen=True)
class Looking:
    """Who looks on."""

    url: str
    server: psutil.Process
    watched: Watched


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


async def measure(setting: Setting, streams: int, namespace: str) -> Run:
    """One run; with no streams without a server."""
    run = Run()
    with tempfile.TemporaryDirectory() as logs:
        async with running(setting.kafka.bootstrap, namespace, Path(logs), PARTITIONS, workers=0) as system:
            await system.command(GOALS, goals())
            if not setting.rate:
                await publish(system.config, setting.work)
            with ExitStack() as stack:
                looking = stack.enter_context(onlookers(setting, system, streams, Path(logs), run)) if streams else None
                await work_off(setting, system, looking, run)
            assert await sums(system.config) == setting.work.expected, "the cells differ from what was generated"
    return run


@contextmanager
def onlookers(setting: Setting, system: System, streams: int, logs: Path, run: Run) -> Iterator[Looking]:
    """The server, its read model, and so many streams of everything."""
    with server(system.config, setting.valkey.url, streams, logs / "api.log", setting.nice) as (url, process):
        with watching(url, streams) as watched:
            yield Looking(url, process, watched)
            size = memory(process)
        came, resets = (watched.came[kind] / streams for kind in ("status", "reset"))
        run.told.append(f"API {size:.0f} MiB; to each stream came {came:,.0f} changes, {resets:.1f} resets")


async def work_off(setting: Setting, system: System, looking: Looking | None, run: Run) -> None:
    """From the first commit on, or from the first event; until both stages have committed everything."""
    port, seen, freshness = free_port(), list[steady.Seen](), steady.Freshness()
    settings = {"SERVICE_GOALS_PUBLISH_INTERVAL": "1.0", "SERVICE_GOALS_MONITOR_PORT": str(port)}
    processes = processes_of(setting, psutil.Process(system.start_worker(**settings).pid), looking)
    async with steady.following(looking.url if looking is not None and setting.rate else None, seen):
        if setting.rate:
            await system.verdicts(len(TEMPLATES))
            await system.applied_everywhere((await system.accepted())[-1][0])
        begin = time.perf_counter() if setting.rate else await first_commit(system)
        account, before = Account(processes), runs(port)
        if setting.rate:
            run.told.append(await come_steadily(setting, system, freshness))
        await consumed(system)
        seconds, spent = time.perf_counter() - begin, account.spent()
        if setting.rate:
            run.told += await fresh(system, freshness, seen)
    run.events, run.cpu = setting.work.size / seconds, spent["worker"].cpu / setting.work.size * 1e6
    run.told.append(f"{runs(port).since(before):,.0f} ticket events a run")
    each = (f"{who} {used.cpu:.1f} + {used.waited:.1f}" for who, used in spent.items())
    run.told.append(f"seconds of CPU + of waiting for a core, in {seconds:.1f} s: " + ", ".join(each))


def processes_of(setting: Setting, worker: psutil.Process, looking: Looking | None) -> dict[str, psutil.Process]:
    """Everybody by name, each where it may run."""
    processes = {"worker": worker, "broker": psutil.Process(setting.kafka.pid), "who measures": psutil.Process()}
    if looking is not None:
        processes |= {"API": looking.server, "Valkey": psutil.Process(setting.valkey.pid)}
        processes |= {"who watches": psutil.Process(looking.watched.pid)}
    if setting.apart:
        pin([processes[name] for name in processes.keys() & {"worker", "broker"}], 0)
        pin([processes[name] for name in processes.keys() - {"worker", "broker"}], 1)
    return processes


async def come_steadily(setting: Setting, system: System, freshness: steady.Freshness) -> str:
    """Publish everything at the rate: how far the worker was behind meanwhile."""
    behind: list[int] = []
    names = {system.config.topic(topic) for topic in TICKET_TOPICS}
    flow = asyncio.create_task(steady.publish(system.config, setting.order, setting.rate, freshness))
    while not (await asyncio.wait([flow], timeout=LOOK))[0]:
        committed = await committed_offsets(system.config)
        behind.append(freshness.sent - sum(at for tp, at in committed.items() if tp.topic in names))
    await flow
    return f"behind while they came: median {median(behind):,.0f} events, most {max(behind):,}"


async def fresh(system: System, freshness: steady.Freshness, seen: list[steady.Seen]) -> list[str]:
    """How long closed tickets took to the topic, and to a stream."""
    await asyncio.sleep(SETTLED)
    records = await system.read(GOAL_STATUS, system.config.partitions)
    written = (steady.Seen(each.timestamp / 1000, orjson.loads(each.value)) for each in records if each.value)
    told = [f"from a closed ticket to its status: {steady.percentiles(freshness.waits(written))}"]
    if seen:
        told.append(f"from a closed ticket to a stream: {steady.percentiles(freshness.waits(seen))}")
    return told


async def main() -> None:
    """The pairs, then the losses."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--tickets", type=int, default=150_000)
    parser.add_argument("--rounds", type=int, default=4)
    parser.add_argument("--streams", type=int, default=500)
    parser.add_argument("--steady", type=float, default=0.0, help="events a second; by default all of them lie ready")
    parser.add_argument("--apart", action="store_true", help="worker and broker on a core of their own")
    parser.add_argument("--nice", type=int, default=0, help="how far the server lets others go first, 0 to 19")
    arguments = parser.parse_args()
    work = generate(arguments.tickets, users=USERS)
    print(f"{work.size:,} events, {3 * USERS} assignments a month, {arguments.streams} streams; {load()}", flush=True)
    lost: list[tuple[float, float]] = []
    with tempfile.TemporaryDirectory() as data, EmbeddedKafka(Path(data)) as kafka, EmbeddedValkey() as valkey:
        order = steady.plan(work, PARTITIONS) if arguments.steady else []
        setting = Setting(kafka, valkey, work, order, arguments.steady, arguments.nice, arguments.apart)
        for number in range(arguments.rounds):
            pair: dict[int, Run] = {}
            for streams in (0, arguments.streams) if number % 2 == 0 else (arguments.streams, 0):
                pair[streams] = await measure(setting, streams, f"onlookers-{os.getpid()}-{number}-{streams}")
            alone, beside = pair[0], pair[arguments.streams]
            lost.append((1 - beside.events / alone.events, beside.cpu / alone.cpu - 1))
            print(f"alone: {alone}\nbeside the API: {beside}\n{load()}", flush=True)
    for what, each in zip(("events/s lost", "more CPU per event"), zip(*lost, strict=True), strict=True):
        print(f"{what}: median {median(each):.1%}, from {min(each):.1%} to {max(each):.1%}")


if __name__ == "__main__":
    asyncio.run(main())
