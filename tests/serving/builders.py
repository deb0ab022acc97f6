"""Statuses and records as the topics have them, with what a test doesn't care about filled in."""

from typing import Any, NamedTuple

import orjson

NOW = "2026-03-12T10:00:00.120Z"


class Raw(NamedTuple):
    """A record of a topic."""

    key: bytes | None
    value: bytes | None
    partition: int = 0
    offset: int = 0
    timestamp: int = 0


def status(
    goal_id: str = "close", contributor: str = "user:ann", start: str = "2026-03-01", **more: Any
) -> dict[str, Any]:
    kind, _, who = contributor.partition(":")
    fields: dict[str, Any] = {
        "goal_id": goal_id,
        "goal_name": goal_id.title(),
        "goal_version": 1,
        "template": "tickets-closed",
        "duration": "monthly",
        "contributor": {"kind": kind, "id": who, "name": who.title()},
        "milestone": {"start": start, "end": start[:8] + "31"},
        "pipelines": [],
        "unit": "tickets",
        "target": 24,
        "actual": 9,
        "sum": 9,
        "count": 9,
        "progress": 0.375,
        "status": "in_progress",
        "no_data": False,
        "frozen": False,
        "as_of": None,
        "computed_at": NOW,
    }
    return {**fields, **more}


def key_of(value: dict[str, Any]) -> str:
    who = value["contributor"]
    return f"{value['goal_id']}|{who['kind']}:{who['id']}|{value['milestone']['start']}"


def notification(news_id: str, kind: str = "achieved", **more: Any) -> dict[str, Any]:
    recipients = [{"user_id": "bob", "name": "Bob", "email": None}]
    return {**status(**more), "notification_id": news_id, "kind": kind, "recipients": recipients}


def entry(topic: str, key: str, value: Any) -> Raw:
    body = {"topic": topic, "key": key, "value": value, "at": "2026-03-01T00:00:00.000Z"}
    return Raw(f"{topic}|{key}".encode(), orjson.dumps(body))


def record(value: dict[str, Any] | None, key: str | None = None) -> Raw:
    named = key if key is not None else key_of(value or {})
    return Raw(named.encode(), orjson.dumps(value) if value is not None else None)
