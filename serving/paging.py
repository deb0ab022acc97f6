"""Pages of what is in memory anyway: goals, the directory."""

import heapq
from collections.abc import Callable, Iterable
from typing import Final, NamedTuple, TypeVar

from serving.index.filters import Paging
from serving.index.pages import BadCursor, Order, Position, decode_cursor, encode_cursor
from serving.problems import wrong_parameter

T = TypeVar("T")

MOST_BYTES: Final = 4_000_000
"""After so many a page ends, however few items it has: a single goal may have as many."""
_BY_NAME: Final = Order("name")


class Shown(NamedTuple):
    """A page, and where the next one begins (None: this is the last)."""

    bodies: list[bytes]
    next: str | None


def in_memory(
    items: Iterable[T], key: Callable[[T], tuple[str, str]], body: Callable[[T], bytes], asked: Paging
) -> Shown:
    """The page asked for, ordered by `key`: a name and an id. Problem: the cursor is none."""
    if asked.cursor is not None:
        try:
            after = decode_cursor(_BY_NAME, asked.cursor)
        except BadCursor as error:
            raise wrong_parameter("cursor", str(error)) from None
        items = [item for item in items if key(item) > (str(after.value), after.key)]
    first = heapq.nsmallest(asked.limit + 1, items, key)
    bodies = _until_full(body(item) for item in first[: asked.limit])
    if len(bodies) == len(first):
        return Shown(bodies, None)
    return Shown(bodies, encode_cursor(_BY_NAME, Position(*key(first[len(bodies) - 1]))))


def _until_full(bodies: Iterable[bytes]) -> list[bytes]:
    taken, size = [], 0
    for body in bodies:
        taken.append(body)
        size += len(body)
        if size >= MOST_BYTES:
            break
    return taken
