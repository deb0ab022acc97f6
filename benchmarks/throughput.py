"""The whole job on generated tickets, for one and two workers: events/s, CPU seconds per million events, broker apart.

    .venv/bin/python -m benchmarks.throughput [--tickets 100000] [--rounds 3] [--tables rocksdb]
    .venv/bin/python -m benchmarks.throughput --where [--tickets 300000]    # where one worker's time goes

Each run has a namespace of its own on one embedded Kafka. The log is published first; then the workers start, and the
clock runs from the first committed offset to the last contribution consumed. CPU seconds are the worker processes' own
from start to end (starting up included, and shown apart). The day cells are checked against the generator's sums.
"""

import argparse
import asyncio
import os
import statistics
import tempfile
import time
from collections import Counter
from pathlib import Path

import msgspec
import psutil
from aiokafka import TopicPartition

from agents.changelog import read_rows, written_ends_of
from agents.config import EngineConfig
from benchmarks.where import sampled, told
from benchmarks.workload import Load, Sums, generate, publish
from schemas.contributions import CellKey, Change
from schemas.topics import TICKET_TOPICS
from service_goals.client.kafka import partitions_of
from service_goals.client.offsets import committed_offsets, lag
from service_goals.embedded import EmbeddedKafka
from tests.integration.system import System, running

FACTS = ("response", "resolution", "closed")
CELL = b"c"
"""What the keys of day cells begin with in the aggregates table."""


async def where(broker: str, load: Load) -> None:
    """One run of one worker, sampled; nothing is measured in it, as sampling slows it down."""
    with tempfile.TemporaryDirectory() as place:
        async with running(broker, f"where-{os.getpid()}", Path(place), workers=0) as system:
            await publish(system.config, load)
            worker = system.start_worker(SERVICE_GOALS_PUBLISH_INTERVAL="1.0")
            await first_commit(system)
            with sampled(worker.pid, Path(place)) as samples:
                await consumed(system)
            print(f"one worker, {samples.total():,} samples of what was running:\n{told(samples)}")


async def measure(broker: str, load: Load, workers: int, number: int, tables: str = "memory") -> dict[str, float]:
    """One run; the figures by name."""
    with tempfile.TemporaryDirectory() as logs:
        namespace = f"bench-{os.getpid()}-{number}"
        async with running(broker, namespace, Path(logs), workers=0) as system:
            await publish(system.config, load)
            where = {"SERVICE_GOALS_TABLES": tables, "SERVICE_GOALS_DATA_DIR": logs}
            for _ in range(workers):
                system.start_worker(SERVICE_GOALS_PUBLISH_INTERVAL="1.0", **where)
            processes = [psutil.Process(worker.pid) for worker in system.workers]
            begin = await first_commit(system)
            start_up = cpu_of(processes)
            await consumed(system)
            seconds, cpu = time.perf_counter() - begin, cpu_of(processes)
            assert await sums(system.config) == load.expected, "the cells differ from what was generated"
            return {
                "events/s": load.size / seconds,
                "CPU s per million": cpu / load.size * 1e6,
                "without start-up": (cpu - start_up) / load.size * 1e6,
            }


def cpu_of(processes: list[psutil.Process]) -> float:
    """CPU seconds of all of them so far."""
    return sum(times.user + times.system for times in (each.cpu_times() for each in processes))


async def first_commit(system: System) -> float:
    """When the first ticket events were committed."""
    ticket_topics = {system.config.topic(topic) for topic in TICKET_TOPICS}
    while not any(tp.topic in ticket_topics and at for tp, at in (await committed_offsets(system.config)).items()):
        await asyncio.sleep(0.02)
    return time.perf_counter()


async def consumed(system: System) -> None:
    """Until both stages have committed everything; first the cheap question, the exact one at the end.

    The exact one reads what is left, which costs the broker and us as much as it costs the worker.
    """
    tps = await partitions_of(system.config, TICKET_TOPICS)
    ends = await written_ends_of(system.config, tps)
    committed: dict[TopicPartition, int] = {}
    while any(committed.get(tp, 0) < end for tp, end in ends.items()):
        await asyncio.sleep(0.1)
        committed = await committed_offsets(system.config)
    while any((await lag(system.config)).values()):
        await asyncio.sleep(0.1)


async def sums(config: EngineConfig) -> Sums:
    """What the day cells add up to, read from the changelog."""
    found: Sums = Counter()
    for partition in range(config.partitions):
        rows = await read_rows(config, TopicPartition(config.changelog("aggregates"), partition))
        for row, value in rows.items():
            if row.startswith(CELL):
                key = msgspec.msgpack.decode(row[len(CELL) :], type=CellKey)
                cell = msgspec.msgpack.decode(value, type=Change)
                found[FACTS[key.accumulator], key.contributor, "count"] += cell.count
                found[FACTS[key.accumulator], key.contributor, "sum"] += cell.sum
    return found


async def main() -> None:
    """Interleave the variants, so that the machine's moods meet all of them."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--tickets", type=int, default=100_000)
    parser.add_argument("--rounds", type=int, default=3)
    parser.add_argument("--tables", choices=("memory", "rocksdb"), default="memory")
    parser.add_argument("--where", action="store_true", help="sample one worker and tell where its time goes")
    arguments = parser.parse_args()
    load = generate(arguments.tickets)
    print(f"{load.size:,} events of {arguments.tickets:,} tickets, 8 partitions, {os.cpu_count()} cores")
    figures: dict[int, list[dict[str, float]]] = {1: [], 2: []}
    with tempfile.TemporaryDirectory() as data, EmbeddedKafka(Path(data)) as broker:
        if arguments.where:
            await where(broker.bootstrap, load)
            return
        for number in range(arguments.rounds):
            for workers, runs in figures.items():
                run = await measure(broker.bootstrap, load, workers, 10 * number + workers, arguments.tables)
                runs.append(run)
                print(f"  {workers} worker(s): " + ", ".join(f"{k} {v:,.1f}" for k, v in runs[-1].items()))
    for workers, runs in figures.items():
        for name in runs[0]:
            values = sorted(run[name] for run in runs)
            middle = statistics.median(values)
            print(
                f"{workers} worker(s)  {name:18} median {middle:9,.1f}  min {values[0]:9,.1f}  max {values[-1]:9,.1f}"
            )


if __name__ == "__main__":
    asyncio.run(main())
