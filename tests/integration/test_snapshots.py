"""A snapshot whatever befalls it: asked for twice, in a rebalance, beside an edit, held up (SPEC 5).

All tests share one system, and each has goals of its own: what had ended before a goal was made is frozen by the next
snapshot, whatever was taken before.
"""

import asyncio
import os
import signal
import time
import zlib
from collections.abc import AsyncIterator, Iterable, Iterator
from contextlib import asynccontextmanager
from itertools import count, islice
from typing import Any, Literal
from uuid import uuid4

import orjson
import pytest
from aiokafka import AIOKafkaProducer, TopicPartition

from agents.changelog import written_ends_of
from agents.config import EngineConfig
from agents.partitioner import partitioner
from agents.topics import ensure_topics
from schemas import topics
from schemas.instants import parse_instant
from tests.integration import scenario
from tests.integration.system import System
from tests.integration.test_faults import check
from tests.oracle.generate import Message, load_real

PARTITIONS = 5
"""Two workers have three and two of them: a third that joins takes one over."""
LOG, LATER = ([each for each in load_real() if zlib.crc32(each.key or b"") % 3 == third] for third in range(2))
"""Published before all tests, and in the middle of a snapshot."""
NOTIFY = scenario.goals(LOG)["respond"]["contributors"][0]["notify"]
DAY = "2016-03-15"
partition_of = partitioner(PARTITIONS)


@pytest.fixture(scope="module")
def system(kafka: str, tmp_path_factory: pytest.TempPathFactory) -> Iterator[System]:
    """Two workers, the real log and its directory."""
    config = EngineConfig(broker=kafka, namespace=f"t{uuid4().hex[:10]}", partitions=PARTITIONS, session_timeout=6.0)
    asyncio.run(ensure_topics(config))
    system = System(config, tmp_path_factory.mktemp("snapshots"))
    try:
        for _ in range(2):
            system.start_worker()
        asyncio.run(_set_up(system))
        yield system
    finally:
        system.stop()


async def _set_up(system: System) -> None:
    await system.publish(LOG)
    await in_force(system, topics.ACCOUNT, {"account": {"time_zone": "Europe/Amsterdam", "week_start": "sunday"}})
    await in_force(system, topics.DIRECTORY, scenario.directory(LOG) | {"pipeline:held": {"name": "Held"}})


async def test_a_date_asked_for_twice_in_one_batch_and_once_more_is_written_once(system: System) -> None:
    await set_goals(system, "twice")
    before = await system.requests()
    await ask_at_once(system, "2016-05-01", "2016-05-01")
    await system.snapshots_taken(len(before) + 2)
    await system.snapshot("2016-05-01")
    results = await results_of(system, "twice")
    first = (await system.requests())[len(before)][0]
    assert {(each["as_of"], each["cut"][topics.CONTROL_ACCEPTED][0]) for each in results} == {("2016-05-01", first + 1)}
    await check(system)


@pytest.mark.parametrize("dates", [("2016-04-01", "2016-06-01"), ("2016-06-01", "2016-04-01")])
async def test_of_two_dates_asked_for_at_once_each_freezes_what_ended_before_it(
    system: System, dates: tuple[str, str]
) -> None:
    name = f"both-{dates[0]}"
    await set_goals(system, name)
    before = await system.requests()
    await ask_at_once(system, *dates)
    assert (await system.snapshots_taken(len(before) + 2))[-2:] == list(dates)
    results = await results_of(system, name)
    assert all(each["as_of"] == next(date for date in dates if each["milestone"]["end"] < date) for each in results)
    assert {each["as_of"] for each in results} == ({*dates} if dates[0] < dates[1] else {dates[0]})
    running = [each for key, each in (await system.statuses()).items() if key.startswith(name) and each]
    assert {each["as_of"] for each in running if not each["frozen"]} == {max(dates)}
    await check(system)


