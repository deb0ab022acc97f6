"""All that must be so after a round of faults (SPEC 7), each deviation as a line."""

import asyncio
import os
import sys
from collections import Counter
from collections.abc import Iterable, Iterator, Mapping
from typing import Any

import orjson
from aiokafka import TopicPartition

from agents.changelog import RawRecord, Rows, ends_of
from agents.clock import now
from agents.positions import POSITIONS
from schemas import topics
from service_goals.client.kafka import read_spine
from tests import oracle
from tests.faults.quiet import decoded, rows_and_cells
from tests.integration.system import System
from tests.oracle.judge import Event, verdict
from tests.oracle.log import Record

Lines = list[str]
Body = dict[str, Any]


async def deviations(system: System) -> Lines:
    """What is not as it must be, once the workers are at rest."""
    records, results = await system.ticket_records(), await system.values(topics.MILESTONE_RESULTS)
    told = await system.values(topics.GOAL_NOTIFICATIONS)
    audited = asyncio.create_task(_audited(system))
    lines = [f"oracle: {line}" for line in await _by_oracle(system, records, results, told)]
    lines += [f"written twice: result {oracle_key}" for oracle_key in _twice(map(_key_of, results))]
    lines += [f"two contents: notification {each}" for each in _two_contents(told)]
    lines += _rejects(await system.read(topics.TICKET_EVENTS_REJECTED, system.config.partitions), records)
    lines += await _verdicts(system)
    lines += await _tables(system, records, results, told)
    return lines + await audited


async def damage(system: System) -> Lines:
    """The quick part: what is wrong about the tables, as the faults of one protection show it."""
    records, results = await system.ticket_records(), await system.values(topics.MILESTONE_RESULTS)
    return await _tables(system, records, results, await system.values(topics.GOAL_NOTIFICATIONS))


async def _by_oracle(system: System, records: list[Record], results: list[Body], told: list[Body]) -> Lines:
    accepted = await system.accepted()
    cuts = oracle.cuts_of(results, accepted)
    frozen = {_key_of(each): {name: value for name, value in each.items() if name != "cut"} for each in results}
    live = oracle.live(records, accepted, now(), frozen)
    return [
        *oracle.check(results, records, accepted),
        *oracle.check_notifications(told, records, accepted, cuts),
        *oracle.check_live(await system.statuses(), live, accepted),
    ]


def _twice(keys: Iterable[Any]) -> list[Any]:
    return [key for key, count in Counter(keys).items() if count > 1]


def _key_of(body: Body) -> str:
    contributor = body["contributor"]
    return f"{body['goal_id']}|{contributor['kind']}:{contributor['id']}|{body['milestone']['start']}"


def _two_contents(told: Iterable[Body]) -> Lines:
    contents = {(each["notification_id"], orjson.dumps(_unstamped(each))) for each in told}
    return _twice(notification for notification, _ in contents)


def _unstamped(body: Body) -> Body:
    return {name: value for name, value in body.items() if name != "computed_at"}


def _rejects(rejected: Iterable[RawRecord], records: Iterable[Record]) -> Iterator[str]:
    """Each invalid record is rejected once, byte for byte, and no other."""
    published = {(each.topic, each.partition, each.offset): each for each in records}
    wanted = {place for place, record in published.items() if not isinstance(verdict(record), Event)}
    seen: Counter[tuple[str, int, int]] = Counter()
    for each in rejected:
        headers = {name: value.decode() for name, value in each.headers}
        place = headers["topic"], int(headers["partition"]), int(headers["offset"])
        seen[place] += 1
        original = published.get(place)
        if original is None or (original.key, original.value) != (each.key, each.value):
            yield f"rejected: {place} is not what was published there"
    yield from (f"rejected: {place} {seen[place]} times" for place in seen if seen[place] > 1)
    yield from (f"rejected: {place} is valid" for place in seen.keys() - wanted)
    yield from (f"rejected: {place} is missing" for place in wanted - seen.keys())


async def _verdicts(system: System) -> Lines:
    """Each command is judged once: as often accepted or rejected as published, by topic and key."""
    asked: Counter[tuple[str, str]] = Counter()
    for topic in topics.COMMAND_TOPICS:
        asked.update((topic, (each.key or b"").decode()) for each in await system.read(topic, 1))
    judged = Counter((entry["topic"], entry["key"]) for _, entry in await system.accepted())
    for each in await system.read(topics.CONTROL_REJECTED, 1):
        judged[dict(each.headers)["topic"].decode(), (each.key or b"").decode()] += 1
    each_key = sorted(asked.keys() | judged.keys())
    return [f"judged: {key} {judged[key]} times of {asked[key]}" for key in each_key if judged[key] != asked[key]]


