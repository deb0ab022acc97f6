"""Ticket events for tests: seeded and realistic ones, the real log that ships, and ways to disturb both."""

import gzip
import json
import zlib
from collections import defaultdict
from collections.abc import Iterable, Iterator, Sequence
from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from random import Random
from typing import Any, NamedTuple

from tests.oracle.invalid import INVALID
from tests.oracle.log import TICKET_TOPICS, Record
from tests.oracle.times import instant_ms

REAL_LOG = Path(__file__).parents[2] / "service_goals" / "data" / "servicenow" / "events.ndjson.gz"
MINUTE, HOUR, DAY = 60_000, 3_600_000, 86_400_000


class Message(NamedTuple):
    """What a publisher sends; `invalid` is the expected category of refusal (`judge.verdict`), None when valid."""

    topic: str
    timestamp_ms: int
    key: bytes | None
    value: bytes | None
    invalid: str | None = None


class World(NamedTuple):
    """Who and what the events speak of; users without a team leave it to the directory."""

    users: Sequence[str] = ("ana", "bo", "cem", "dée", "eva", "fay", "gus", "hal")
    teams: Sequence[str] = ("team-red", "team-blue", "équipe-δ")
    pipelines: Sequence[str] = ("sales", "support", "returns", "日本")


def generate(
    seed: int,
    tickets: int = 200,
    first_day: date = date(2026, 1, 1),
    days: int = 120,
    repeats: float = 0.05,
    invalid: float = 0.02,
    world: World | None = None,
) -> list[Message]:
    """Events of tickets created within the days, in the order of delivery: late, out of order, repeated, some invalid.

    Invalid ones are additional (a share of the valid ones, every kind in turn), so the valid ones stand for themselves.
    """
    random, begin = Random(seed), _ms(first_day)
    valid = []
    for number in range(tickets):
        created = begin + random.randrange(days * DAY)
        valid += _ticket(random, f"T-{seed}-{number}", created, world or World())
    messages = with_repeats(valid, repeats, seed)
    wrong = [random.choice(valid) for _ in range(round(invalid * len(valid)))] if valid else []
    kinds = list(INVALID)
    messages += [_spoilt(each, kinds[index % len(kinds)]) for index, each in enumerate(wrong)]
    return sorted(messages, key=lambda each: (each.timestamp_ms, each.value or b""))


def every_invalid_kind(seed: int) -> dict[str, Message]:
    """One invalid message of every kind, by the kind's name."""
    example = generate(seed, tickets=1, repeats=0, invalid=0)[0]
    return {kind: _spoilt(example, kind) for kind in INVALID}


def load_real() -> list[Message]:
    """The real ServiceNow events that ship with the project, in the order in which they happened."""
    messages = []
    for line in gzip.decompress(REAL_LOG.read_bytes()).splitlines():
        fields = json.loads(line)
        happened = instant_ms(fields["occurred_at"])
        assert happened is not None
        messages.append(_message(fields.pop("topic"), fields, happened))
    return messages


def shuffled(messages: Iterable[Message], seed: int) -> list[Message]:
    """The messages in another order."""
    return Random(seed).sample(each := list(messages), len(each))


def with_repeats(messages: Iterable[Message], fraction: float, seed: int) -> list[Message]:
    """The messages, and a share of them once more, up to three days later."""
    random, once = Random(seed), list(messages)
    again = random.sample(once, round(fraction * len(once)))
    return once + [each._replace(timestamp_ms=each.timestamp_ms + random.randrange(3 * DAY)) for each in again]


def placed(messages: Iterable[Message], partitions: int = 4) -> list[Record]:
    """The records that a broker would make of them: partitioned by key, offsets in order (not Kafka's own hash)."""
    ends: defaultdict[tuple[str, int], int] = defaultdict(int)
    records = []
    for each in messages:
        partition = zlib.crc32(each.key or b"") % partitions
        offset = ends[each.topic, partition]
        records.append(Record(each.topic, partition, offset, each.timestamp_ms, each.key, each.value))
        ends[each.topic, partition] += 1
    return records


