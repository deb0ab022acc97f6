"""Who spends how much CPU time and waits how long for it, and in how many runs a worker does its work."""

import os
import re
import urllib.request
from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import NamedTuple

import psutil


def cpu(process: psutil.Process) -> float:
    """Seconds since its start."""
    times = process.cpu_times()
    return float(times.user + times.system)


def pin(processes: Iterable[psutil.Process], core: int) -> None:
    """Let them run on one core only; threads and processes that they start later too."""
    for process in processes:
        for thread in process.threads():
            os.sched_setaffinity(thread.id, {core})


def waited(process: psutil.Process) -> float:
    """Seconds that its threads could have run and had no core (Linux)."""
    threads = Path(f"/proc/{process.pid}/task").iterdir()
    return sum(int((each / "schedstat").read_text().split()[1]) for each in threads) / 1e9


class Spent(NamedTuple):
    """Seconds of a process."""

    cpu: float
    waited: float


class Account:
    """What each process has spent since the account was opened."""

    def __init__(self, processes: Mapping[str, psutil.Process]) -> None:
        """By name."""
        self._begin = {name: (process, cpu(process), waited(process)) for name, process in processes.items()}

    def spent(self) -> dict[str, Spent]:
        """So far."""
        return {
            name: Spent(cpu(process) - used, waited(process) - late)
            for name, (process, used, late) in self._begin.items()
        }


class Runs(NamedTuple):
    """Of ticket events, that a worker has committed, and how many events they had."""

    committed: int
    records: int

    def since(self, before: "Runs") -> float:
        """Records of a run."""
        return (self.records - before.records) / max(1, self.committed - before.committed)


_COUNT = re.compile(r'transaction_duration_seconds_count\{stage="tickets"\} (\S+)')
_RECORDS = re.compile(r'consumed_records_total\{topic="ticket-\w+"\} (\S+)')


def runs(port: int) -> Runs:
    """Of the worker whose `/metrics` are there."""
    with urllib.request.urlopen(f"http://127.0.0.1:{port}/metrics", timeout=10) as answer:
        text = answer.read().decode()
    return Runs(*(round(sum(map(float, figure.findall(text)))) for figure in (_COUNT, _RECORDS)))
