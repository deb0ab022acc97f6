"""Each protection does something: without it the damage shows, with it the same faults change nothing.

What happens is ordered by fault points, not by luck: one partition, one worker that something befalls, one heir.
"""

import asyncio
import signal
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from pathlib import Path
from random import Random
from typing import NamedTuple

import pytest
from aiokafka import AIOKafkaProducer

from agents.config import EngineConfig
from agents.topics import ensure_topics
from schemas.topics import GOALS, TICKET_TOPICS
from service_goals.client.offsets import committed_offsets, lag
from tests.faults.exact import damage
from tests.faults.storm import Storm
from tests.oracle.generate import load_real

EVENTS, LATER = load_real()[:300], load_real()[300:500]
QUICK = {
    "goal_id": "quick",
    "name": "Quick",
    "template": "custom",
    "measure": {"fact": "response", "statistic": "share_within", "threshold": 7_200_000},
    "duration": "monthly",
    "start_date": "2016-03-01",
    "contributors": [{"kind": "team", "id": "Group 70", "target": 0.5}],
}
"""Its measure makes every row be counted anew."""
SESSION = 3.0
LOST_TO_ANOTHER = "gave the partition up"
PATIENCE = 60.0


Scene = Callable[[Storm, str], Awaitable[None]]


class Case(NamedTuple):
    """A protection, what happens, and what that does without it."""

    without: str
    scene: Scene
    shows: str
    on_disk: float = 0.0
    """The share of the workers with their tables there."""


async def a_zombie_commits(system: Storm, patch: str) -> None:
    """One falls asleep with all sent; another takes its place and does the work; then the first one wakes."""
    zombie = system.start_armed("tickets:contributions-sent=sleep@1", patch)
    await until(lambda: system.struck().total() == 1)
    system.start_armed(patch)
    while await tickets_left(system.config):
        pass
    zombie.send_signal(signal.SIGCONT)


async def a_zombie_commits_while_another_recovers(system: Storm, patch: str) -> None:
    """As above; but the first one wakes, and dies after it, when the other one has just read the rows."""
    zombie = system.start_armed("tickets:contributions-sent=sleep@1", "tickets:contributions-committed=kill@1", patch)
    await until(lambda: system.struck().total() == 1)
    system.start_armed("tickets:recovered=hold@1", patch)
    await until(lambda: system.struck().total() == 2)
    zombie.send_signal(signal.SIGCONT)
    await until(lambda: zombie.poll() is not None or LOST_TO_ANOTHER in system.words())
    system.kill(zombie)
    system.calm()


async def one_dies_with_all_sent(system: Storm, patch: str) -> None:
    """What it sent is never committed; another does it again."""
    first = system.start_armed("tickets:contributions-sent=kill@1", patch)
    await until(lambda: first.poll() is not None)
    system.workers.remove(first)
    system.start_armed(patch)


async def runs_come_twice(system: Storm, patch: str) -> None:
    """Everything is handed over twice."""
    system.start_armed("-hand_over_twice", patch)


async def runs_come_with_a_hole(system: Storm, patch: str) -> None:
    """Each partition's first record is missing."""
    system.start_armed("-skip_the_first", patch)


CASES = (
    Case("transactional_id_of_the_worker", a_zombie_commits, "cell"),
    Case("recover_before_fence", a_zombie_commits_while_another_recovers, "cell"),
    Case("read_uncommitted_sources", one_dies_with_all_sent, "cell"),
    Case("recover_uncommitted_rows", one_dies_with_all_sent, "row"),
    Case("store_before_commit", one_dies_with_all_sent, "cell", on_disk=1.0),
    Case("count_replays", runs_come_twice, "cell"),
    Case("count_on_after_gaps", runs_come_with_a_hole, "row"),
)


DEAR = {a_zombie_commits, a_zombie_commits_while_another_recovers, one_dies_with_all_sent}
"""Scenes in which a session has to run out."""


def marks(scene: Scene) -> list[pytest.MarkDecorator]:
    """What `make test` leaves out."""
    return [pytest.mark.dear] if scene in DEAR else []


