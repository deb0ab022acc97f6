"""Facts as rows of an index, and the question which of them a number is made of: pure, apart from asking SQLite.

The law: the facts in an assignment's window add up to its live status, as both are functions of the same ticket rows
and the same crediting.
"""

import sqlite3
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date
from typing import Any, Final

import orjson

from schemas.contributions import Change
from schemas.goals import Assignment
from schemas.rows import decode_row
from serving.index.conditions import Conditions
from streams.control import ControlState
from streams.derive import Derivation

SCHEMA: Final = """
CREATE TABLE tickets (ticket_id TEXT PRIMARY KEY, packed BLOB) WITHOUT ROWID;
CREATE TABLE facts (ticket_id TEXT, accumulator INT, day INT, value INT, user TEXT, team TEXT, pipeline TEXT,
    PRIMARY KEY (ticket_id, accumulator)) WITHOUT ROWID;
CREATE INDEX facts_by_user ON facts (user, accumulator, day);
CREATE INDEX facts_by_team ON facts (team, accumulator, day);
CREATE INDEX facts_by_pipeline ON facts (pipeline, accumulator, day);
"""

FactRow = tuple[str, int, int, int, str | None, str | None, str | None]
"""As the table has them."""


def fact_rows(ticket_id: str, packed: bytes, derivation: Derivation) -> list[FactRow]:
    """The facts of a ticket, one for each accumulator that adds one up; at most one fact of a ticket for each."""
    return [
        (ticket_id, counted.index, day, fact.value, user, team, pipeline)
        for fact in derivation.facts(decode_row(packed))
        for user, team, pipeline, day in (fact.credit,)
        for counted in fact.accumulators
    ]


def store(connection: sqlite3.Connection, rows: Iterable[tuple[str, bytes | None]], derivation: Derivation) -> None:
    """Take in rows of tickets by their id; None: gone."""
    latest = dict(rows)
    connection.executemany("DELETE FROM facts WHERE ticket_id = ?", [(ticket_id,) for ticket_id in latest])
    gone = [(ticket_id,) for ticket_id, packed in latest.items() if packed is None]
    connection.executemany("DELETE FROM tickets WHERE ticket_id = ?", gone)
    kept = [(ticket_id, packed) for ticket_id, packed in latest.items() if packed is not None]
    connection.executemany("INSERT OR REPLACE INTO tickets VALUES (?, ?)", kept)
    facts = [fact for ticket_id, packed in kept for fact in fact_rows(ticket_id, packed, derivation)]
    connection.executemany("INSERT INTO facts VALUES (?, ?, ?, ?, ?, ?, ?)", facts)


def behind(state: ControlState, assignment: Assignment) -> Conditions:
    """Which facts an assignment's number is made of."""
    conditions = Conditions()
    contributor, milestone = assignment.contributor, assignment.milestone
    conditions.add(f"{contributor.kind} = :contributor", contributor=contributor.id)
    conditions.add("accumulator = :accumulator", accumulator=state.accumulator_index(assignment.goal.measure))
    first, last = milestone.start.toordinal(), milestone.end.toordinal()
    conditions.add("day BETWEEN :first AND :last", first=first, last=last)
    if assignment.pipelines:
        lanes = orjson.dumps(list(assignment.pipelines)).decode()
        conditions.add("pipeline IN (SELECT value FROM json_each(:lanes))", lanes=lanes)
    return conditions


def by_day(connection: sqlite3.Connection, conditions: Conditions, threshold: int | None) -> dict[int, Change]:
    """What each day adds, with each value: exact for every statistic."""
    sql = f"SELECT day, value, count(*) FROM facts WHERE {conditions.where} GROUP BY 1, 2"
    days: dict[int, Change] = {}
    for day, value, times in connection.execute(sql, conditions.values):
        change = days.setdefault(day, Change(values={}))
        change.count += times
        change.sum += value * times
        change.within += times if threshold is not None and value <= threshold else 0
        change.values[value] = times
    return days


@dataclass(frozen=True, slots=True)
class Found:
    """A page of the tickets behind a number, latest first, and what all of them add up to."""

    items: list[dict[str, Any]]
    next: tuple[int, str] | None
    """The day and ticket of the last item, when more follow."""
    count: int
    sum: int


def tickets(connection: sqlite3.Connection, conditions: Conditions, limit: int, after: tuple[int, str] | None) -> Found:
    """The page behind a day and a ticket."""
    count, total = connection.execute(
        f"SELECT count(*), coalesce(sum(value), 0) FROM facts WHERE {conditions.where}", conditions.values
    ).fetchone()
    day, ticket_id = after if after is not None else (date.max.toordinal() + 1, "")
    rows = connection.execute(
        f"SELECT day, ticket_id, value, user, team, pipeline FROM facts WHERE {conditions.where}"
        " AND (day < :at_day OR (day = :at_day AND ticket_id > :at_ticket))"
        " ORDER BY day DESC, ticket_id LIMIT :rows",
        {**conditions.values, "at_day": day, "at_ticket": ticket_id, "rows": limit + 1},
    ).fetchall()
    shown = rows[:limit]
    more = (shown[-1][0], shown[-1][1]) if len(rows) > limit else None
    return Found([_item(row) for row in shown], more, count, total)


def _item(row: tuple[Any, ...]) -> dict[str, Any]:
    day, ticket_id, value, user, team, pipeline = row
    return {
        "ticket_id": ticket_id, "date": date.fromordinal(day).isoformat(), "value": value,
        "user_id": user, "team_id": team, "pipeline_id": pipeline,
    }  # fmt: skip
