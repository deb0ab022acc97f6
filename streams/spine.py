"""The spine: the one ordered log of accepted commands, and the state that is in force after each of them."""

from bisect import bisect_right
from collections.abc import Sequence

from schemas.control import Entry
from streams.control import INITIAL, ControlState
from streams.fold import fold


class Spine:
    """Grows at its end only. States share what didn't change, so keeping them all is cheap."""

    def __init__(self) -> None:
        """An empty log: the initial state is in force."""
        self.entries: list[Entry] = []
        """In order. Offsets rise but have gaps: transaction markers take some."""
        self._offsets: list[int] = []
        self._states: list[ControlState] = [INITIAL]

    @property
    def last_offset(self) -> int:
        """The offset of the last entry; -1 when there is none."""
        return self._offsets[-1] if self._offsets else -1

    @property
    def state(self) -> ControlState:
        """What is in force after the last entry."""
        return self._states[-1]

    def append(self, entry: Entry) -> None:
        """Take the next entry; ValueError when it doesn't come after the last one."""
        if entry.offset <= self.last_offset:
            raise ValueError(f"offset: {entry.offset} doesn't come after {self.last_offset}, append entries in order")
        self._states.append(fold(self.state, entry))
        self._offsets.append(entry.offset)
        self.entries.append(entry)

    def state_after(self, offset: int) -> ControlState:
        """What is in force once everything up to and with `offset` is in."""
        return self._states[bisect_right(self._offsets, offset)]

    def after(self, offset: int) -> Sequence[Entry]:
        """The entries behind `offset`, in order."""
        return self.entries[bisect_right(self._offsets, offset) :]