@pytest.mark.parametrize("case", [pytest.param(each, id=each.without, marks=marks(each.scene)) for each in CASES])
async def test_without_this_protection_the_damage_shows(case: Case, kafka: str, namespace: str, tmp_path: Path) -> None:
    async with prepared(kafka, namespace, tmp_path, on_disk=case.on_disk) as system:
        await case.scene(system, f"-{case.without}")
        await system.settled()
        assert any(line.startswith(case.shows) for line in await damage(system))


SCENES = list(dict.fromkeys(case.scene for case in CASES))


@pytest.mark.parametrize(
    ("scene", "on_disk"),
    [
        *(pytest.param(each, 0.0, id=each.__name__, marks=marks(each)) for each in SCENES),
        *(pytest.param(each, 1.0, id=f"{each.__name__}-on-disk", marks=pytest.mark.dear) for each in SCENES),
    ],
)
async def test_with_every_protection_the_same_changes_nothing(
    scene: Scene, on_disk: float, kafka: str, namespace: str, tmp_path: Path
) -> None:
    async with prepared(kafka, namespace, tmp_path, on_disk=on_disk) as system:
        await scene(system, "-nothing")
        await system.settled()
        assert await damage(system) == []


@pytest.mark.parametrize(("patch", "ahead"), [("-nothing", False), ("-let_faust_commit", True)])
async def test_faust_would_acknowledge_what_is_not_durable(
    patch: str, ahead: bool, kafka: str, namespace: str, tmp_path: Path
) -> None:
    async with prepared(kafka, namespace, tmp_path) as system:
        worker = system.start_armed("tickets:begun=hold@1", patch)
        await until(lambda: system.struck().total() == 1)
        worker.terminate()
        await until(lambda: worker.poll() is not None)
        acknowledged = {tp.topic.removeprefix(system.config.prefix) for tp in await committed_offsets(system.config)}
        assert bool(acknowledged & set(TICKET_TOPICS)) == ahead


async def test_what_was_aborted_is_no_gap(kafka: str, namespace: str, tmp_path: Path) -> None:
    async with prepared(kafka, namespace, tmp_path, aborted_first=True) as system:
        system.start_armed("-begin_with_records")
        await system.settled()
        assert await damage(system) == []


async def test_who_has_not_read_the_spine_yet_credits_nothing(kafka: str, namespace: str, tmp_path: Path) -> None:
    async with prepared(kafka, namespace, tmp_path) as system:
        system.start_armed()
        await system.command(GOALS, {"quick": QUICK})
        await system.verdicts(1)
        await system.settled()
        await system.applied_everywhere((await system.accepted())[-1][0])
        system.stop()
        await system.publish(LATER)
        system.start_armed("-read_the_spine_late")
        await system.settled()
        assert await damage(system) == []


async def abort_one(config: EngineConfig) -> None:
    """An event that is never committed is the first of each ticket topic."""
    async with AIOKafkaProducer(bootstrap_servers=config.broker, transactional_id=config.namespace) as producer:
        await producer.begin_transaction()
        for topic in TICKET_TOPICS:
            await producer.send_and_wait(config.topic(topic), b"never")
        await producer.abort_transaction()


@asynccontextmanager
async def prepared(
    broker: str, namespace: str, place: Path, aborted_first: bool = False, on_disk: float = 0.0
) -> AsyncIterator[Storm]:
    """Commands and events are there, and no worker yet."""
    config = EngineConfig(broker=broker, namespace=namespace, partitions=1, session_timeout=SESSION)
    await ensure_topics(config)
    if aborted_first:
        await abort_one(config)
    system = Storm(config, place, Random(0), iter(()), on_disk)
    await system.publish(EVENTS)
    try:
        yield system
    finally:
        system.stop()


async def until(there: Callable[[], bool]) -> None:
    """Wait for something that processes do."""
    async with asyncio.timeout(PATIENCE):
        while not there():  # noqa: ASYNC110 other processes know no asyncio.Event
            await asyncio.sleep(0.02)


async def tickets_left(config: EngineConfig) -> int:
    """Ticket events that no transaction has taken in yet."""
    left = await lag(config)
    return sum(left[topic] for topic in TICKET_TOPICS)
