"""A system in a storm: workers are killed, put to sleep, added and removed; a keeper replaces and wakes them."""

import asyncio
import signal
import subprocess
import time
from collections import Counter
from collections.abc import Iterator
from itertools import islice
from pathlib import Path
from random import Random
from typing import Any, cast

import orjson
import psutil

from agents.config import EngineConfig
from service_goals.embedded import EmbeddedKafka
from tests.faults.forked import Forked
from tests.faults.points import Fault
from tests.integration.system import System

TICK = 0.05
"""Seconds between two looks of the keeper."""
STAYS = 40.0
"""Seconds after SIGTERM in which a worker must have ended; longer than a broker may be away."""
FAULTS_EACH = 3
"""That a worker bears; it passes the points of some only when it gets such a partition."""
Worker = subprocess.Popen[bytes]


class Storm(System):
    """The system under test, and what befalls it."""

    def __init__(
        self, config: EngineConfig, place: Path, random: Random, armed: Iterator[Fault], on_disk: float = 0.0
    ) -> None:
        """`armed`: the faults that the workers started one after the other bear; `on_disk`: the share of the workers
        that have their tables there, all in one directory, as on one machine."""
        super().__init__(config, place)
        self._on_disk = on_disk
        self.wanted = 2
        self.complaints: list[str] = []
        self.kinds: Counter[str] = Counter()
        self._place, self._random, self._armed = place, random, armed
        self._begin = time.time()
        self._story: list[str] = []
        self._leaving: dict[int, float] = {}
        self._asleep: dict[int, float] = {}
        """By process id, when to wake it."""
        self._killed: set[int] = set()

    def is_lost(self) -> bool:
        """Never: the keeper starts others."""
        return False

    async def keep(self) -> None:
        """Until cancelled: bury, wake, start."""
        while True:
            for worker in list(self.workers):
                self._look_after(worker)
            while len(self._staying()) < self.wanted:
                self._start()
            await asyncio.sleep(TICK)

    def calm(self) -> None:
        """From now on nothing strikes."""
        (self._place / "calm").touch()
        self.wanted = max(2, self.wanted)
        self.note("calm", count=False)

    def kill_one(self) -> None:
        """kill -9 of a worker."""
        if worker := self._any():
            self._killed.add(worker.pid)
            worker.kill()
            self.note("kill -9", worker.pid)

    def term_one(self) -> None:
        """SIGTERM of a worker; another takes its place at once."""
        if worker := self._any():
            self._leaving[worker.pid] = time.time() + STAYS
            worker.terminate()
            self.note("SIGTERM", worker.pid)

    def sleep_one(self) -> None:
        """SIGSTOP of a worker."""
        if worker := self._any():
            worker.send_signal(signal.SIGSTOP)
            self.note("SIGSTOP", worker.pid)

    def add_one(self) -> None:
        """A third worker."""
        if self.wanted < 3:
            self.wanted += 1
            self.note("add a worker")

    def remove_one(self) -> None:
        """One worker less, in good order."""
        if self.wanted > 1:
            self.wanted -= 1
            self.note("remove a worker")
            self.term_one()

    async def lose(self, broker: EmbeddedKafka) -> None:
        """kill -9 of the broker, and its return."""
        self.note("kill -9 of the broker")
        broker.kill()
        await asyncio.sleep(self._random.uniform(0, 2))
        await asyncio.to_thread(broker.start)
        self.note("the broker is back", count=False)

    def start_armed(self, *arguments: str) -> Worker:
        """A worker with faults, or without a protection (tests.faults.worker)."""
        environment = self.environment(**self._tables())
        worker = cast(Worker, Forked([str(self._place), *arguments], environment, self.log_of_next()))
        self.workers.append(worker)
        return worker

    def struck(self) -> Counter[str]:
        """The faults at points that came true, by `POINT=ACTION`."""
        return Counter(each["fault"].partition("@")[0] for each in self._strikes())

    def told(self) -> list[str]:
        """The whole story, in the order of time."""
        strikes = [
            f"{each['at'] - self._begin:6.2f}  {each['pid']} {each['fault']} in partition {each['partition']}"
            for each in self._strikes()
        ]
        return sorted(self._story + strikes)

    def _tables(self) -> dict[str, str]:
        """Settings: where the next worker has them."""
        if self._random.random() >= self._on_disk:
            return {}
        self.note("the next one has its tables on disk", count=False)
        return {"SERVICE_GOALS_TABLES": "rocksdb", "SERVICE_GOALS_DATA_DIR": str(self._place / "data")}

    def _strikes(self) -> list[dict[str, Any]]:
        log = self._place / "faults.ndjson"
        return [orjson.loads(line) for line in log.read_bytes().splitlines()] if log.exists() else []

    def _look_after(self, worker: Worker) -> None:
        if worker.poll() is not None:
            self._bury(worker)
        elif _is_stopped(worker.pid):
            nap = self.config.session_timeout * self._random.uniform(1.1, 1.8)
            if time.time() > self._asleep.setdefault(worker.pid, time.time() + nap):
                del self._asleep[worker.pid]
                worker.send_signal(signal.SIGCONT)
                self.note("SIGCONT", worker.pid, count=False)
        elif time.time() > self._leaving.get(worker.pid, time.time()):
            self.complaints.append(f"worker {worker.pid} still runs {STAYS:g} s after SIGTERM")
            worker.kill()

    def _bury(self, worker: Worker) -> None:
        self.workers.remove(worker)
        self._asleep.pop(worker.pid, None)
        left = self._leaving.pop(worker.pid, None)
        if worker.returncode != -signal.SIGKILL and not (left and worker.returncode in (0, 143, -signal.SIGTERM)):
            self.note(f"ended by itself with {worker.returncode}", worker.pid, count=False)

    def _start(self) -> None:
        faults = [str(each) for each in islice(self._armed, FAULTS_EACH)]
        worker = self.start_armed(*faults)
        self.note("start", worker.pid, ", ".join(faults), count=False)

    def _staying(self) -> list[Worker]:
        return [worker for worker in self.workers if worker.pid not in self._leaving]

    def _any(self) -> Worker | None:
        well = [each for each in self._staying() if each.pid not in self._asleep and each.pid not in self._killed]
        return self._random.choice(well) if well else None

    def note(self, what: str, pid: int | None = None, more: str = "", *, count: bool = True) -> None:
        """Goes into the story, and is counted by what it is."""
        self.kinds[what] += count
        self._story.append(f"{time.time() - self._begin:6.2f}  {pid or ''} {what} {more}")


def _is_stopped(pid: int) -> bool:
    """By SIGSTOP. Who has just died is not."""
    try:
        return bool(psutil.Process(pid).status() == psutil.STATUS_STOPPED)
    except psutil.NoSuchProcess:
        return False
