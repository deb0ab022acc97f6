"""Rejects for eyes and for machines."""

import base64
import heapq
from collections.abc import Iterable
from typing import Any

from rich.table import Table
from rich.text import Text

from schemas.instants import format_instant
from schemas.rejects import Reject, kind_of


class Overview:
    """Counts all rejects that it is told of, and keeps the newest `limit`."""

    def __init__(self, limit: int | None) -> None:
        """`limit`: None keeps all."""
        self.count = 0
        self.groups: dict[tuple[str, str], tuple[int, Reject]] = {}
        """By source topic and the field at fault: how many, and the newest."""
        self._limit = limit
        self._newest: list[tuple[tuple[int, int, int], Reject]] = []

    def add(self, reject: Reject) -> None:
        """Count one, in any order."""
        self.count += 1
        group = reject.topic, kind_of(reject.reason)
        count, newest = self.groups.get(group, (0, reject))
        self.groups[group] = count + 1, max(newest, reject, key=_age)
        if self._limit is None or len(self._newest) < self._limit:
            heapq.heappush(self._newest, (_age(reject), reject))
        else:
            heapq.heappushpop(self._newest, (_age(reject), reject))

    def newest(self) -> list[Reject]:
        """The newest last."""
        return [reject for _, reject in sorted(self._newest)]


def _age(reject: Reject) -> tuple[int, int, int]:
    return reject.timestamp, reject.partition, reject.offset


def as_json(reject: Reject) -> dict[str, Any]:
    """One JSON object; bytes that are no UTF-8 are under `key_base64` or `value_base64`, the text is null then."""
    return {
        "id": reject.id,
        "at": _instant(reject.timestamp),
        "topic": reject.topic,
        "partition": _number(reject.source_partition),
        "offset": _number(reject.source_offset),
        "reason": reject.reason,
        **_bytes("key", reject.key),
        **_bytes("value", reject.value),
    }


def _bytes(name: str, data: bytes | None) -> dict[str, str | None]:
    try:
        return {name: None if data is None else data.decode()}
    except UnicodeDecodeError:
        return {name: None, f"{name}_base64": base64.b64encode(data or b"").decode()}


def _number(text: str) -> int | None:
    return int(text) if text.isascii() and text.isdigit() else None


def _instant(ms: int) -> str | None:
    """None: the record has no timestamp, or one that is no time (some publishers stamp microseconds)."""
    try:
        return format_instant(ms) if ms >= 0 else None
    except ValueError:
        return None


def escaped(data: bytes | None) -> str:
    """Text for a terminal, on one line: what is no UTF-8 or can't be printed becomes `\\x..`; nothing is `null`."""
    if data is None:
        return "null"
    text = data.decode(errors="backslashreplace")
    return "".join(each if each.isprintable() else each.encode("unicode_escape").decode() for each in text)


def detail(reject: Reject) -> Iterable[str]:
    """One reject, a line for each thing there is to know; key and value byte for byte, escaped."""
    yield f"id         {reject.id}"
    yield f"at         {_instant(reject.timestamp) or '–'}"
    yield f"topic      {escaped(reject.topic.encode())}"
    yield f"partition  {escaped(reject.source_partition.encode())}"
    yield f"offset     {escaped(reject.source_offset.encode())}"
    yield f"reason     {escaped(reject.reason.encode())}"
    yield f"key        {escaped(reject.key)}"
    yield f"value      {escaped(reject.value)}"


def group_table(overview: Overview) -> Table:
    """How many for which field of which topic, most first."""
    table = Table("topic", "field", "rejects", "newest", "its reason", title=Text("what is rejected for which field"))
    for (topic, kind), (count, newest) in sorted(overview.groups.items(), key=lambda group: (-group[1][0], group[0])):
        texts = (topic, kind, f"{count:,}", newest.id, newest.reason)
        table.add_row(*(Text(escaped(text.encode())) for text in texts))
    return table


def reject_table(rejects: list[Reject]) -> Table:
    """One row a reject."""
    table = Table("id", "at", "from", "key", "reason")
    for each in rejects:
        source = f"{each.topic} {each.source_partition}:{each.source_offset}"
        cells = (each.id, _instant(each.timestamp) or "–", source, escaped(each.key), each.reason)
        table.add_row(*(Text(escaped(text.encode())) for text in cells))
    return table
