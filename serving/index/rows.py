"""The index's tables, and what a status, result or notification is as a row of them."""

import sqlite3
from datetime import date
from typing import Any, Final, Literal, NamedTuple

import msgspec
import orjson

from schemas.statuses import status_key

StatusTable = Literal["statuses", "results"]

_COLUMNS: Final = (
    "key", "goal_id", "goal_name", "template", "duration", "kind", "contributor", "name", "pipelines",
    "start", "end", "status", "target", "actual", "count", "progress", "no_data", "frozen", "computed_at",
)  # fmt: skip
_NEWS_COLUMNS: Final = (
    "id", "key", "goal_id", "contributor", "kind", "start", "end", "recipients", "computed_at",
)  # fmt: skip


def _table(name: str, columns: tuple[str, ...]) -> str:
    """Bodies lie apart: a question that has to look at every row reads little."""
    quoted = ", ".join(f'"{column}"' for column in columns[1:])
    return f"""
CREATE TABLE {name} ({columns[0]} TEXT PRIMARY KEY, {quoted}) WITHOUT ROWID;
CREATE TABLE {name}_bodies (key TEXT PRIMARY KEY, body BLOB);"""


def _status_table(name: StatusTable) -> str:
    """The last two indexes hold all that the page mostly asks with them: SQLite needn't look at the rows."""
    return f"""{_table(name, _COLUMNS)}
CREATE INDEX {name}_by_name ON {name} (goal_name, key);
CREATE INDEX {name}_by_goal ON {name} (goal_id);
CREATE INDEX {name}_by_contributor ON {name} (contributor);
CREATE INDEX {name}_by_status ON {name} (status, progress, goal_name, name, start);
CREATE INDEX {name}_by_start ON {name} (start, "end", duration, status);"""


SCHEMA: Final = f"""{_status_table("statuses")}{_status_table("results")}{_table("notifications", _NEWS_COLUMNS)}
CREATE INDEX notifications_by_time ON notifications (computed_at, id);
"""

_KEYS: Final = {"statuses": _COLUMNS[0], "results": _COLUMNS[0], "notifications": _NEWS_COLUMNS[0]}
_PUT: Final = {
    name: f"INSERT OR REPLACE INTO {name} VALUES ({', '.join('?' * len(columns))})"
    for name, columns in (("statuses", _COLUMNS), ("results", _COLUMNS), ("notifications", _NEWS_COLUMNS))
}


class Entry(NamedTuple):
    """What the index has of one status, result or notification."""

    columns: tuple[Any, ...]
    body: bytes
    """JSON, as it is answered."""


def put(connection: sqlite3.Connection, name: str, entries: list[Entry]) -> None:
    """Insert or replace."""
    connection.executemany(_PUT[name], [entry.columns for entry in entries])
    bodies = [(entry.columns[0], entry.body) for entry in entries]
    connection.executemany(f"INSERT OR REPLACE INTO {name}_bodies VALUES (?, ?)", bodies)


def drop(connection: sqlite3.Connection, name: str, keys: list[str]) -> None:
    """Delete."""
    named = [(key,) for key in keys]
    connection.executemany(f"DELETE FROM {name} WHERE {_KEYS[name]} = ?", named)
    connection.executemany(f"DELETE FROM {name}_bodies WHERE key = ?", named)


def clear(connection: sqlite3.Connection, name: str) -> None:
    """Delete everything."""
    connection.execute(f"DELETE FROM {name}")
    connection.execute(f"DELETE FROM {name}_bodies")


class Seen(msgspec.Struct):
    """How fresh something is. One that answers are given by isn't changed any more, but followed by another."""

    computed_at: str | None = None
    as_of: str | None = None

    def note(self, value: dict[str, Any]) -> None:
        """Take in a status, result or notification."""
        self.computed_at = max(self.computed_at or "", value["computed_at"])
        if value["as_of"] is not None:
            self.as_of = max(self.as_of or "", value["as_of"])


def entry_of(name: str, key: str, body: bytes, seen: Seen) -> Entry:
    """A value of one of the read model's hashes as an entry of the table of the same name."""
    value = orjson.loads(body)
    seen.note(value)
    return _news(key, value, body) if name == "notifications" else _status(key, value, body)


def folded(text: str) -> str:
    """By which names are found and ordered: without regard to upper and lower case."""
    return text.casefold()


def with_key(key: str, body: bytes) -> bytes:
    """The JSON object with its `key` in front."""
    return b'{"key":%b,%b' % (orjson.dumps(key), body[1:])


def _status(key: str, value: dict[str, Any], body: bytes) -> Entry:
    who, milestone = value["contributor"], value["milestone"]
    columns = (
        key,
        value["goal_id"],
        folded(value["goal_name"]),
        value["template"],
        value["duration"],
        who["kind"],
        f"{who['kind']}:{who['id']}",
        folded(who["name"] or who["id"]),
        orjson.dumps(value["pipelines"]).decode(),
        milestone["start"],
        milestone["end"],
        value["status"],
        value["target"],
        value["actual"],
        value["count"],
        value["progress"],
        value["no_data"],
        value["frozen"],
        value["computed_at"],
    )
    return Entry(columns, with_key(key, body))


def _news(news_id: str, value: dict[str, Any], body: bytes) -> Entry:
    who, milestone = value["contributor"], value["milestone"]
    contributor = f"{who['kind']}:{who['id']}"
    key = status_key(value["goal_id"], contributor, date.fromisoformat(milestone["start"]))
    recipients = orjson.dumps([each["user_id"] for each in value["recipients"]]).decode()
    columns = (
        news_id,
        key,
        value["goal_id"],
        contributor,
        value["kind"],
        milestone["start"],
        milestone["end"],
        recipients,
        value["computed_at"],
    )
    return Entry(columns, with_key(key, body))
