"""How many match, counted once for each state of the index: pages of a list, and all who look at it, share it."""

import hashlib
import sqlite3
import threading
from collections import OrderedDict
from typing import Final

import orjson

from serving.index.conditions import Conditions
from serving.index.database import version_of
from serving.index.pages import counts

REMEMBERED: Final = 1_000
"""Questions, the latest."""


class Totals:
    """Asked from the threads of queries."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._known: OrderedDict[bytes, tuple[int, dict[str, int]]] = OrderedDict()
        """By question: the version of the index, and what was found in it."""

    def of(self, connection: sqlite3.Connection, table: str, column: str, conditions: Conditions) -> dict[str, int]:
        """How many match, by the column's values, in the state that the query sees."""
        version, question = version_of(connection), _question(table, column, conditions)
        with self._lock:
            at, found = self._known.get(question, (-1, {}))
        if at != version:
            found = counts(connection, table, column, conditions)
            with self._lock:
                self._known[question] = version, found
                self._known.move_to_end(question)
                while len(self._known) > REMEMBERED:
                    self._known.popitem(last=False)
        return found


def _question(table: str, column: str, conditions: Conditions) -> bytes:
    """Its digest: a question may be long."""
    text = orjson.dumps((table, column, conditions.where, conditions.values), option=orjson.OPT_SORT_KEYS)
    return hashlib.blake2b(text, digest_size=16).digest()
