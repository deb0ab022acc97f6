"""The demo's scenario, made from the real log that ships with the program (see data/servicenow/SOURCE.md)."""

import gzip
from collections import Counter
from datetime import date
from importlib import resources
from itertools import groupby
from operator import itemgetter
from typing import Any, Final, NamedTuple

import orjson

from service_goals.client.publisher import Event
from service_goals.commands.imports import read_event

Fields = dict[str, Any]

CREDIT: Final = "ServiceNow incidents by Amaral, Fantinato and Peres, UCI, CC BY 4.0"
AS_OF: Final = date(2016, 4, 18)
"""Nearly all tickets of the log are from March 2016: its milestones have ended, those of April run."""
OPENING: Final = date(2016, 3, 2)
"""From here the log is played: its busiest day, and on the next the first goals are reached."""
VIEW: Final = "#/?to=2016-04-30&sort=start"
"""What the page shows first: the milestones of the months that have most tickets."""
_LOG: Final = ("data", "servicenow", "events.ndjson.gz")
_HOUR: Final = 3_600_000
_DAY: Final = 24 * _HOUR
_TELL: Final = [{"user_id": "Resolver 201", "on": ["achieved", "exceeded", "missed"]}]


class Day(NamedTuple):
    """What happened on one day of the log."""

    date: date
    events: list[Event]


class Scenario(NamedTuple):
    """The log by day, and everyone it names."""

    days: list[Day]
    directory: dict[str, Fields]

    def before(self, as_of: date) -> list[Event]:
        """The events of the days before."""
        return [event for day in self.days if day.date < as_of for event in day.events]

    def since(self, as_of: date) -> list[Day]:
        """That day and those after it."""
        return [day for day in self.days if day.date >= as_of]


def load_scenario() -> Scenario:
    """The log that ships with the program; times of the log are UTC."""
    lines = gzip.decompress(resources.files("service_goals").joinpath(*_LOG).read_bytes()).splitlines()
    dated = [(fields["occurred_at"][:10], line, fields) for line in lines for fields in (orjson.loads(line),)]
    dated.sort(key=itemgetter(0))
    days = [
        Day(date.fromisoformat(day), [read_event(line) for _, line, _ in events])
        for day, events in groupby(dated, key=itemgetter(0))
    ]
    return Scenario(days, _directory([fields for _, _, fields in dated]))


def _directory(events: list[Fields]) -> dict[str, Fields]:
    """Everyone the log names, by directory key; events name the team themselves, so the directory gives none."""
    named = Counter(
        f"{kind}:{event[field]}"
        for event in events
        for kind, field in (("team", "team_id"), ("pipeline", "pipeline_id"), ("user", "user_id"))
        if event[field]
    )
    return {key: {"name": key.partition(":")[2]} for key in sorted(named)}


def demo_goals() -> list[Fields]:
    """A handful of goals, from every template and from scratch."""
    spring: Fields = {"start_date": "2016-03-01", "end_date": "2016-06-30"}
    year: Fields = {"start_date": "2016-01-01", "end_date": "2016-12-31"}
    soon = {
        "fact": "response",
        "statistic": "share_within",
        "threshold": _HOUR,
        "filter": [{"attribute": "priority", "not_in": ["4 - Low"]}],
    }
    answer = {"name": "First answer within 8 hours", "template": "average-response-time", "duration": "monthly"}
    solve = {"name": "Solved within 5 days", "template": "average-resolution-time", "duration": "monthly"}
    close = {"name": "24 tickets closed a month", "template": "tickets-closed", "duration": "monthly"}
    swift = {"name": "60 % answered in 1 hour", "template": "custom", "measure": soon, "duration": "quarterly"}
    quarter = {"name": "Tickets closed a quarter", "template": "tickets-closed", "duration": "quarterly"}
    total = {"name": "Tickets closed in 2016", "template": "tickets-closed", "duration": "yearly"}
    return [
        {"goal_id": "answer", **answer, **spring, **_for("team", 8 * _HOUR, "Group 10", "Group 66", "Group 70")},
        {"goal_id": "solve", **solve, **spring, **_for("team", 5 * _DAY, "Group 24", "Group 25", "Group 70")},
        {"goal_id": "close", **close, **spring, **_for("user", 24, "Resolver 139", "Resolver 198", "Resolver 201")},
        {"goal_id": "swift", **swift, **year, **_for("pipeline", 0.6, "Category 45", "Category 53")},
        {"goal_id": "quarter", **quarter, **year, **_for("pipeline", 100, "Category 26", "Category 45", "Category 53")},
        {"goal_id": "year", **total, **year, **_for("team", 200, "Group 23", "Group 70")},
    ]


def _for(kind: str, target: float, *ids: str) -> Fields:
    return {"contributors": [{"kind": kind, "id": each, "target": target, "notify": _TELL} for each in ids]}
