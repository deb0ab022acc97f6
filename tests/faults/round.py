"""One round: a storm over a little system, and then the question whether everything is exact."""

import asyncio
import contextlib
import time
from collections import Counter
from collections.abc import AsyncIterator, Iterator
from dataclasses import dataclass, field
from itertools import islice
from pathlib import Path
from random import Random

from aiokafka import AIOKafkaProducer, TopicPartition

from agents.changelog import ends_of
from agents.config import EngineConfig
from agents.topics import ensure_topics
from schemas import topics
from service_goals.embedded import EmbeddedKafka
from tests.faults.exact import deviations
from tests.faults.points import POINTS, RARE, Action, Fault
from tests.faults.publisher import LAST_DATE, SLICES, Publisher
from tests.faults.storm import Storm

PARTITIONS = 4
SESSION = 3.0
"""Seconds without a heartbeat, then a worker counts as dead."""
PAUSE = 0.6
"""Seconds between two slices of events, on average."""
FAULTS_A_SLICE = 2
"""That are ordered; the workers that start later bear none, so that a round comes to an end."""
BLOWS = 0.25
"""Of the slices are accompanied by something that befalls a worker wherever it is."""
ON_DISK = 0.5
"""Of the workers have their tables on disk, drawn one by one: each of them meets the other kind."""
REST = 1.0
"""Seconds without a new status: the workers publish every 0.2 s."""


@dataclass
class Outcome:
    """What a round came to."""

    seed: int
    seconds: float = 0.0
    faults: Counter[str] = field(default_factory=Counter)
    """Those that happened, by kind."""
    deviations: list[str] = field(default_factory=list)
    story: list[str] = field(default_factory=list)


async def play(
    broker: EmbeddedKafka, seed: int, place: Path, slices: int = SLICES, on_disk: float = ON_DISK
) -> Outcome:
    """Play the round of this seed, in a namespace of its own; logs are left in `place`.

    The events come in so many `slices`: fewer make a shorter round. `on_disk`: the share of workers with tables there.
    """
    outcome, begin = Outcome(seed), time.monotonic()
    random = Random(seed)  # of the plan alone: what the keeper draws depends on time
    config = EngineConfig(
        broker=broker.bootstrap, namespace=f"round-{seed}", partitions=PARTITIONS, session_timeout=SESSION
    )
    await ensure_topics(config)
    faults = islice(armed(Random(seed + 2)), FAULTS_A_SLICE * slices)
    storm = Storm(config, place, Random(seed + 1), faults, on_disk)
    try:
        async with _kept(storm), _producer(config) as producer:
            await _blow(storm, Publisher(config, producer, random), broker, random, slices)
            await _settle(storm)
            storm.note("at rest", count=False)
            outcome.deviations = await deviations(storm)
    except AssertionError as error:
        outcome.deviations = [str(error)]
    finally:
        await asyncio.to_thread(storm.stop)
    outcome.faults = storm.struck() + storm.kinds
    outcome.deviations += storm.complaints
    outcome.story = storm.told()
    outcome.seconds = time.monotonic() - begin
    return outcome


def armed(random: Random) -> Iterator[Fault]:
    """Faults without end, each point and action once before any comes again."""
    actions: tuple[Action, ...] = ("kill", "sleep")
    while True:
        deck = [(name, action) for name in POINTS for action in actions]
        for name, action in random.sample(deck, len(deck)):
            yield Fault(name, action, 1 if name in RARE else random.choice((1, 1, 2, 3)))


async def _blow(storm: Storm, publisher: Publisher, broker: EmbeddedKafka, random: Random, slices: int) -> None:
    """Publish, edit, request and let something befall, all at once."""
    await storm.verdicts(await publisher.set_up())
    lost: asyncio.Task[None] | None = None
    for number, events in enumerate(publisher.slices(slices)):
        await publisher.publish(events)
        await random.choice((publisher.edit, publisher.edit, publisher.request_snapshot))()
        blow = random.choice((storm.kill_one, storm.term_one, storm.sleep_one, storm.add_one, storm.remove_one))
        if random.random() < BLOWS:
            blow()
        if number == publisher.outage:
            lost = asyncio.create_task(storm.lose(broker))
        await asyncio.sleep(random.uniform(0, 2 * PAUSE))
    if lost:
        await lost
    await publisher.durable()


async def _settle(storm: Storm) -> None:
    """All is worked off, after a last snapshot."""
    storm.calm()
    await storm.snapshot(LAST_DATE)
    await storm.settled()
    await storm.applied_everywhere((await storm.accepted())[-1][0])
    tps = [TopicPartition(storm.config.topic(topics.GOAL_STATUS), each) for each in range(PARTITIONS)]
    before = None
    while (after := await ends_of(storm.config, tps)) != before:
        before = after
        await asyncio.sleep(REST)


@contextlib.asynccontextmanager
async def _kept(storm: Storm) -> AsyncIterator[None]:
    keeper = asyncio.create_task(storm.keep())
    try:
        yield
    finally:
        keeper.cancel()
        with contextlib.suppress(asyncio.CancelledError):
            await keeper


@contextlib.asynccontextmanager
async def _producer(config: EngineConfig) -> AsyncIterator[AIOKafkaProducer]:
    """One for the whole round: it sits out the broker's absence."""
    producer = AIOKafkaProducer(
        bootstrap_servers=config.broker, linger_ms=5, enable_idempotence=True, max_request_size=4 * 1024 * 1024
    )
    await producer.start()
    try:
        yield producer
    finally:
        await producer.stop()