async def test_an_edit_is_in_a_snapshot_when_it_is_accepted_before_the_request(system: System) -> None:
    """A second before it, a second after it, and sent before it by somebody whose clock is ahead."""
    names = [f"edit-{each}" for each in ("before", "after", "ahead")]
    goals = {f"{name}-close": (await set_goals(system, name))[f"{name}-close"] for name in names}
    before, ahead, after = (
        (topics.GOALS, f"edit-{each}-close", {**goals[f"edit-{each}-close"], "name": "Edited"}, seconds)
        for each, seconds in (("before", -1), ("ahead", 1), ("after", 1))
    )
    first = len(await system.requests())
    now = time.time_ns() // 1_000_000
    async with system.producer() as producer:
        for topic, key, value, seconds in (before, ahead, request("2016-05-01"), after):
            data, at = orjson.dumps(value), now + 1000 * seconds
            await producer.send_and_wait(system.config.topic(topic), data, key.encode(), timestamp_ms=at)
    await system.snapshots_taken(first + 1)
    await system.snapshot("2016-08-01")

    taken_at = (await system.requests())[first][0]
    accepted = {entry["key"]: offset for offset, entry in await system.accepted()}
    assert accepted["edit-before-close"] < taken_at < accepted["edit-after-close"]
    for goal_id, goal in goals.items():
        name = "Edited" if accepted[goal_id] < taken_at else goal["name"]
        told = {(each["as_of"], each["goal_name"]) for each in await results_of(system, goal_id)}
        assert told == {("2016-05-01", name), ("2016-08-01", "Edited")}
    await check(system)


async def test_workers_that_join_leave_and_die_in_the_middle_of_a_snapshot_change_nothing_in_it(system: System) -> None:
    await set_goals(system, "rebalance")
    async with held_up(system, "2016-05-01") as offset:
        await system.publish(LATER[:300])
        system.start_worker()
        await has_joined(system)
        leaving = system.workers.pop(0)
        leaving.terminate()
        await asyncio.to_thread(leaving.wait, 60)
        system.kill(system.workers[0])
        system.start_worker()
        await has_joined(system)
        assert await results_of(system, "rebalance") == []
    await system.applied_everywhere(offset)
    assert {each["as_of"] for each in await results_of(system, "rebalance")} == {"2016-05-01"}
    await check(system)


async def test_a_worker_that_sleeps_through_a_snapshot_is_replaced_in_it_and_adds_nothing_when_it_wakes(
    system: System,
) -> None:
    await set_goals(system, "asleep")
    sleeper = system.workers[0]
    async with held_up(system, "2016-05-01") as offset:
        os.kill(sleeper.pid, signal.SIGSTOP)
    await system.applied_everywhere(offset)
    assert {each["as_of"] for each in await results_of(system, "asleep")} == {"2016-05-01"}
    os.kill(sleeper.pid, signal.SIGCONT)
    await system.snapshot("2016-08-01")
    assert {each["as_of"] for each in await results_of(system, "asleep")} == {"2016-05-01", "2016-08-01"}
    await check(system)


