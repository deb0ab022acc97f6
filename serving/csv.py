"""CSV (RFC 4180) for spreadsheets, page by page: however much matches, little is in memory."""

import csv
import io
import sqlite3
from collections.abc import AsyncIterator, Iterable
from functools import partial
from typing import Any, Final

import orjson

from serving.index.conditions import Conditions
from serving.index.database import Database
from serving.index.filters import MOST_ITEMS
from serving.index.pages import Order, Page, Position, page

CSV: Final = "text/csv"
_FORMULA: Final = ("=", "+", "-", "@", "\t", "\r")
"""What a spreadsheet would run."""
_HEADINGS: Final = (
    "key", "goal_id", "goal_name", "template", "duration", "contributor_kind", "contributor_id", "contributor_name",
    "start", "end", "pipelines", "unit", "target", "actual", "sum", "count", "progress", "status", "no_data", "frozen",
    "as_of", "computed_at",
)  # fmt: skip


def line(cells: Iterable[Any]) -> str:
    """One line; text that a spreadsheet would run as a formula gets an apostrophe in front."""
    buffer = io.StringIO()
    csv.writer(buffer).writerow([_harmless(cell) for cell in cells])
    return buffer.getvalue()


async def lines(database: Database, table: str, conditions: Conditions, order: Order) -> AsyncIterator[str]:
    """All statuses or results that match."""
    yield line(_HEADINGS)
    after: Position | None = None
    while True:
        found = await database.query(partial(_page, table, conditions, order, after))
        yield "".join(line(_cells(orjson.loads(body))) for body in found.bodies)
        if (after := found.next) is None:
            return


def _page(
    table: str, conditions: Conditions, order: Order, after: Position | None, connection: sqlite3.Connection
) -> Page:
    return page(connection, table, conditions, order, MOST_ITEMS, after)


def _cells(value: dict[str, Any]) -> list[Any]:
    who, milestone = value["contributor"], value["milestone"]
    flat = {
        **value,
        **{f"contributor_{name}": part for name, part in who.items()},
        **milestone,
        "pipelines": ", ".join(value["pipelines"]),
    }
    return [flat[name] for name in _HEADINGS]


def _harmless(cell: Any) -> Any:
    if isinstance(cell, bool):
        return str(cell).lower()
    return f"'{cell}" if isinstance(cell, str) and cell.startswith(_FORMULA) else cell