def _ticket(random: Random, ticket_id: str, created: int, world: World) -> list[Message]:
    """The events of one ticket, each delivered at once, soon or days later."""
    messages = []
    for number, (topic, at, fields) in enumerate(_course(random, created, world)):
        delay = random.choice((0, 0, 0, random.randrange(HOUR), random.randrange(5 * DAY)))
        common = {"event_id": f"{ticket_id}-{number}", "ticket_id": ticket_id, "occurred_at": _rfc_3339(at, random)}
        messages.append(_message(topic, common | fields, at + delay))
    return messages


def _course(random: Random, created: int, world: World) -> Iterator[tuple[str, int, dict[str, Any]]]:
    """What happens to a ticket and when (topic, instant, fields): answered, closed, reopened, closed again, deleted."""
    ignored = {"unknown": ["fields", "are", "ignored"]}
    pipeline = random.choice(world.pipelines)
    yield "ticket-created", created, {"pipeline_id": pipeline, "attributes": _attributes(random), "surprise": ignored}
    now = created
    for _ in range(random.randrange(3)):
        now += random.choice((0, random.randrange(2 * HOUR), random.randrange(2 * DAY)))
        yield "ticket-responded", now, _by_someone(random, world)
    if random.random() < 0.02:  # a clock that is behind: no fact
        yield "ticket-responded", created - MINUTE, _by_someone(random, world)
    while random.random() < 0.75:
        now += random.choice((0, random.randrange(2 * DAY), random.randrange(20 * DAY)))
        yield "ticket-closed", now, _by_someone(random, world)
        if random.random() < 0.75:
            break
        now += random.choice((0, random.randrange(5 * DAY)))
        yield "ticket-reopened", now, {"attributes": {"reopened": True, "priority": random.randint(1, 4)}}
    if random.random() < 0.04:
        yield "ticket-deleted", now + random.randrange(DAY), {"user_id": None}


def _by_someone(random: Random, world: World) -> dict[str, Any]:
    """A user (or none), their team (or the directory's), now and then another pipeline."""
    by = {"user_id": random.choice((*world.users, None)), "team_id": random.choice((*world.teams, None, None))}
    return by | ({"pipeline_id": random.choice(world.pipelines)} if random.random() < 0.2 else {})


def _attributes(random: Random) -> dict[str, Any] | None:
    everything = {
        "priority": random.randint(1, 4),
        "channel": random.choice(("email", "phone", "chat", None)),
        "vip": random.random() < 0.1,
        "score": random.choice((0, 1, 1.0, 0.5, -3, 1e3)),
    }
    return random.choice((everything, {name: everything[name] for name in ("priority", "vip")}, {}, None))


def _message(topic: str, fields: dict[str, Any], timestamp_ms: int) -> Message:
    value = json.dumps(fields, ensure_ascii=False, separators=(",", ":")).encode()
    return Message(topic, timestamp_ms, str(fields["ticket_id"]).encode(), value)


def _spoilt(valid: Message, kind: str) -> Message:
    """The message made invalid in one way."""
    assert valid.value is not None
    category, spoil = INVALID[kind]
    key, value = spoil(valid.key, json.loads(valid.value) | {"pipeline_id": "support"})
    topic = "ticket-created" if category == "pipeline_id" else valid.topic
    assert topic in TICKET_TOPICS
    return Message(topic, valid.timestamp_ms, key, value, category)


def _rfc_3339(instant: int, random: Random) -> str:
    """The instant in one of the ways publishers write it."""
    offset = random.choice((None, 0, 60, 120, -300, 345))
    wall = datetime(1970, 1, 1, tzinfo=UTC) + timedelta(milliseconds=instant, minutes=offset or 0)
    digits = f"{wall.microsecond // 1000:03d}"
    fraction = random.choice((f".{digits}", f".{digits}999")) if wall.microsecond else random.choice(("", ".0", ".000"))
    sign = "-" if (offset or 0) < 0 else "+"
    zone = "Z" if offset is None else f"{sign}{abs(offset) // 60:02d}:{abs(offset) % 60:02d}"
    return f"{wall:%Y-%m-%dT%H:%M:%S}{fraction}{zone}"


def _ms(day: date) -> int:
    return (day.toordinal() - date(1970, 1, 1).toordinal()) * DAY
