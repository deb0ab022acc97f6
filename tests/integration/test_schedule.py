"""The daily snapshot comes by itself, whatever the clock does and whoever was away (SPEC 5)."""

import subprocess
from collections import Counter
from collections.abc import AsyncIterator, Iterable
from contextlib import asynccontextmanager
from datetime import date, datetime, timedelta
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

import orjson

from agents.config import EngineConfig
from schemas import topics
from tests.integration.clocked import Clocked
from tests.integration.system import started
from tests.integration.test_faults import check
from tests.oracle.generate import Message, load_real

Worker = subprocess.Popen[bytes]
ZONE = ZoneInfo("Europe/Amsterdam")
PARTITIONS = 2
PIPELINES = ["Category 26", "Category 32", "Category 40", "Category 45", "Category 55"]
"""Of the real log: those that have the most to do."""
SPRING = [
    "2016-03-26T23:59:59.999+01:00",
    "2016-03-27T00:00:00+01:00",
    "2016-03-27T01:59:59.999+01:00",
    "2016-03-27T03:00:00+02:00",
    "2016-03-27T23:59:59.999+02:00",
    "2016-03-28T00:00:00+02:00",
]
AUTUMN = [
    "2016-10-29T23:59:59.999+02:00",
    "2016-10-30T00:00:00+02:00",
    "2016-10-30T02:30:00+02:00",
    "2016-10-30T02:30:00+01:00",
    "2016-10-30T23:59:59.999+01:00",
    "2016-10-31T00:00:00+01:00",
]
"""When tickets are closed: of each six, the four in the middle on the day that has 23 or 25 hours."""


async def test_days_of_23_and_25_hours_are_taken_at_their_midnight_plus_grace(
    kafka: str, namespace: str, tmp_path: Path
) -> None:
    """Grace is elapsed time: three hours after midnight it is 4 o'clock on the short day, 2 on the long one."""
    days = ["2016-03-26", "2016-03-27", "2016-10-29", "2016-10-30"]
    async with clocked(kafka, namespace, tmp_path, "2016-03-26T12:00:00+01:00") as system:
        await set_up(system, "PT3H", days, ["edge"])
        await system.publish(closes(SPRING))
        assert await system.requested_by("2016-03-27T03:59:00+02:00") == []
        await due(system, "2016-03-27T04:00:00+02:00", "2016-03-27")
        assert await system.requested_by("2016-03-28T02:59:00+02:00") == ["2016-03-27"]
        await due(system, "2016-03-28T03:00:00+02:00", "2016-03-27", "2016-03-28")

        # Half a year on: who asks for a date by hand has the days before it skipped, also while no worker is there.
        system.stop()
        system.set_clock("2016-10-29T12:00:00+02:00")
        await system.command(topics.SNAPSHOT_REQUESTS, {"2016-10-29": {"as_of": "2016-10-29"}})
        system.start_worker()
        await system.publish(closes(AUTUMN))
        so_far = ["2016-03-27", "2016-03-28", "2016-10-29"]
        assert await system.snapshots_taken(3) == so_far
        assert await system.requested_by("2016-10-30T01:59:00+01:00") == so_far
        await due(system, "2016-10-30T02:00:00+01:00", *so_far, "2016-10-30")
        assert await system.requested_by("2016-10-31T02:59:00+01:00") == [*so_far, "2016-10-30"]
        await due(system, "2016-10-31T03:00:00+01:00", *so_far, "2016-10-30", "2016-10-31")

        await check(system)
        assert await frozen(system) == dict(zip(days, [1, 4, 1, 4], strict=True))


