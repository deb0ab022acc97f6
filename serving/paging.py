"""Pages of what is in memory anyway: goals, the directory."""

from collections.abc import Callable, Iterable
from typing import Final, Generic, NamedTuple, TypeVar

from serving.index.filters import Paging
from serving.index.pages import BadCursor, Order, Position, decode_cursor, encode_cursor
from serving.problems import wrong_parameter

T = TypeVar("T")

_BY_NAME: Final = Order("name")


class Shown(NamedTuple, Generic[T]):
    """A page, and where the next one begins (None: this is the last)."""

    items: list[T]
    next: str | None


def in_memory(items: Iterable[T], key: Callable[[T], tuple[str, str]], asked: Paging) -> Shown[T]:
    """The page asked for, ordered by `key`: a name and an id. Problem: the cursor is none."""
    ordered = sorted(items, key=key)
    if asked.cursor is not None:
        try:
            after = decode_cursor(_BY_NAME, asked.cursor)
        except BadCursor as error:
            raise wrong_parameter("cursor", str(error)) from None
        ordered = [item for item in ordered if key(item) > (str(after.value), after.key)]
    shown = ordered[: asked.limit]
    if len(ordered) <= asked.limit:
        return Shown(shown, None)
    return Shown(shown, encode_cursor(_BY_NAME, Position(*key(shown[-1]))))
