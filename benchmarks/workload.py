"""A seeded load: tickets with their events in three topics, 1 % of them repeated, out of order across topics.

Within a topic events lie about as they happened, up to an hour late and repeats up to a day late, as a ticketing system
sends them; across topics nothing is in order, since each topic is read at its own pace. A user works in one team and
mostly in the team's pipeline.
"""

import asyncio
import json
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime
from random import Random

from aiokafka import AIOKafkaProducer

from agents.config import EngineConfig

BEGIN = 1_767_225_600_000
"""2026-01-01T00:00:00Z in ms."""
DAYS = 90
DAY = 86_400_000
HOUR = 3_600_000
REPEATED = 0.01
MAIN_PIPELINE = 0.8
TOPICS = ("ticket-created", "ticket-responded", "ticket-closed")

Sums = Counter[tuple[str, str, str]]
"""By fact, contributor and "count" or "sum"."""


@dataclass(frozen=True)
class Load:
    """What to publish, by topic, and what must come out."""

    events: dict[str, list[tuple[bytes, bytes]]]
    expected: Sums

    @property
    def size(self) -> int:
        """How many records."""
        return sum(map(len, self.events.values()))


def generate(tickets: int, seed: int = 1, users: int = 200, teams: int = 20, pipelines: int = 8) -> Load:
    """Tickets created evenly over the days; a user's team is the same for all time."""
    random = Random(seed)
    timed: dict[str, list[tuple[int, bytes, bytes]]] = {topic: [] for topic in TOPICS}
    expected: Sums = Counter()
    for number in range(tickets):
        user = random.randrange(users)
        team = user % teams
        pipeline = team % pipelines if random.random() < MAIN_PIPELINE else random.randrange(pipelines)
        who = {"user_id": f"user-{user}", "team_id": f"team-{team}", "pipeline_id": f"pipeline-{pipeline}"}
        created = BEGIN + random.randrange(DAYS * DAY)
        responded = created + random.randrange(2 * HOUR)
        closed = responded + random.randrange(2 * DAY)
        for topic, at in zip(TOPICS, (created, responded, closed), strict=True):
            event = _event(f"T-{number}", topic, at, who)
            timed[topic].append((at + random.randrange(HOUR), *event))
            if random.random() < REPEATED:
                timed[topic].append((at + random.randrange(DAY), *event))
        for contributor in (f"user:{who['user_id']}", f"team:{who['team_id']}", f"pipeline:{who['pipeline_id']}"):
            for fact, value in (("response", responded - created), ("resolution", closed - created), ("closed", 1)):
                expected[fact, contributor, "count"] += 1
                expected[fact, contributor, "sum"] += value
    return Load({topic: [record[1:] for record in sorted(records)] for topic, records in timed.items()}, expected)


def _event(ticket_id: str, topic: str, at: int, who: dict[str, str]) -> tuple[bytes, bytes]:
    fields = {"event_id": f"{ticket_id}-{topic}", "ticket_id": ticket_id, "occurred_at": _instant(at), **who}
    if topic == "ticket-created":
        fields |= {"user_id": None, "team_id": None, "attributes": {"priority": "high", "channel": "mail"}}  # type: ignore[dict-item]
    return ticket_id.encode(), json.dumps(fields).encode()


def _instant(ms: int) -> str:
    return datetime.fromtimestamp(ms / 1000, UTC).isoformat(timespec="milliseconds").replace("+00:00", "Z")


async def publish(config: EngineConfig, load: Load) -> None:
    """Send the topics side by side, as an ordinary producer would."""
    producer = AIOKafkaProducer(
        bootstrap_servers=config.broker, linger_ms=50, compression_type="snappy", max_batch_size=256 * 1024
    )
    await producer.start()
    try:
        await asyncio.gather(*(_send(producer, config.topic(topic), iter(load.events[topic])) for topic in TOPICS))
    finally:
        await producer.stop()


async def _send(producer: AIOKafkaProducer, topic: str, records: Iterator[tuple[bytes, bytes]]) -> None:
    for number, (key, value) in enumerate(records):
        await producer.send(topic, key=key, value=value)
        if number % 1_000 == 0:
            await asyncio.sleep(0)
