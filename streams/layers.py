"""Cells in layers, so that a snapshot sees exactly its cut while later contributions keep coming.

A tick of a source says: what I sent so far is before the snapshot, what follows is after it. So what a source sends
goes into the layer after its latest tick, and what it sent before any tick into the base. Once all sources have ticked,
the base is the cut of the earliest unfinished snapshot; once that is taken, the layer after it joins the base.

The law: base and layers together are everything received, in whatever order the sources' contributions and ticks mix.
"""

from collections.abc import Iterable, Iterator
from typing import Final

import msgspec

from schemas.contributions import CellKey, Change, Contributions, Tick
from schemas.topics import TICKET_TOPICS
from streams.aggregate import Total, copied, is_zero, merge, negated
from streams.cells import Cells, Table, Window

_BASE: Final = b"c"
_LAYER: Final = b"l"
_TICK: Final = b"k"
_OFFSET_BYTES: Final = 8
_CUTS: Final = msgspec.msgpack.Decoder(Tick)


class Layers:
    """Base cells, the layers after unfinished snapshots, and the ticks of these snapshots; all of it in the table."""

    def __init__(self, table: Table, sources: int) -> None:
        """Loads what the table has; `sources` is the number of tickets partitions."""
        self._table = table
        self._sources = sources
        self.base = Cells(table, _BASE)
        """What came before the ticks of the earliest unfinished snapshot."""
        self._after: dict[int, Cells] = {}
        self._ticks: dict[int, dict[int, Tick]] = {}
        self._latest: dict[int, int] = {}
        """By source, the unfinished snapshot that it ticked last."""
        self._load()

    def add(self, contributions: Contributions) -> None:
        """Count in what a source sent."""
        self._cells_of(contributions.source).add(contributions.changes)

    def tick(self, tick: Tick) -> None:
        """From here on the source's contributions are after this snapshot; a repeat changes nothing."""
        self._table[_TICK + _row(tick.spine_offset) + _row(tick.source)] = msgspec.msgpack.encode(tick)
        self._take(tick)

    def complete(self, snapshot: int) -> bool:
        """Have all sources ticked? The base is then this snapshot's cut, if it is the earliest unfinished one."""
        return len(self._ticks.get(snapshot, ())) == self._sources

    def cut(self, snapshot: int) -> dict[str, list[int]]:
        """The cut of a complete snapshot: by ticket topic, the first offset that is not in, per partition in order."""
        ticks = [tick for _, tick in sorted(self._ticks[snapshot].items())]
        return {topic: [tick.cut[topic] for tick in ticks] for topic in TICKET_TOPICS}

    def finish(self, snapshot: int) -> None:
        """The earliest unfinished snapshot is done: the layer after it joins the base, its ticks are forgotten."""
        layer = self._after.pop(snapshot, None)
        if layer is not None:
            self.base.add(layer.cells())
            layer.clear()
        for source in self._ticks.pop(snapshot, {}):
            del self._table[_TICK + _row(snapshot) + _row(source)]
            if self._latest[source] == snapshot:
                del self._latest[source]

    @property
    def settled(self) -> bool:
        """Is no snapshot unfinished, so that the base is everything received?"""
        return not self._ticks

    def replace(self, cells: Iterable[tuple[CellKey, Change]], since: int) -> list[tuple[CellKey, Change]]:
        """Make these the base from this day (ordinal) on, once settled; what had to be added to the former for it."""
        wrong = {key: negated(cell) for key, cell in self.base.cells() if key.day >= since}
        for key, cell in cells:
            if key in wrong:
                merge(wrong[key], cell)
            else:
                wrong[key] = copied(cell)
        corrections = [(key, change) for key, change in wrong.items() if not is_zero(change)]
        self.base.add(corrections)
        return corrections

    def total(self, window: Window) -> Total:
        """The window's total over everything received."""
        total = Total()
        for cells in (self.base, *self._after.values()):
            cells.count(window, total)
        return total

    def cut_total(self, window: Window) -> Total:
        """The window's total over the base alone."""
        total = Total()
        self.base.count(window, total)
        return total

    def cells(self) -> Iterator[tuple[CellKey, Change]]:
        """Everything received, cell by cell; one that lies in several layers comes in parts."""
        for cells in (self.base, *self._after.values()):
            yield from cells.cells()

    def _cells_of(self, source: int) -> Cells:
        snapshot = self._latest.get(source)
        return self.base if snapshot is None else self._layer(snapshot)

    def _layer(self, snapshot: int) -> Cells:
        layer = self._after.get(snapshot)
        if layer is None:
            layer = self._after[snapshot] = Cells(self._table, _LAYER + _row(snapshot))
        return layer

    def _take(self, tick: Tick) -> None:
        self._ticks.setdefault(tick.spine_offset, {})[tick.source] = tick
        self._latest[tick.source] = max(tick.spine_offset, self._latest.get(tick.source, -1))

    def _load(self) -> None:
        for row, value in self._table.items():
            kind = row[:1]
            if kind == _BASE:
                self.base.load(row, value)
            elif kind == _LAYER:
                self._layer(int.from_bytes(row[1 : 1 + _OFFSET_BYTES])).load(row, value)
            elif kind == _TICK:
                self._take(_CUTS.decode(value))


def _row(number: int) -> bytes:
    return number.to_bytes(_OFFSET_BYTES)
