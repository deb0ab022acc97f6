"""What rows cost a worker by where they lie, without Kafka: memory, and CPU time to write, scan and look up.

    .venv/bin/python -m benchmarks.rows [--rows 1000000] [--partitions 16] [--cache 64]

Rows as large as a ticket's (17 bytes of key, 120 of value) are written in runs of 10,000, to one partition after the
other. Each variant has a process of its own.
"""

import argparse
import os
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path

import psutil

from agents.disk import DiskPartition, Mark, Memory
from agents.tables import Partition, TablePartition

RUN = 10_000
LOOK_UP_EVERY = 10
MARK = Mark("topic", 0, 0)


def main() -> None:
    """Both variants, or, as a process of its own, one of them."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--rows", type=int, default=1_000_000)
    parser.add_argument("--partitions", type=int, default=16)
    parser.add_argument("--cache", type=int, default=64)
    parser.add_argument("--tables", choices=("memory", "rocksdb"))
    arguments = parser.parse_args()
    if arguments.tables:
        with tempfile.TemporaryDirectory() as place:
            measure(arguments, Path(place))
        return
    for tables in ("memory", "rocksdb"):
        subprocess.run([sys.executable, "-m", "benchmarks.rows", *sys.argv[1:], "--tables", tables], check=True)


def measure(arguments: argparse.Namespace, place: Path) -> None:
    """Print the figures of one variant."""
    before, memory = mebibytes(), Memory.of(arguments.cache)

    def opened() -> list[Partition]:
        if arguments.tables == "memory":
            return [TablePartition() for _ in range(arguments.partitions)]
        return [DiskPartition(place / str(number), memory) for number in range(arguments.partitions)]

    print(f"{arguments.tables}: {arguments.rows:,} rows in {arguments.partitions} partitions")
    partitions = opened()
    with timed("write", arguments.rows):
        write(partitions, arguments.rows)
    print(f"  {mebibytes() - before:7.1f} MiB more")
    with timed("scan", arguments.rows):
        assert sum(1 for partition in partitions for _ in partition.items()) == arguments.rows
    with timed("look up", arguments.rows // LOOK_UP_EVERY):
        for number in range(0, arguments.rows, LOOK_UP_EVERY):
            assert key_of(number) in partitions[number // RUN % len(partitions)]
    for partition in partitions:
        partition.close()
    if arguments.tables == "rocksdb":
        with timed("open", arguments.partitions):
            partitions = opened()
        for partition in partitions:
            partition.close()


def write(partitions: Sequence[Partition], rows: int) -> None:
    """Run by run, as an owner does."""
    for partition in partitions:
        if isinstance(partition, DiskPartition):
            partition.filled(MARK)
    for begin in range(0, rows, RUN):
        partition = partitions[begin // RUN % len(partitions)]
        for number in range(begin, min(begin + RUN, rows)):
            partition[key_of(number)] = os.urandom(60) * 2
        partition.drain()
        partition.keep(0, 0)


def key_of(number: int) -> bytes:
    """Of a row."""
    return b"tTICKET-%09d" % number


@contextmanager
def timed(what: str, times: int) -> Iterator[None]:
    """Print the CPU microseconds for each of so many."""
    begin = time.process_time()
    yield
    print(f"  {(time.process_time() - begin) / times * 1e6:7.2f} µs of CPU to {what} one")


def mebibytes() -> float:
    """That the process takes."""
    return float(psutil.Process().memory_info().rss / 2**20)


if __name__ == "__main__":
    main()
