"""Pages by key: a page goes on behind the last item of the one before, whatever came or went meanwhile."""

import base64
import binascii
import sqlite3
from typing import Final, NamedTuple

import orjson

from serving.index.conditions import Conditions

Value = str | int | float | None


class Order(NamedTuple):
    """By a column, then by the key; nulls last either way."""

    column: str
    descending: bool = False
    key: str = "key"

    @property
    def sql(self) -> str:
        """The clause. What is never null is ordered without a word on nulls: an index can be used."""
        way = "DESC" if self.descending else "ASC"
        nulls = " NULLS LAST" if self.column in _NULLABLE else ""
        return f'"{self.column}" {way}{nulls}, "{self.key}" {way}'


_BEYOND: Final = 2**63
"""SQLite's integers end there."""
_NULLABLE: Final = frozenset({"progress", "actual", "target"})


class Position(NamedTuple):
    """The last item of a page."""

    value: Value
    key: str


class BadCursor(ValueError):  # noqa: N818 - a verdict on what was sent
    """It is none of ours, or of another order."""


def encode_cursor(order: Order, position: Position) -> str:
    """Opaque to whoever gets it."""
    data = orjson.dumps([order.column, order.descending, *position])
    return base64.urlsafe_b64encode(data).rstrip(b"=").decode()


def decode_cursor(order: Order, cursor: str) -> Position:
    """Raises BadCursor."""
    try:
        padded = cursor.encode("ascii") + b"=" * (-len(cursor) % 4)
        column, descending, value, key = orjson.loads(base64.b64decode(padded, altchars=b"-_", validate=True))
    except (UnicodeEncodeError, binascii.Error, ValueError, TypeError):
        raise BadCursor("is no cursor of this list, take `next` of an answer") from None
    if (column, descending) != (order.column, order.descending):
        raise BadCursor("belongs to another order, take `next` of an answer in this one")
    if not isinstance(key, str) or not isinstance(value, Value) or isinstance(value, bool) or _too_large(value):
        raise BadCursor("is no cursor of this list, take `next` of an answer")
    return Position(value, key)


def _too_large(value: Value) -> bool:
    return isinstance(value, int) and abs(value) >= _BEYOND


def behind(order: Order, position: Position) -> Conditions:
    """What comes after the position."""
    column, key, sign = f'"{order.column}"', f'"{order.key}"', "<" if order.descending else ">"
    conditions = Conditions()
    if position.value is None:
        conditions.add(f"{column} IS NULL AND {key} {sign} :at_key", at_key=position.key)
    else:
        later = f"({column}, {key}) {sign} (:at_value, :at_key)"
        nulls = f" OR {column} IS NULL" if order.column in _NULLABLE else ""
        conditions.add(later + nulls, at_value=position.value, at_key=position.key)
    return conditions


class Page(NamedTuple):
    """The bodies of a page, and where the next one begins (None: this is the last)."""

    bodies: list[bytes]
    next: Position | None


def page(
    connection: sqlite3.Connection, table: str, conditions: Conditions, order: Order, limit: int, after: Position | None
) -> Page:
    """One page; table and order are the program's own words."""
    where, values = conditions.where, dict(conditions.values)
    if after is not None:
        rest = behind(order, after)
        where, values = f"{where} AND {rest.where}", values | rest.values
    found: list[tuple[Value, str]] = connection.execute(
        f'SELECT "{order.column}", "{order.key}" FROM {table} WHERE {where} ORDER BY {order.sql} LIMIT :rows',
        {**values, "rows": limit + 1},
    ).fetchall()
    shown, more = found[:limit], len(found) > limit
    keys = [key for _, key in shown]  # not as JSON: SQLite's ends a text at a NUL, which an id may hold
    sql = f"SELECT key, body FROM {table}_bodies WHERE key IN ({','.join('?' * len(keys))})"
    bodies: dict[str, bytes] = dict(connection.execute(sql, keys).fetchall())
    return Page([bodies[key] for _, key in shown], Position(*shown[-1]) if more else None)


def counts(connection: sqlite3.Connection, table: str, column: str, conditions: Conditions) -> dict[str, int]:
    """How many match, by the column's values."""
    # With conditions the plus keeps SQLite from walking the column's index, with a look-up for each of its rows.
    plus = "+" if conditions.parts else ""
    sql = f'SELECT "{column}", count(*) FROM {table} WHERE {conditions.where} GROUP BY {plus}"{column}"'
    return dict(connection.execute(sql, conditions.values).fetchall())
