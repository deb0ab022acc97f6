"""How long it takes until a worker's partitions are caught up again, with tables in memory and on disk.

    .venv/bin/python -m benchmarks.recovery [--tickets 1000 100000 1000000] [--rounds 3] [--tables memory rocksdb]

Two workers work off a generated log: with tables in memory, on disk with a data directory each as on two machines
(`rocksdb`), or with one for both (`rocksdb-shared`). Then what follows befalls them one after the other; each time an
event is published for each of many tickets, and the clock runs until all of them are worked off in both stages. What it
takes beyond the session timeout is the recovery proper.

    taken over          one is killed with kill -9; the other has to notice and to recover its partitions
    started again       one is killed and started again at once, on its disk
    all started again   both are

Figures are seconds unless they say otherwise.
"""

import argparse
import asyncio
import os
import statistics
import subprocess
import tempfile
import time
from contextlib import AsyncExitStack
from pathlib import Path

import psutil
from aiokafka import TopicPartition

from agents.changelog import reading, rows_of
from benchmarks.throughput import consumed, cpu_of
from benchmarks.workload import Load, generate, publish
from schemas.topics import TICKET_RESPONDED
from service_goals.embedded import EmbeddedKafka
from tests.integration.system import System, running
from tests.oracle.generate import Message

PROBES = 64
"""Tickets with an event that comes while nobody has their partition."""
TABLES = ("memory", "rocksdb", "rocksdb-shared")
SHARED = "-shared"
OWNS = "owns the partition"
"""What a worker's log says once for each."""
AT_REST = 3.0
"""Seconds in which no worker took another partition."""
Figures = dict[str, float]


class Workers:
    """Two workers, each with a place of its own."""

    def __init__(self, system: System, load: Load, tables: str, place: Path) -> None:
        self._system, self._load, self._tables, self._place = system, load, tables, place
        self.running: dict[str, subprocess.Popen[bytes]] = {}
        self._probed = 0

    def start(self, name: str) -> None:
        """On its disk, as far as it has one."""
        tables = self._tables.removesuffix(SHARED)
        self.running[name] = self._system.start_worker(
            SERVICE_GOALS_TABLES=tables, SERVICE_GOALS_DATA_DIR=str(self._data_dir(name))
        )

    def kill(self, name: str) -> None:
        """kill -9."""
        self._system.kill(self.running.pop(name))

    async def caught_up(self, what: str) -> Figures:
        """Seconds, and the workers' CPU seconds, until events that come now are worked off."""
        processes = [psutil.Process(worker.pid) for worker in self.running.values()]
        begin, cpu = time.perf_counter(), cpu_of(processes)
        probes = self._load.events[TICKET_RESPONDED][self._probed : self._probed + PROBES]
        self._probed += PROBES
        at = int(time.time() * 1000)
        await self._system.publish(Message(TICKET_RESPONDED, at, key, value) for key, value in probes)
        await consumed(self._system)
        seconds = time.perf_counter() - begin
        return {
            what: seconds,
            f"{what}, beyond the session timeout": seconds - self._system.config.session_timeout,
            f"{what}, CPU seconds": cpu_of(processes) - cpu,
        }

    async def at_rest(self) -> None:
        """Until the partitions lie where they stay."""
        before = -1
        while (taken := sum(log.read_text().count(OWNS) for log in self._place.glob("*.log"))) != before:
            before = taken
            await asyncio.sleep(AT_REST)
        await consumed(self._system)

    def memory(self, name: str) -> float:
        """MiB that it takes."""
        return float(psutil.Process(self.running[name].pid).memory_info().rss / 2**20)

    def disk(self, name: str) -> float:
        """MiB that its tables take."""
        return sum(file.stat().st_size for file in self._data_dir(name).rglob("*") if file.is_file()) / 2**20

    def _data_dir(self, name: str) -> Path:
        return self._place / ("shared" if self._tables.endswith(SHARED) else name)


async def measure(broker: str, load: Load, tables: str, number: int) -> Figures:
    """One run; the figures by name."""
    namespace = f"recovery-{os.getpid()}-{number}"
    async with AsyncExitStack() as stack:
        place = Path(stack.enter_context(tempfile.TemporaryDirectory()))
        system = await stack.enter_async_context(running(broker, namespace, place, workers=0))
        workers = Workers(system, load, tables, place)
        workers.start("a")
        workers.start("b")
        await publish(system.config, load)
        await workers.at_rest()
        workers.kill("a")
        figures = await workers.caught_up("taken over")
        figures |= {"MiB of who has everything": workers.memory("b"), "MiB on its disk": workers.disk("b")}
        workers.start("a")
        await workers.at_rest()
        workers.kill("b")
        workers.start("b")
        figures |= await workers.caught_up("started again")
        await workers.at_rest()
        for name in ("a", "b"):
            workers.kill(name)
        for name in ("a", "b"):
            workers.start(name)
        figures |= await workers.caught_up("all started again")
        read, rows = await _changelogs(system)
        return figures | {"thousand records in the changelogs": read / 1000, "of them, thousand rows": rows / 1000}


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


async def main() -> None:
    """Sizes and tables in turn, so that the machine's moods meet all of them."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--tickets", type=int, nargs="+", default=[1_000, 100_000, 1_000_000])
    parser.add_argument("--rounds", type=int, default=3)
    parser.add_argument("--tables", choices=TABLES, nargs="+", default=list(TABLES))
    arguments = parser.parse_args()
    loads = {tickets: generate(tickets) for tickets in arguments.tickets}
    runs: dict[tuple[int, str], list[Figures]] = {}
    with tempfile.TemporaryDirectory() as data, EmbeddedKafka(Path(data)) as broker:
        for _ in range(arguments.rounds):
            for tickets, load in loads.items():
                for tables in arguments.tables:
                    of_variant = runs.setdefault((tickets, tables), [])
                    of_variant.append(await measure(broker.bootstrap, load, tables, sum(map(len, runs.values()))))
                    told = ", ".join(f"{name} {value:.1f}" for name, value in of_variant[-1].items())
                    print(f"  {tickets:,} tickets, {tables}: {told}", flush=True)
    for (tickets, tables), of_variant in runs.items():
        for name in of_variant[0]:
            values = sorted(run[name] for run in of_variant)
            middle = statistics.median(values)
            print(f"{tickets:9,} {tables:14} {name:48} {middle:7.1f}  ({values[0]:.1f} - {values[-1]:.1f})")


if __name__ == "__main__":
    asyncio.run(main())
