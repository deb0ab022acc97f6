"""What it costs to recover one partition: in memory, onto an empty disk, and on a disk that has nearly all of it.

    .venv/bin/python -m benchmarks.partition [--rows 300000] [--rounds 3]

Each row was written twice: half of the records are read in vain, unless compaction has come round. CPU seconds are this
process's own, RocksDB's threads included. The last disk misses one run of 10,000 records.
"""

import argparse
import asyncio
import os
import shutil
import statistics
import tempfile
import time
from dataclasses import replace
from pathlib import Path

from aiokafka import TopicPartition

from agents.changelog import reading
from agents.config import EngineConfig
from agents.recovery import Recovery
from agents.topics import ensure_topics
from agents.transaction import TransactionLog
from benchmarks.rows import key_of
from service_goals.embedded import EmbeddedKafka

RUN = 10_000
Figures = tuple[float, float]
"""Seconds, and CPU seconds."""


async def recovered(config: EngineConfig, tp: TopicPartition, rows: int) -> Figures:
    """Recover it, as an owner does after its fence."""
    begin, cpu = time.perf_counter(), time.process_time()
    async with reading(config) as consumer:
        partition = await Recovery(config).rows(consumer, tp)
    figures = time.perf_counter() - begin, time.process_time() - cpu
    assert len(partition) == rows
    partition.close()
    return figures


async def measure(broker: str, rows: int, rounds: int, place: Path) -> dict[str, list[Figures]]:
    """The figures of each variant, in turn."""
    config = EngineConfig(broker, f"partition-{os.getpid()}", partitions=1)
    tp = TopicPartition(config.changelog("tickets"), 0)
    await ensure_topics(config)
    on_disk, left = replace(config, tables_dir=place / "new"), replace(config, tables_dir=place / "left")
    found: dict[str, list[Figures]] = {"memory": [], "an empty disk": [], "a disk without the last run": []}
    transactions = TransactionLog(config, "tickets", 0)
    await transactions.fence()
    try:
        for _ in range(2):
            for begin in range(0, rows, RUN):
                await transactions.commit({tp: changes(begin, rows)}, [], {})
        await recovered(left, tp, rows)
        for _ in range(rounds):
            found["memory"].append(await recovered(config, tp, rows))
            shutil.rmtree(place / "new", ignore_errors=True)
            found["an empty disk"].append(await recovered(on_disk, tp, rows))
            await transactions.commit({tp: changes(0, rows)}, [], {})
            found["a disk without the last run"].append(await recovered(left, tp, rows))
    finally:
        await transactions.close()
    return found


def changes(begin: int, rows: int) -> list[tuple[bytes, bytes | None]]:
    """Of one run."""
    return [(key_of(number), os.urandom(60) * 2) for number in range(begin, min(begin + RUN, rows))]


def main() -> None:
    """Measure, tell the medians."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--rows", type=int, default=300_000)
    parser.add_argument("--rounds", type=int, default=3)
    arguments = parser.parse_args()
    with tempfile.TemporaryDirectory() as place, EmbeddedKafka(Path(place) / "kafka") as broker:
        found = asyncio.run(measure(broker.bootstrap, arguments.rows, arguments.rounds, Path(place)))
    for name, runs in found.items():
        seconds, cpu = (sorted(column) for column in zip(*runs, strict=True))
        told = ", ".join(f"{statistics.median(each):.2f} ({each[0]:.2f} - {each[-1]:.2f})" for each in (seconds, cpu))
        print(f"{arguments.rows:9,} rows  {name:28} s, CPU s: {told}")


if __name__ == "__main__":
    main()
