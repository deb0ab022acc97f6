"""The spine: the one ordered log of accepted commands, and the state that is in force after each of them.

A state shares with the one before what the entry didn't change; yet all of them together would be larger than the
entries by far, and keep the garbage collector busy. So one of SEGMENT states is kept for ever, the others while someone
walks along their segment.
"""

from bisect import bisect_right
from collections import OrderedDict
from collections.abc import Sequence
from typing import Final

from schemas.control import Entry, SnapshotRequest
from streams.control import INITIAL, ControlState
from streams.fold import fold

SEGMENT: Final = 512
"""Entries; also how many states a jump to an older place folds at most."""
SEGMENTS_IN_USE: Final = 16
"""Partitions of a worker that walk at different places; more share by turns."""


class Spine:
    """Grows at its end only."""

    def __init__(self) -> None:
        """An empty log: the initial state is in force."""
        self.entries: list[Entry] = []
        """In order. Offsets rise but have gaps: transaction markers take some."""
        self.state: ControlState = INITIAL
        """What is in force after the last entry."""
        self._offsets: list[int] = []
        self._snapshots: list[Entry] = []
        self._starts: list[ControlState] = []
        """The state before each segment."""
        self._in_use: OrderedDict[int, list[ControlState]] = OrderedDict()
        """The states after each entry of a segment, by segment; the last used at the end."""

    @property
    def last_offset(self) -> int:
        """The offset of the last entry; -1 when there is none."""
        return self._offsets[-1] if self._offsets else -1

    def append(self, entry: Entry) -> None:
        """Take the next entry; ValueError when it doesn't come after the last one."""
        if entry.offset <= self.last_offset:
            raise ValueError(f"offset: {entry.offset} doesn't come after {self.last_offset}, append entries in order")
        segment, at = divmod(len(self.entries), SEGMENT)
        if at == 0:
            self._starts.append(self.state)
        self.state = fold(self.state, entry)
        if segment in self._in_use:
            self._in_use[segment].append(self.state)
        if isinstance(entry.command, SnapshotRequest):
            self._snapshots.append(entry)
        self._offsets.append(entry.offset)
        self.entries.append(entry)

    def state_after(self, offset: int) -> ControlState:
        """What is in force once everything up to and with `offset` is in."""
        count = bisect_right(self._offsets, offset)
        if count in (0, len(self.entries)):
            return self.state if count else INITIAL
        segment, at = divmod(count - 1, SEGMENT)
        return self._states(segment)[at]

    def after(self, offset: int) -> Sequence[Entry]:
        """The entries behind `offset`, in order."""
        return self.entries[bisect_right(self._offsets, offset) :]

    def snapshots(self, after: int, until: int) -> Sequence[Entry]:
        """The snapshot requests behind `after`, up to and with `until`, in order."""
        start, end = (bisect_right(self._snapshots, offset, key=_offset) for offset in (after, until))
        return self._snapshots[start:end]

    def _states(self, segment: int) -> list[ControlState]:
        states = self._in_use.pop(segment, None)
        if states is None:
            states, state = [], self._starts[segment]
            for entry in self.entries[segment * SEGMENT : (segment + 1) * SEGMENT]:
                state = fold(state, entry)
                states.append(state)
            if len(self._in_use) >= SEGMENTS_IN_USE:
                self._in_use.popitem(last=False)
        self._in_use[segment] = states
        return states


def _offset(entry: Entry) -> int:
    return entry.offset
