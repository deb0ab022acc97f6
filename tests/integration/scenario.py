"""The real log as a scenario: its directory, goals over it, and edits on the way."""

import json
from collections import Counter
from collections.abc import Iterable
from typing import Any

from tests.oracle.generate import Message

Commands = dict[str, Any]
HOUR = 3_600_000


def directory(messages: Iterable[Message]) -> Commands:
    """Everyone and everything that the log names; a few users change teams by date."""
    people, teams, pipelines = _names(messages, "user_id"), _names(messages, "team_id"), _names(messages, "pipeline_id")
    commands: Commands = {f"team:{team}": {"name": f"Team {team}"} for team in teams}
    commands |= {f"pipeline:{pipeline}": {"name": pipeline} for pipeline in pipelines}
    for number, user in enumerate(people):
        moves = [{"team_id": teams[0], "from": "2016-01-01"}, {"team_id": teams[1], "from": "2016-04-01"}]
        where: Commands = {"teams": moves} if number % 5 == 0 else {"team_id": teams[number % 3]}
        commands[f"user:{user}"] = {"name": user, "email": f"{number}@example.org", **where}
    return commands


def goals(messages: Iterable[Message]) -> Commands:
    """Every template, duration and kind of contributor, over those who have the most to do."""
    log = list(messages)
    users, teams, pipelines = _names(log, "user_id")[:6], _names(log, "team_id")[:4], _names(log, "pipeline_id")[:4]
    tell = [{"user_id": users[0], "on": ["achieved", "exceeded", "missed"]}]
    return {
        "respond": _goal("respond", "average-response-time", "weekly", _each("user", users, 4 * HOUR, notify=tell)),
        "resolve": _goal("resolve", "average-resolution-time", "monthly", _each("team", teams, 48 * HOUR)),
        "close": _goal("close", "tickets-closed", "monthly", _each("pipeline", pipelines, 12, notify=tell)),
        "fiscal": _goal(
            "fiscal",
            "tickets-closed",
            "quarterly",
            _each("user", users, 5, pipelines=pipelines[:2]),
            align_to_fiscal_year=True,
        ),
        "spring": _goal(
            "spring",
            "average-resolution-time",
            "custom",
            _each("pipeline", pipelines, 72 * HOUR),
            start_date="2016-03-10",
            end_date="2016-05-09",
        ),
        "quick": _goal("quick", "custom", "monthly", _each("team", teams, 0.5), measure=SHARE),
        "tail": _goal("tail", "custom", "yearly", _each("pipeline", pipelines, 90 * HOUR), measure=PERCENTILE),
    }


SHARE = {"fact": "response", "statistic": "share_within", "threshold": 2 * HOUR}
PERCENTILE = {
    "fact": "resolution",
    "statistic": "percentile",
    "percentile": 90,
    "minimum_count": 3,
    "filter": [{"attribute": "priority", "not_in": ["4 - Low"]}],
}


def _goal(goal_id: str, template: str, duration: str, contributors: list[Commands], **more: Any) -> Commands:
    first = {"goal_id": goal_id, "name": goal_id.title(), "template": template, "duration": duration}
    return {**first, "start_date": "2016-03-01", "contributors": contributors, **more}


def _each(kind: str, ids: list[str], target: float, **more: Any) -> list[Commands]:
    return [{"kind": kind, "id": each, "target": target, **more} for each in ids]


def _names(messages: Iterable[Message], field: str) -> list[str]:
    """The values of a field, the most frequent first."""
    counts = Counter(json.loads(each.value)[field] for each in messages if each.value)
    return [name for name, _ in sorted(counts.items(), key=lambda item: (-item[1], str(item[0]))) if name]