async def test_a_snapshot_waits_for_what_lies_behind_the_open_transactions_of_publishers(system: System) -> None:
    """What was acknowledged before the request is in, whoever published in a transaction before it."""
    day, running = await set_goals_of(system, "held")
    committing, aborting, other = 1, 2, 3
    async with transaction(system, "commit") as commits, transaction(system, "abort") as aborts:
        await publish(system, commits, closes("commits", committing, 3))
        await publish(system, aborts, closes("aborts", aborting, 4))
        await system.publish(closes("behind", committing, 10) + closes("behind", aborting, 20))
        tps = [TopicPartition(system.config.topic(topics.TICKET_CLOSED), each) for each in range(PARTITIONS)]
        written = await written_ends_of(system.config, tps)
        offset = await requested(system, "2016-05-01")
        waiting = [f"tickets|{committing}", f"tickets|{aborting}"]
        await reached(system, offset, *({f"tickets|{each}" for each in range(PARTITIONS)} - {*waiting}))

        # Live numbers go on meanwhile; results wait, and so does what is edited after the request.
        await in_force(system, topics.GOALS, {running["goal_id"]: {**running, "name": "Edited"}})
        await system.publish(closes("after", other, 1))
        assert (await shown(system, running, count=1))["goal_name"] == running["name"]
        applied = await system.applied()
        waiting += [f"contributors|{each}" for each in range(PARTITIONS)]
        assert all(applied[each] < offset for each in waiting)
        assert await results_of(system, day["goal_id"]) == []
    await system.applied_everywhere(offset)
    (result,) = await results_of(system, day["goal_id"])
    cut = result["cut"][topics.TICKET_CLOSED]
    assert all(at >= written[tp] for at, tp in zip(cut, tps, strict=True))
    assert result["count"] == 3 + 10 + 20
    await shown(system, running, goal_name="Edited", count=3 + 10 + 20 + 1)
    await check(system)


async def test_a_stalled_partition_of_contributors_holds_up_its_own_results_alone(system: System) -> None:
    goals = await set_goals(system, "stalled")
    where: dict[str, int] = {each: partition_of(each.encode()) for each in contributors(goals.values())}
    stalled = min(where.values())
    assert len({*where.values()}) > 1
    async with transaction(system, "abort") as producer:
        await producer.send_and_wait(system.config.topic(topics.CONTRIBUTIONS), b"not committed", partition=stalled)
        offset = await requested(system, "2016-05-01")
        await reached(system, offset, *(f"contributors|{each}" for each in range(PARTITIONS) if each != stalled))
        others = {each for each, partition in where.items() if partition != stalled}
        assert contributors(await results_of(system, "stalled")) == others
    await system.applied_everywhere(offset)
    assert contributors(await results_of(system, "stalled")) == where.keys()
    await check(system)


async def in_force(system: System, topic: str, commands: dict[str, Any]) -> None:
    """Commands that have been judged when this returns."""
    before = sum([len(await system.read(each, 1)) for each in (topics.CONTROL_ACCEPTED, topics.CONTROL_REJECTED)])
    await system.command(topic, commands)
    await system.verdicts(before + len(commands))


async def set_goals(system: System, name: str) -> dict[str, dict[str, Any]]:
    """Goals of this test alone, of each kind of contributor; by id, which begins with `name`."""
    of_all = scenario.goals(LOG)
    goals = {f"{name}-{each}": {**of_all[each], "goal_id": f"{name}-{each}"} for each in ("close", "quick")}
    goals[f"{name}-user"] = {**of_all["fiscal"], "goal_id": f"{name}-user", "align_to_fiscal_year": False}
    await in_force(system, topics.GOALS, goals)
    return goals


async def set_goals_of(system: System, pipeline: str) -> list[dict[str, Any]]:
    """Tickets closed in a pipeline, on a day and in years that still run."""
    first = {"template": "tickets-closed", "duration": "custom", "start_date": DAY}
    who = {"contributors": [{"kind": "pipeline", "id": pipeline, "target": 3, "notify": NOTIFY}]}
    goals: list[dict[str, Any]] = [
        {"goal_id": f"{pipeline}-{name}", "name": name, **first, "end_date": end, **who}
        for name, end in (("day", DAY), ("running", "2060-01-01"))
    ]
    await in_force(system, topics.GOALS, {each["goal_id"]: each for each in goals})
    return goals


def closes(name: str, partition: int, many: int) -> list[Message]:
    """Tickets of one partition, closed in the pipeline `held` at noon of the day."""
    ids = (f"{name}-{number}" for number in count())
    messages = []
    for ticket in islice((each for each in ids if partition_of(each.encode()) == partition), many):
        at = f"{DAY}T12:00:00Z"
        fields = {"event_id": ticket, "ticket_id": ticket, "occurred_at": at, "pipeline_id": "held"}
        messages.append(Message(topics.TICKET_CLOSED, parse_instant(at), ticket.encode(), orjson.dumps(fields)))
    return messages


