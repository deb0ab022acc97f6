"""Day cells over a table: every change is in the table at once, and the cells come back from it after a crash.

The law: a cell is the sum of its changes; one that sums up to nothing is gone, from memory and table.
"""

from collections.abc import Iterable, Iterator, MutableMapping
from typing import Final, NamedTuple

import msgspec

from schemas.contributions import CellKey, Change
from streams.aggregate import Total, copied, is_zero, merge

Table = MutableMapping[bytes, bytes]
Series = dict[int, Change]
"""Cells by day."""

_ENCODE: Final = msgspec.msgpack.Encoder().encode
_KEYS: Final = msgspec.msgpack.Decoder(CellKey)
_CELLS: Final = msgspec.msgpack.Decoder(Change)


class Window(NamedTuple):
    """Which cells a milestone adds up."""

    contributor: str
    accumulator: int
    pipelines: frozenset[str] | None
    """None: all, facts without a pipeline too."""
    first: int
    """Ordinals of local days, both inclusive."""
    last: int

    def covers(self, key: CellKey) -> bool:
        """Is this cell, of the same contributor and accumulator and of one of the days, added up?"""
        return self.pipelines is None or key.pipeline in self.pipelines


class Cells:
    """The cells whose rows in the table begin with `prefix`."""

    def __init__(self, table: Table, prefix: bytes) -> None:
        """Empty; rows that the table has already come in by `load`."""
        self._table = table
        self._prefix = prefix
        self._series: dict[str, dict[tuple[int, str | None], Series]] = {}
        """By contributor, then accumulator and pipeline: a milestone reads whole series."""

    def load(self, row: bytes, value: bytes) -> None:
        """Take in a row of the table."""
        key = _KEYS.decode(row[len(self._prefix) :])
        self._series.setdefault(key.contributor, {}).setdefault((key.accumulator, key.pipeline), {})[key.day] = (
            _CELLS.decode(value)
        )

    def add(self, changes: Iterable[tuple[CellKey, Change]]) -> None:
        """Add each change to its cell. The hot path: one look-up a level, one encoding of key and cell."""
        table, prefix, of_contributor = self._table, self._prefix, self._series
        for key, change in changes:
            contributor, accumulator, pipeline, day = key
            try:
                series = of_contributor[contributor][accumulator, pipeline]
            except KeyError:
                series = of_contributor.setdefault(contributor, {}).setdefault((accumulator, pipeline), {})
            cell = series.get(day)
            if cell is None:
                cell = series[day] = copied(change)
            else:
                merge(cell, change)
            row = prefix + _ENCODE(key)
            if cell.count or not is_zero(cell):
                table[row] = _ENCODE(cell)
            else:
                del series[day]
                table.pop(row, None)

    def count(self, window: Window, total: Total) -> None:
        """Add the window's cells to the total."""
        first, last, pipelines = window.first, window.last, window.pipelines
        for (accumulator, pipeline), series in self._series.get(window.contributor, {}).items():
            if accumulator == window.accumulator and (pipelines is None or pipeline in pipelines):
                days = range(first, last + 1) if last - first < len(series) else sorted(series)
                for day in days:
                    if first <= day <= last and (cell := series.get(day)) is not None:
                        total.add(cell)

    def cells(self) -> Iterator[tuple[CellKey, Change]]:
        """All cells."""
        for contributor, of_contributor in self._series.items():
            for (accumulator, pipeline), series in of_contributor.items():
                for day, cell in series.items():
                    yield CellKey(contributor, accumulator, pipeline, day), cell

    def forget_before(self, day: int) -> None:
        """Delete the cells of earlier days, and what that leaves empty."""
        for key, _ in [each for each in self.cells() if each[0].day < day]:
            of_contributor = self._series[key.contributor]
            series = of_contributor[key.accumulator, key.pipeline]
            del series[key.day], self._table[self._prefix + _ENCODE(key)]
            if not series:
                del of_contributor[key.accumulator, key.pipeline]
            if not of_contributor:
                del self._series[key.contributor]

    def clear(self) -> None:
        """Delete all cells and their rows."""
        for key, _ in self.cells():
            del self._table[self._prefix + _ENCODE(key)]
        self._series = {}
