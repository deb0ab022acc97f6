"""A service desk for tests of the page: people, goals, tickets of this month and the last, a snapshot, a server.

The real clock rules what is past, running and coming: everything is dated from the account's today.
"""

import asyncio
import threading
from collections.abc import Coroutine, Iterable, Iterator
from contextlib import contextmanager
from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

import httpx
import orjson

from agents.config import EngineConfig
from agents.topics import ensure_topics
from schemas import topics
from tests.integration.api_system import environment_of, serving
from tests.integration.system import System
from tests.oracle.generate import HOUR, Message

ZONE = "Europe/Amsterdam"
MANY = 2_500
"""Users of the large goal; with its four milestones that makes 10,000 assignments."""
NAMES = ("Ann de Boer", "Bob Jansen", "Cas Visser", "Dirk Smit", "Eva Meijer", "Fay Mulder")


class Desk:
    """What a test sees of it."""

    def __init__(self, url: str, system: System) -> None:
        self.url, self._system = url, system
        self.today = datetime.now(ZoneInfo(ZONE)).date()
        self.this_month = self.today.replace(day=1)
        self.last_month = (self.this_month - timedelta(days=1)).replace(day=1)
        self.client = httpx.Client(base_url=url, timeout=30)
        self._tickets = 0

    def close_tickets(self, user: str, *instants: datetime, answered: timedelta = timedelta(hours=1)) -> None:
        """Tickets that the user answers after a while and closes then."""
        messages: list[Message] = []
        for closed in instants:
            self._tickets += 1
            ticket = f"T-{self._tickets}"
            created = closed - timedelta(hours=4)
            messages += [
                _event("ticket-created", ticket, created, pipeline_id="support"),
                _event("ticket-responded", ticket, created + answered, user_id=user),
                _event("ticket-closed", ticket, closed, user_id=user),
            ]
        _apart(self._system.publish(messages))

    def rename(self, user: str, name: str) -> None:
        """In the directory."""
        _apart(self._system.command(topics.DIRECTORY, {f"user:{user}": {"name": name}}))

    def shown(self, **parameters: Any) -> dict[str, Any]:
        """What the API says of statuses."""
        answer = self.client.get("/api/statuses", params=parameters)
        assert answer.status_code == 200, answer.text
        found: dict[str, Any] = answer.json()
        return found

    def key(self, goal_id: str, contributor: str, month: date) -> str:
        """The key of a status."""
        return f"{goal_id}|{contributor}|{month}"


@contextmanager
def opened(kafka: str, valkey: str, namespace: str, logs: Path) -> Iterator[Desk]:
    """The desk with its goals in force and last month frozen; stopped at the end, whatever happened."""
    config = EngineConfig(broker=kafka, namespace=namespace, partitions=2, session_timeout=6.0)
    _apart(ensure_topics(config))
    system = System(config, logs)
    system.start_worker()
    try:
        with serving(environment_of(kafka, valkey, namespace, logs), logs / "api.log") as url:
            desk = Desk(url, system)
            _fill(desk, system)
            yield desk
            desk.client.close()
    finally:
        system.stop()


def _fill(desk: Desk, system: System) -> None:
    people = _directory()
    goals = {goal["goal_id"]: goal for goal in _goals(desk)}
    _apart(system.command(topics.ACCOUNT, {"account": {"time_zone": ZONE, "fiscal_year_start_month": 4}}))
    _apart(system.command(topics.DIRECTORY, people))
    _apart(system.verdicts(len(people) + 1))
    _apart(system.command(topics.GOALS, goals))
    _apart(system.verdicts(len(people) + 1 + len(goals)))
    noon = datetime(desk.last_month.year, desk.last_month.month, 15, 11, tzinfo=UTC)
    desk.close_tickets("ann", *(noon + timedelta(days=day) for day in range(3)))
    desk.close_tickets("bob", *(noon + timedelta(days=day) for day in range(2)), answered=timedelta(hours=3))
    _apart(system.settled())
    _apart(system.snapshot(desk.today.isoformat()))
    now = datetime.now(UTC) - timedelta(seconds=1)
    desk.close_tickets("bob", *(now - timedelta(days=day) for day in range(desk.today.day)))
    _apart(system.settled())


def _directory() -> dict[str, Any]:
    named = {f"user:{name.split()[0].lower()}": {"name": name, "team_id": "first"} for name in NAMES}
    crowd = {f"user:u{number:04}": {"name": f"Clerk {number:04}"} for number in range(MANY)}
    teams = {"team:first": {"name": "First line"}, "team:second": {"name": "Second line"}}
    pipelines = {"pipeline:support": {"name": "Support"}, "pipeline:returns": {"name": "Returns"}}
    return {**named, **crowd, **teams, **pipelines}


def _goals(desk: Desk) -> Iterable[dict[str, Any]]:
    now = [{"start": desk.this_month.isoformat(), "target": 30}]
    tell = [{"user_id": "cas", "on": ["achieved", "missed"]}]
    months = {"duration": "monthly", "start_date": desk.last_month.isoformat(), "end_date": _month(desk, 2).isoformat()}
    close = {"goal_id": "close", "name": "Tickets closed a month", "template": "tickets-closed", **months}
    yield {**close, "contributors": [_user("ann", 3, notify=tell), _user("bob", 5, notify=tell, milestones=now)]}
    answer = {"goal_id": "answer", "name": "First answer in 2 hours", "template": "average-response-time", **months}
    first = {"kind": "team", "id": "first", "target": 2 * HOUR, "pipelines": ["support"]}
    yield {**answer, "contributors": [first, _user("bob", 2 * HOUR)]}
    crowd = {"goal_id": "crowd", "name": "Everyone closes 10", "template": "tickets-closed", "duration": "monthly"}
    span = {"start_date": desk.this_month.isoformat(), "end_date": _month(desk, 4).isoformat()}
    yield {**crowd, **span, "contributors": [_user(f"u{number:04}", 10) for number in range(MANY)]}
    leave = {"goal_id": "leave", "name": "Goal to leave", "template": "tickets-closed", **months}
    yield {**leave, "contributors": [_user("dirk", 4), _user("eva", 4)]}


def _user(user: str, target: int, **more: Any) -> dict[str, Any]:
    return {"kind": "user", "id": user, "target": target, **more}


def _month(desk: Desk, ahead: int) -> date:
    """The last day of the month before the one that is so many months ahead."""
    months = desk.this_month.year * 12 + desk.this_month.month - 1 + ahead
    return date(months // 12, months % 12 + 1, 1) - timedelta(days=1)


def _event(topic: str, ticket: str, at: datetime, **more: Any) -> Message:
    fields = {"event_id": f"{topic}-{ticket}", "ticket_id": ticket, "occurred_at": at.isoformat(), **more}
    now = int(datetime.now(UTC).timestamp() * 1000)
    return Message(topic, now, ticket.encode(), orjson.dumps(fields))


def _apart(work: Coroutine[Any, Any, Any]) -> None:
    """Run it to its end in a thread of its own: Playwright holds this thread's event loop."""
    failures: list[BaseException] = []

    def run() -> None:
        try:
            asyncio.run(work)
        except BaseException as error:
            failures.append(error)

    thread = threading.Thread(target=run, daemon=True)
    thread.start()
    thread.join()
    if failures:
        raise failures[0]
