"""The demo's scenario, made from the real log that ships with the program (see data/servicenow/SOURCE.md)."""

import gzip
import json
from collections import Counter
from datetime import date
from importlib import resources
from typing import Any, Final

from service_goals.commands.imports import Event, event

Dated = tuple[date, Event]
Fields = dict[str, Any]

HOUR: Final = 3_600_000
START: Final = "2016-03-01"
END: Final = "2016-06-30"
_LOG: Final = ("data", "servicenow", "events.ndjson.gz")


def load_events() -> list[Dated]:
    """The events with the day on which they happened, in the order of the log's times."""
    lines = gzip.decompress(resources.files("service_goals").joinpath(*_LOG).read_bytes()).splitlines()
    read = [json.loads(line) for line in lines]
    read.sort(key=lambda item: item["occurred_at"])
    return [(date.fromisoformat(item["occurred_at"][:10]), event("the demo's log", item)) for item in read]


def directory(events: list[Dated]) -> dict[str, Fields]:
    """Everyone and everything that the log names. Events name the team themselves, so the directory gives none."""
    users, teams, pipelines = (_most(events, field) for field in ("user_id", "team_id", "pipeline_id"))
    known: dict[str, Fields] = {f"team:{team}": {"name": team} for team in teams}
    known |= {f"pipeline:{pipeline}": {"name": pipeline} for pipeline in pipelines}
    return known | {f"user:{user}": {"name": user, "email": None} for user in users}


def goals(events: list[Dated]) -> list[Fields]:
    """A handful over those who have the most to do."""
    users, teams, pipelines = (_most(events, field) for field in ("user_id", "team_id", "pipeline_id"))
    first = users[0]
    return [
        _goal(
            "first-answer", "First answer within 8 h", "average-response-time", "monthly", "team", teams[:3], 8 * HOUR
        ),
        _goal("solved", "Solved within 5 days", "average-resolution-time", "monthly", "team", teams[:3], 120 * HOUR),
        _goal("closed", "Tickets closed a month", "tickets-closed", "monthly", "user", users[:4], 12, tell=first),
        _goal("weekly", "Weekly close-out", "tickets-closed", "weekly", "pipeline", pipelines[:2], 8),
        _goal("spring", "Spring quarter", "tickets-closed", "quarterly", "pipeline", pipelines[:3], 60),
    ]


def _goal(
    goal_id: str,
    name: str,
    template: str,
    duration: str,
    kind: str,
    ids: list[str],
    target: int,
    tell: str | None = None,
) -> Fields:
    notify = [{"user_id": tell, "on": ["achieved", "exceeded", "missed"]}] if tell else []
    contributors = [{"kind": kind, "id": each, "target": target, "notify": notify} for each in ids]
    span = {"duration": duration, "start_date": START, "end_date": END}
    return {"goal_id": goal_id, "name": name, "template": template, **span, "contributors": contributors}


def _most(events: list[Dated], field: str) -> list[str]:
    """The values of a field, the most frequent first."""
    counts = Counter(json.loads(value)[field] for _, (_, _, value) in events)
    return [name for name, _ in sorted(counts.items(), key=lambda item: (-item[1], str(item[0]))) if name]
