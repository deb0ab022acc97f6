"""What a record of a topic changes in the read model, and what it tells those who watch: a pure function.

The law: the last record of a key decides, so reading a topic again from anywhere leaves the same read model.
"""

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field
from typing import Final, NamedTuple

import msgspec

from schemas import topics
from schemas.records import Record
from schemas.statuses import Notification, status_key
from serving.read_model.keys import NOTIFICATIONS, RESULTS, STATUSES

SOURCES: Final = (topics.GOAL_STATUS, topics.MILESTONE_RESULTS, topics.GOAL_NOTIFICATIONS, topics.CONTROL_ACCEPTED)
"""The topics that the read model is filled from."""


class Event(NamedTuple):
    """A live event: its kind, and its data as JSON."""

    kind: str
    data: bytes


@dataclass(slots=True)
class Writes:
    """What a run of records comes to."""

    values: dict[tuple[str, str], bytes | None] = field(default_factory=dict)
    """By hash and field; None deletes."""
    events: list[Event] = field(default_factory=list)


class _Entry(msgspec.Struct):
    """As much of an entry of the spine as watchers are told."""

    topic: str
    key: str
    value: msgspec.Raw


_NEWS: Final = msgspec.json.Decoder(Notification)
_ENTRIES: Final = msgspec.json.Decoder(_Entry)


def writes(records: Iterable[tuple[str, Record]]) -> Writes:
    """The changes of a run of records, each with its topic (without the namespace), in order within a partition."""
    result = Writes()
    for topic, record in records:
        _READERS[topic](result, (record.key or b"").decode(), record.value)
    return result


def _status(result: Writes, key: str, value: bytes | None) -> None:
    result.values[STATUSES, key] = value
    result.events.append(_event("status", {"key": key, "status": _raw(value)}))


def _result(result: Writes, key: str, value: bytes | None) -> None:
    result.values[RESULTS, key] = value
    result.events.append(_event("result", {"key": key, "result": _raw(value)}))


def _notification(result: Writes, key: str, value: bytes | None) -> None:
    result.values[NOTIFICATIONS, key] = value
    if value is not None:
        news = _NEWS.decode(value)
        about = status_key(news.goal_id, f"{news.contributor.kind}:{news.contributor.id}", news.milestone.start)
        result.events.append(_event("notification", {"key": about, "id": key, "notification": _raw(value)}))


def _entry(result: Writes, _key: str, value: bytes | None) -> None:
    entry = _ENTRIES.decode(value or b"")
    result.events.append(_event(*_TOLD[entry.topic](entry)))


_TOLD: Final[Mapping[str, Callable[[_Entry], tuple[str, dict[str, object]]]]] = {
    topics.GOALS: lambda entry: ("goal", {"goal_id": entry.key, "goal": entry.value}),
    topics.DIRECTORY: lambda entry: ("directory", {"key": entry.key}),
    topics.ACCOUNT: lambda _: ("account", {}),
    topics.SNAPSHOT_REQUESTS: lambda entry: ("snapshot", {"as_of": entry.key}),
}

_READERS: Final[Mapping[str, Callable[[Writes, str, bytes | None], None]]] = {
    topics.GOAL_STATUS: _status,
    topics.MILESTONE_RESULTS: _result,
    topics.GOAL_NOTIFICATIONS: _notification,
    topics.CONTROL_ACCEPTED: _entry,
}


def _event(kind: str, data: dict[str, object]) -> Event:
    return Event(kind, msgspec.json.encode(data))


def _raw(value: bytes | None) -> msgspec.Raw | None:
    return msgspec.Raw(value) if value is not None else None
