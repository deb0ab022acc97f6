"""How long it takes until a worker's partitions are caught up again: after a kill -9, and after a start from nothing.

    .venv/bin/python -m benchmarks.recovery [--tickets 1000 100000 1000000] [--rounds 3]

Two workers work off a generated log. Then one is killed, an event is published for each of many tickets, and the clock
runs until all of them are worked off in both stages: the other worker has to notice, take the partitions over and read
their changelogs first. What it needs beyond the session timeout is the recovery proper. At last all workers are killed
and two new ones started. Tables lie in memory; figures are seconds unless they say otherwise.
"""

import argparse
import asyncio
import os
import statistics
import tempfile
import time
from pathlib import Path

import psutil
from aiokafka import TopicPartition

from agents.changelog import reading, rows_of
from benchmarks.throughput import consumed
from benchmarks.workload import Load, generate, publish
from schemas.topics import TICKET_RESPONDED
from service_goals.embedded import EmbeddedKafka
from tests.integration.system import System, running
from tests.oracle.generate import Message

PROBES = 64
"""Tickets with an event that comes while nobody has their partition."""


async def measure(broker: str, load: Load, number: int) -> dict[str, float]:
    """One run; the figures by name."""
    namespace = f"recovery-{os.getpid()}-{number}"
    with tempfile.TemporaryDirectory() as logs:
        async with running(broker, namespace, Path(logs), workers=2) as system:
            await publish(system.config, load)
            await consumed(system)
            survivor = psutil.Process(system.workers[1].pid)
            cpu = sum(survivor.cpu_times()[:2])
            system.kill(system.workers[0])
            after_kill = await _caught_up(system, load, 0)
            cpu = sum(survivor.cpu_times()[:2]) - cpu
            memory = survivor.memory_info().rss / 2**20
            read, rows = await _changelogs(system)
            system.kill(system.workers[0])
            system.start_worker()
            system.start_worker()
            after_start = await _caught_up(system, load, PROBES)
            timeout = system.config.session_timeout
            return {
                "after kill -9": after_kill,
                "of it beyond the session timeout": after_kill - timeout,
                "after a start from nothing": after_start,
                "CPU seconds of the worker that took over": cpu,
                "MiB of the worker that has everything": memory,
                "thousand records in the changelogs": read / 1000,
                "of them, thousand rows": rows / 1000,
            }


async def _changelogs(system: System) -> tuple[int, int]:
    """Offsets that a recovery goes through, and rows that are left of it; of both stages."""
    offsets = rows = 0
    for table in ("tickets", "aggregates"):
        tps = [TopicPartition(system.config.changelog(table), n) for n in range(system.config.partitions)]
        async with reading(system.config) as consumer:
            begins, ends = await consumer.beginning_offsets(tps), await consumer.end_offsets(tps)
            offsets += sum(ends[tp] - begins[tp] for tp in tps)
            for tp in tps:
                rows += len(await rows_of(consumer, tp))
    return offsets, rows


async def _caught_up(system: System, load: Load, first: int) -> float:
    begin = time.perf_counter()
    probes = load.events[TICKET_RESPONDED][first : first + PROBES]
    await system.publish(Message(TICKET_RESPONDED, int(time.time() * 1000), key, value) for key, value in probes)
    await consumed(system)
    return time.perf_counter() - begin


async def main() -> None:
    """Sizes in turn, so that the machine's moods meet all of them."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--tickets", type=int, nargs="+", default=[1_000, 100_000, 1_000_000])
    parser.add_argument("--rounds", type=int, default=3)
    arguments = parser.parse_args()
    loads = {tickets: generate(tickets) for tickets in arguments.tickets}
    figures: dict[int, list[dict[str, float]]] = {tickets: [] for tickets in loads}
    with tempfile.TemporaryDirectory() as data, EmbeddedKafka(Path(data)) as broker:
        for number in range(arguments.rounds):
            for tickets, load in loads.items():
                figures[tickets].append(await measure(broker.bootstrap, load, 10 * number + len(str(tickets))))
                print(f"  {tickets:,} tickets: " + ", ".join(f"{k} {v:.1f}" for k, v in figures[tickets][-1].items()))
    for tickets, runs in figures.items():
        for name in runs[0]:
            values = sorted(run[name] for run in runs)
            middle = statistics.median(values)
            print(f"{tickets:9,} tickets  {name:34} {middle:5.1f}  ({values[0]:.1f} - {values[-1]:.1f})")


if __name__ == "__main__":
    asyncio.run(main())
