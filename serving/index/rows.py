"""The index's tables, and what a status, result or notification is as a row of them."""

from datetime import date
from typing import Any, Final, Literal

import msgspec
import orjson

from schemas.statuses import status_key

StatusTable = Literal["statuses", "results"]

_COLUMNS: Final = (
    "key", "goal_id", "goal_name", "template", "duration", "kind", "contributor", "name", "pipelines",
    "start", "end", "status", "target", "actual", "count", "progress", "no_data", "frozen", "computed_at", "body",
)  # fmt: skip
_NEWS_COLUMNS: Final = (
    "id", "key", "goal_id", "contributor", "kind", "start", "end", "recipients", "computed_at", "body"
)  # fmt: skip


def _columns(columns: tuple[str, ...]) -> str:
    quoted = ", ".join(f'"{column}"' for column in columns[1:])
    return f"({columns[0]} TEXT PRIMARY KEY, {quoted}) WITHOUT ROWID"


def _table(name: StatusTable) -> str:
    return f"""
CREATE TABLE {name} {_columns(_COLUMNS)};
CREATE INDEX {name}_by_name ON {name} (goal_name, key);
CREATE INDEX {name}_by_goal ON {name} (goal_id);
CREATE INDEX {name}_by_contributor ON {name} (contributor);
CREATE INDEX {name}_by_status ON {name} (status);"""


SCHEMA: Final = f"""{_table("statuses")}{_table("results")}
CREATE TABLE notifications {_columns(_NEWS_COLUMNS)};
CREATE INDEX notifications_by_time ON notifications (computed_at, id);
"""

PUT: Final = {
    name: f"INSERT OR REPLACE INTO {name} VALUES ({', '.join('?' * len(columns))})"
    for name, columns in (("statuses", _COLUMNS), ("results", _COLUMNS), ("notifications", _NEWS_COLUMNS))
}
DELETE: Final = {
    "statuses": "DELETE FROM statuses WHERE key = ?",
    "results": "DELETE FROM results WHERE key = ?",
    "notifications": "DELETE FROM notifications WHERE id = ?",
}


class Seen(msgspec.Struct):
    """How fresh something is."""

    computed_at: str | None = None
    as_of: str | None = None

    def note(self, value: dict[str, Any]) -> None:
        """Take in a status, result or notification."""
        self.computed_at = max(self.computed_at or "", value["computed_at"])
        if value["as_of"] is not None:
            self.as_of = max(self.as_of or "", value["as_of"])


def row_of(name: str, key: str, body: bytes, seen: Seen) -> tuple[Any, ...]:
    """A value of one of the read model's hashes as a row of the table of the same name."""
    value = orjson.loads(body)
    seen.note(value)
    return _news_row(key, value, body) if name == "notifications" else _status_row(key, value, body)


def folded(text: str) -> str:
    """By which names are found and ordered: without regard to upper and lower case."""
    return text.casefold()


def with_key(key: str, body: bytes) -> bytes:
    """The JSON object with its `key` in front."""
    return b'{"key":%b,%b' % (orjson.dumps(key), body[1:])


def _status_row(key: str, value: dict[str, Any], body: bytes) -> tuple[Any, ...]:
    who, milestone = value["contributor"], value["milestone"]
    return (
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
        with_key(key, body),
    )


def _news_row(news_id: str, value: dict[str, Any], body: bytes) -> tuple[Any, ...]:
    who, milestone = value["contributor"], value["milestone"]
    contributor = f"{who['kind']}:{who['id']}"
    key = status_key(value["goal_id"], contributor, date.fromisoformat(milestone["start"]))
    recipients = orjson.dumps([each["user_id"] for each in value["recipients"]]).decode()
    return (
        news_id,
        key,
        value["goal_id"],
        contributor,
        value["kind"],
        milestone["start"],
        milestone["end"],
        recipients,
        value["computed_at"],
        with_key(key, body),
    )