async def publish(system: System, producer: AIOKafkaProducer, messages: list[Message]) -> None:
    """By this producer, acknowledged."""
    for each in messages:
        await producer.send_and_wait(system.config.topic(each.topic), each.value, each.key)


def request(date: str) -> tuple[str, str, dict[str, Any], int]:
    """Topic, key, value, and seconds from now."""
    return topics.SNAPSHOT_REQUESTS, date, {"as_of": date}, 0


async def ask_at_once(system: System, *dates: str) -> None:
    """Requests in one batch of records."""
    async with system.producer() as producer:
        batch = producer.create_batch()
        for date in dates:
            batch.append(key=date.encode(), value=orjson.dumps({"as_of": date}), timestamp=None)
        await (await producer.send_batch(batch, system.config.topic(topics.SNAPSHOT_REQUESTS), partition=0))


async def requested(system: System, date: str) -> int:
    """The offset of a new request, once it is accepted."""
    before = len(await system.requests())
    await in_force(system, topics.SNAPSHOT_REQUESTS, {date: {"as_of": date}})
    return (await system.requests())[before][0]


@asynccontextmanager
async def transaction(system: System, end: Literal["commit", "abort"]) -> AsyncIterator[AIOKafkaProducer]:
    """A publisher's, open until this ends: nobody reads on past its first record before that."""
    producer = AIOKafkaProducer(
        bootstrap_servers=system.config.broker, transactional_id=uuid4().hex, transaction_timeout_ms=300_000
    )
    await producer.start()
    try:
        await producer.begin_transaction()
        try:
            yield producer
        except BaseException:
            await producer.abort_transaction()
            raise
        await (producer.commit_transaction() if end == "commit" else producer.abort_transaction())
    finally:
        await producer.stop()


@asynccontextmanager
async def held_up(system: System, date: str) -> AsyncIterator[int]:
    """A snapshot that was begun and can't be taken before this ends, as one ticket partition waits."""
    async with transaction(system, "commit") as producer:
        await publish(system, producer, LOG[:1])
        offset = await requested(system, date)
        await reached(system, offset, *(f"tickets|{each}" for each in range(PARTITIONS) if each != _partition(LOG[0])))
        yield offset


def _partition(message: Message) -> int:
    return partition_of(message.key or b"")


async def reached(system: System, offset: int, *partitions: str) -> None:
    """These partitions of stages have applied the entry at `offset`."""

    async def applied() -> int:
        at = await system.applied()
        return sum(at.get(each, -1) >= offset for each in partitions)

    await system.until(applied, len(partitions))


async def has_joined(system: System) -> None:
    """The worker that was started last has partitions of its own."""

    async def owns() -> int:
        return "owns the partition" in system.log_of_last().read_text()

    await system.until(owns, 1)


async def shown(system: System, goal: dict[str, Any], **fields: Any) -> dict[str, Any]:
    """The live status of a goal's only contributor, once it says so."""
    key = f"{goal['goal_id']}|pipeline:{goal['contributors'][0]['id']}|{goal['start_date']}"

    async def says() -> int:
        status = (await system.statuses()).get(key) or {}
        return all(status.get(name) == value for name, value in fields.items())

    await system.until(says, 1)
    return (await system.statuses())[key] or {}


async def results_of(system: System, name: str) -> list[dict[str, Any]]:
    """What was frozen of the goals whose ids begin so."""
    return [each for each in await system.values(topics.MILESTONE_RESULTS) if each["goal_id"].startswith(name)]


def contributors(carriers: Iterable[dict[str, Any]]) -> set[str]:
    """Of goals or of results, as `KIND:ID`."""
    named = [one for each in carriers for one in each.get("contributors", [each.get("contributor")])]
    return {f"{one['kind']}:{one['id']}" for one in named}