async def test_snapshots_missed_while_no_worker_was_there_are_taken_in_order_as_if_in_time(
    kafka: str, namespace: str, tmp_path: Path
) -> None:
    """Of one day, hours late; then of five days, and who catches up is killed over it."""
    log = [each for each in load_real() if local_day(each) < "2016-03-18"]
    days = [f"2016-03-{day}" for day in range(10, 18)]
    async with clocked(kafka, namespace, tmp_path, "2016-03-10T12:00:00+01:00") as system:
        await set_up(system, "PT1H", days, PIPELINES)
        await system.publish(until("2016-03-11", log))
        await due(system, "2016-03-11T01:00:00+01:00", "2016-03-11")

        system.stop()
        await system.publish(until("2016-03-12", log))
        system.set_clock("2016-03-12T09:00:00+01:00")
        system.start_worker()
        assert await system.snapshots_taken(2) == ["2016-03-11", "2016-03-12"]
        assert (await frozen(system)).keys() == {"2016-03-10", "2016-03-11"}

        system.stop()
        await system.publish(log)
        system.set_clock("2016-03-17T09:00:00+01:00")
        await killed_once_it_has_asked(system, system.start_worker())
        for _ in range(2):
            system.start_worker()
        assert await system.snapshots_taken(7) == [f"2016-03-{day}" for day in range(11, 18)]
        await system.settled()

        await check(system)
        results = await system.values(topics.MILESTONE_RESULTS)
        assert {each["milestone"]["end"]: each["as_of"] for each in results} == {
            day: (date.fromisoformat(day) + timedelta(1)).isoformat() for day in days[:-1]
        }
        requests = [offset + 1 for offset, _ in await system.requests()]
        cuts = sorted({(each["as_of"], each["cut"][topics.CONTROL_ACCEPTED][0]) for each in results})
        assert [at for _, at in cuts] == requests
        assert sum((await frozen(system)).values()) > 0
        running = [each for each in (await system.statuses()).values() if each and not each["frozen"]]
        assert {(each["goal_id"], each["as_of"]) for each in running} == {(days[-1], days[-1])}


@asynccontextmanager
async def clocked(broker: str, namespace: str, place: Path, instant: str) -> AsyncIterator[Clocked]:
    """A system without workers, at this time."""
    config = EngineConfig(broker=broker, namespace=namespace, partitions=PARTITIONS, session_timeout=6.0)
    system = Clocked(config, place, instant)
    async with started(system, workers=0):
        yield system


async def set_up(system: Clocked, grace: str, days: Iterable[str], pipelines: Iterable[str]) -> None:
    """The first start, and a goal for each of the days: tickets closed on it."""
    system.start_worker()
    contributors = [{"kind": "pipeline", "id": each, "target": 4, "notify": NOTIFY} for each in pipelines]
    goals = {day: one_day_goal(day, contributors) for day in days}
    await system.command(topics.ACCOUNT, {"account": {"time_zone": ZONE.key, "freeze_grace": grace}})
    await system.command(topics.GOALS, goals)
    await system.verdicts(1 + len(goals))


NOTIFY = [{"user_id": "ana", "on": ["achieved", "exceeded", "missed"]}]


def one_day_goal(day: str, contributors: list[dict[str, Any]]) -> dict[str, Any]:
    return {
        "goal_id": day,
        "name": day,
        "template": "tickets-closed",
        "duration": "custom",
        "start_date": day,
        "end_date": day,
        "contributors": contributors,
    }


def closes(instants: Iterable[str]) -> list[Message]:
    """A ticket closed at each of the instants, told at once."""
    messages = []
    for at in instants:
        fields = {"event_id": at, "ticket_id": at, "occurred_at": at, "pipeline_id": "edge"}
        moment = round(datetime.fromisoformat(at).timestamp() * 1000)
        messages.append(Message(topics.TICKET_CLOSED, moment, at.encode(), orjson.dumps(fields)))
    return messages


def local_day(message: Message) -> str:
    """On which a message of the real log was published."""
    return datetime.fromtimestamp(message.timestamp_ms / 1000, ZONE).date().isoformat()


def until(day: str, log: Iterable[Message]) -> list[Message]:
    """What was published up to the end of this day."""
    return [each for each in log if local_day(each) <= day]


async def due(system: Clocked, instant: str, *dates: str) -> None:
    """At this time the last of the dates is taken, after the others."""
    system.set_clock(instant)
    assert await system.snapshots_taken(len(dates)) == list(dates)


async def killed_once_it_has_asked(system: Clocked, worker: Worker) -> None:
    """The worker dies as soon as it has asked for a snapshot, perhaps before it has judged that."""
    before = len(await system.read(topics.SNAPSHOT_REQUESTS, 1))

    async def asked() -> int:
        return len(await system.read(topics.SNAPSHOT_REQUESTS, 1))

    await system.until(asked, before + 1)
    system.kill(worker)


async def frozen(system: Clocked) -> dict[str, int]:
    """How many tickets were counted for each day that is frozen."""
    counts: Counter[str] = Counter()
    for each in await system.values(topics.MILESTONE_RESULTS):
        counts[each["goal_id"]] += each["count"]
    return dict(counts)
