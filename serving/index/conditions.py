"""From filters to SQL: each part a condition with named parameters, never a value inside the text."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from datetime import date
from typing import Any, Final

import orjson

from serving.index.filters import NewsPage, StatusFilter, Tense
from serving.index.rows import folded


@dataclass(slots=True)
class Conditions:
    """All must hold."""

    parts: list[str] = field(default_factory=list)
    values: dict[str, Any] = field(default_factory=dict)

    def add(self, sql: str, **values: Any) -> None:
        """One more, with its values."""
        self.parts.append(sql)
        self.values |= values

    def one_of(self, column: str, accepted: Iterable[str]) -> None:
        """The column has one of these values; none given: any."""
        listed, name = list(accepted), f"one_of_{len(self.values)}"
        if len(listed) == 1:  # compared faster than looked up in a list
            self.add(f"{column} = :{name}", **{name: listed[0]})
        elif listed:
            self.add(f"{column} IN (SELECT value FROM json_each(:{name}))", **{name: _json(listed)})

    @property
    def where(self) -> str:
        """The clause."""
        return " AND ".join(f"({part})" for part in self.parts) or "1"


_TENSES: Final[Mapping[Tense, str]] = {
    "past": '"end" < :today',
    "current": '"start" <= :today AND "end" >= :today',
    "future": '"start" > :today',
}

_IN_PIPELINE: Final = """CASE
WHEN kind = 'pipeline' THEN contributor IN (SELECT 'pipeline:' || value FROM json_each(:lanes))
WHEN pipelines = '[]' THEN 1
ELSE EXISTS (SELECT 1 FROM json_each(pipelines) AS own JOIN json_each(:lanes) AS lane ON own.value = lane.value) END"""


def of_statuses(asked: StatusFilter, today: date, members: Iterable[str]) -> Conditions:
    """`members`: `user_id`s of today's members of the teams asked for, when they count too."""
    conditions = Conditions()
    conditions.one_of("goal_id", asked.goal_id)
    if asked.goal_name is not None:
        conditions.add("instr(goal_name, :needle) > 0", needle=folded(asked.goal_name))
    conditions.one_of("template", asked.template)
    conditions.one_of("duration", asked.duration)
    conditions.one_of("contributor", [*asked.contributor_keys, *(f"user:{each}" for each in members)])
    if asked.in_pipeline:
        conditions.add(_IN_PIPELINE, lanes=_json(asked.in_pipeline))
    _within(conditions, asked.from_, asked.to)
    if asked.milestone:
        conditions.add(" OR ".join(f"({_TENSES[each]})" for each in asked.milestone), today=today.isoformat())
    conditions.one_of("status", asked.status)
    if asked.progress_min is not None:
        conditions.add("progress >= :least", least=asked.progress_min)
    if asked.progress_max is not None:
        conditions.add("progress <= :most", most=asked.progress_max)
    if asked.no_data is not None:
        conditions.add("no_data = :no_data", no_data=asked.no_data)
    if asked.frozen is not None:
        conditions.add("frozen = :frozen", frozen=asked.frozen)
    return conditions


def of_notifications(asked: NewsPage) -> Conditions:
    """Which notifications."""
    conditions = Conditions()
    conditions.one_of("goal_id", asked.goal_id)
    conditions.one_of("contributor", asked.contributor_keys)
    conditions.one_of("kind", asked.kind)
    if asked.key is not None:
        conditions.add("key = :key", key=asked.key)
    if asked.recipient is not None:
        found = "EXISTS (SELECT 1 FROM json_each(recipients) AS one WHERE one.value = :recipient)"
        conditions.add(found, recipient=asked.recipient)
    _within(conditions, asked.from_, asked.to)
    return conditions


def _within(conditions: Conditions, first: date | None, last: date | None) -> None:
    if first is not None:
        conditions.add('"end" >= :first', first=first.isoformat())
    if last is not None:
        conditions.add('"start" <= :last', last=last.isoformat())


def _json(values: list[str]) -> str:
    return orjson.dumps(values).decode()
