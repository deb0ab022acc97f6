"""Deriving the cells anew from the rows, while contributions keep coming (docs/decisions/0013).

Each source tells the facts of all its rows, as fresh cells of a *generation*, in one transaction; what it sends after
that are changes to both the old cells and the fresh ones. Cells are not kept by source, so the fresh ones are whole
when all sources have told. They take the place of the old ones then, at the first moment at which no snapshot is
unfinished: a snapshot sees the old cells with their layers, or the fresh ones, never a mixture.

The law: at any time the fresh cells are the sum of the facts of all rows of the sources that have told. So when the old
cells were right, a rebuild changes nothing; and when they were not, it leaves what the rows say. Results, statuses that
are frozen, and news are not cells: nothing touches them. Of days before `kept_from` (streams.retention) rows may be
gone, and nobody reads their cells: they stay as they are until they go.
"""

from typing import Final

from schemas.contributions import Anew, CellKey, Change, Contributions
from streams.cells import Cells, Table

_FRESH: Final = b"g"
_TOLD: Final = b"h"
_GENERATION: Final = b"\0rebuilding"
_SOURCE_BYTES: Final = 4


class Rebuild:
    """The fresh cells of the latest generation and who has told; all of it in the table."""

    def __init__(self, table: Table, sources: int) -> None:
        """Loads what the table has; `sources` is the number of tickets partitions."""
        self.generation = int(table.get(_GENERATION, b"-1"))
        """The latest rebuild that was heard of; -1: none."""
        self._table, self._sources = table, sources
        self._fresh = Cells(table, _FRESH)
        self._told: set[int] = set()
        for row, value in table.items():
            if row[:1] == _FRESH:
                self._fresh.load(row, value)
            elif row[:1] == _TOLD:
                self._told.add(int.from_bytes(row[1:]))

    @property
    def whole(self) -> bool:
        """Have all sources told?"""
        return len(self._told) == self._sources

    def tell(self, anew: Anew) -> None:
        """Take what a source tells; a later generation begins afresh, an earlier one says nothing any more."""
        if anew.generation < self.generation:
            return
        if anew.generation > self.generation:
            self._forget()
            self.generation = anew.generation
            self._table[_GENERATION] = b"%d" % anew.generation
        self._fresh.add(anew.changes)
        if anew.last:
            self._told.add(anew.source)
            self._table[_told(anew.source)] = b""

    def follow(self, contributions: Contributions) -> None:
        """Changes to what their source has told count for the fresh cells too."""
        if contributions.source in self._told:
            self._fresh.add(contributions.changes)

    def finish(self) -> list[tuple[CellKey, Change]]:
        """The fresh cells, once whole; they are forgotten here."""
        cells = list(self._fresh.cells())
        self._forget()
        return cells

    def _forget(self) -> None:
        self._fresh.clear()
        for source in self._told:
            del self._table[_told(source)]
        self._told = set()


def _told(source: int) -> bytes:
    return _TOLD + source.to_bytes(_SOURCE_BYTES)