async def _tables(system: System, records: list[Record], results: list[Body], told: list[Body]) -> Lines:
    """The last record per key of each changelog."""
    partitions = system.config.partitions
    spine = await read_spine(system.config)
    tickets = await _table(system, "tickets", partitions)
    aggregates = await _table(system, "aggregates", partitions)
    rows, cells = rows_and_cells(records, spine, partitions)
    lines = [*_unlike("row", decoded(tickets, b"t"), rows), *_unlike("cell", decoded(aggregates, b"c"), cells)]
    frozen = {_key_of(each): _without_cut(_unstamped(each)) for each in results}
    statuses = {key: _unstamped(body) for key, body in (await system.statuses()).items() if body is not None}
    there = {key: body for key, body in frozen.items() if body["goal_id"] in spine.state.histories}
    lines += _unlike("frozen status", {key: body for key, body in statuses.items() if body["frozen"]}, there)
    live = {key: body for key, body in statuses.items() if not body["frozen"]}
    lines += _unlike("status row", _bodies(aggregates, b"s"), live)
    early = Counter((key, each["kind"]) for each in told if (key := _key_of(each)) not in frozen)
    lines += _unlike("told row", _told(aggregates), early)
    for table, sources, parts in (
        ("tickets", topics.TICKET_TOPICS, tickets),
        ("aggregates", [topics.CONTRIBUTIONS], aggregates),
        ("judge", topics.COMMAND_TOPICS, await _table(system, "judge", 1)),
    ):
        lines += await _positions(system, table, sources, parts)
        lines += _kinds(table, parts, spine.last_offset)
    return lines


async def _table(system: System, table: str, partitions: int) -> list[Rows]:
    """What compaction keeps, by partition."""
    parts: list[Rows] = [{} for _ in range(partitions)]
    for record in await system.read(f"{table}-changelog", partitions):
        parts[record.partition][record.key or b""] = record.value or b""
    return [{key: value for key, value in rows.items() if value} for rows in parts]


def _bodies(tables: Iterable[Rows], prefix: bytes) -> dict[str, Body]:
    rows = {k[1:].decode(): v for table in tables for k, v in table.items() if k.startswith(prefix)}
    return {key: orjson.loads(body) for key, body in rows.items()}


def _without_cut(result: Body) -> Body:
    return {name: value for name, value in result.items() if name != "cut"}


def _told(tables: Iterable[Rows]) -> Counter[tuple[str, str]]:
    kinds = {k[1:].decode(): v.decode().split(",") for table in tables for k, v in table.items() if k[:1] == b"n"}
    return Counter((key, kind) for key, of_key in kinds.items() for kind in of_key)


def _unlike(what: str, kept: Mapping[Any, Any], expected: Mapping[Any, Any]) -> Iterator[str]:
    for key in sorted(kept.keys() | expected.keys()):
        mine, theirs = kept.get(key), expected.get(key)
        if mine != theirs:
            yield f"{what} {key}: kept {mine}, must be {theirs}"


async def _positions(system: System, table: str, sources: Iterable[str], parts: list[Rows]) -> Lines:
    """At rest everything that is committed was consumed."""
    prefix, lines = system.config.prefix, []
    tps = [TopicPartition(prefix + source, each) for source in sources for each in range(len(parts))]
    ends = await ends_of(system.config, tps)
    for partition, rows in enumerate(parts):
        kept = orjson.loads(rows.get(POSITIONS, b"{}"))
        for source in sources:
            end = ends[TopicPartition(prefix + source, partition)]
            if kept.get(source, 0) != end:
                lines.append(f"{table} {partition}: {source} ends at {end}, taken up to {kept.get(source)}")
    return lines


KINDS = {"tickets": b"t", "aggregates": b"csn", "judge": b"f"}
"""First bytes of the keys that are left at rest: no layers and no ticks (streams.layers)."""
APPLIED = b"\0applied"


def _kinds(table: str, parts: list[Rows], spine_end: int) -> Iterator[str]:
    for partition, rows in enumerate(parts):
        if APPLIED in rows and int(rows[APPLIED]) != spine_end:
            yield f"{table} {partition}: applied up to {rows[APPLIED]!r}, the spine ends at {spine_end}"
        for key in rows:
            if key[:1] not in {bytes([kind]) for kind in KINDS[table]} and key not in (APPLIED, POSITIONS):
                yield f"{table} {partition}: row {key!r} is left over, or of a kind that is not checked here"


async def _audited(system: System) -> Lines:
    """`service-goals audit` finds nothing, and leaves nothing out."""
    environment = {
        **os.environ,
        "SERVICE_GOALS_BROKER": system.config.broker,
        "SERVICE_GOALS_NAMESPACE": system.config.namespace,
    }
    command = [sys.executable, "-m", "service_goals", "audit"]
    process = await asyncio.create_subprocess_exec(
        *command, env=environment, stdout=asyncio.subprocess.PIPE, stderr=asyncio.subprocess.PIPE
    )
    found, words = (each.decode().splitlines() for each in await process.communicate())
    if process.returncode == 0:
        return [f"audit: {line}" for line in words if line.startswith("note:")]
    return [f"audit: {line}" for line in (*found, *words)] or [f"audit: exit {process.returncode}"]
