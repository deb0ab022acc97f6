"""Net changes of day cells: facts taken back and facts counted, coalesced, and packed into messages."""

from collections.abc import Callable, Iterator
from typing import Final, cast

from schemas.contributions import Anew, CellKey, Change, Contributions, Message, Standing, encode_message
from schemas.records import Output
from schemas.topics import CONTRIBUTIONS
from streams.aggregate import merge
from streams.derive import Credit, Fact

_InContributor = tuple[int, str | None, int]
"""A `CellKey` without its contributor."""

_CellChange = tuple[tuple[str, int, str | None, int], Change]
"""A `CellKey`, as a plain tuple: it is the same on the wire, and a third of the cost to make; and its change."""

_Changes = list[tuple[CellKey, Change]]

_NO_VALUES: Final[dict[int, int]] = {}
"""Shared by all changes of accumulators that keep no values: nothing is ever put into it."""
_MOST_TARGETS: Final = 200_000
MAX_MESSAGE_BYTES: Final = 480_000
"""What brokers take by default is about a megabyte; smaller messages let the reader breathe."""


class NetChanges:
    """Adds up changes until they are drained. What cancels out leaves nothing.

    Facts of one credit (user, team, pipeline, day) are added up first; only their sums are spread over the cells of the
    contributors.
    """

    def __init__(self, source: int, partitions: int, partition_of: Callable[[bytes], int]) -> None:
        """For contributions from partition `source` to `partitions` partitions, chosen by contributor."""
        self._source = source
        self._partitions = partitions
        self._partition_of = partition_of
        self._targets: dict[str, int] = {}
        self._by_credit: dict[Credit, dict[int, Change]] = {}
        """What is to be added, by accumulator index."""

    def replace(self, old: list[Fact], new: list[Fact]) -> None:
        """Take the old facts of a ticket back and count the new ones; those that stay are not touched."""
        for fact in old:
            if fact not in new:
                self._add(fact, -1)
        for fact in new:
            if fact not in old:
                self._add(fact, 1)

    def drain(self, standing: Standing) -> Iterator[Output]:
        """The messages for all that has added up, each below `MAX_MESSAGE_BYTES`; afterwards nothing has."""

        def contributions(changes: _Changes) -> Message:
            return Contributions(self._source, changes, standing)

        for partition, changes in enumerate(self._drained()):
            for value in _messages(changes, contributions):
                yield Output(CONTRIBUTIONS, None, value, partition)

    def drain_anew(self, generation: int) -> Iterator[Output]:
        """The same for a rebuild; to each partition at least the message that says that nothing follows."""

        def anew(changes: _Changes) -> Message:
            return Anew(self._source, generation, changes)

        last = encode_message(Anew(self._source, generation, [], last=True))
        for partition, changes in enumerate(self._drained()):
            for value in (*_messages(changes, anew), last):
                yield Output(CONTRIBUTIONS, None, value, partition)

    def _drained(self) -> list[list[_CellChange]]:
        """By partition."""
        by_partition: list[list[_CellChange]] = [[] for _ in range(self._partitions)]
        for contributor, cells in self._spread().items():
            changes = by_partition[self._target(contributor)]
            for (accumulator, pipeline, day), change in cells.items():
                if _remains(change):
                    changes.append(((contributor, accumulator, pipeline, day), change))
        self._by_credit = {}
        return by_partition

    def _add(self, fact: Fact, sign: int) -> None:
        changes = self._by_credit.get(fact.credit)
        if changes is None:
            changes = self._by_credit[fact.credit] = {}
        value = fact.value
        for accumulator in fact.accumulators:
            change = changes.get(accumulator.index)
            if change is None:
                change = changes[accumulator.index] = Change(values={} if accumulator.values else _NO_VALUES)
            change.count += sign
            change.sum += sign * value
            if accumulator.threshold is not None and value <= accumulator.threshold:
                change.within += sign
            if accumulator.values:
                change.values[value] = change.values.get(value, 0) + sign

    def _spread(self) -> dict[str, dict[_InContributor, Change]]:
        """The sums by contributor and cell."""
        spread: dict[str, dict[_InContributor, Change]] = {}
        for (user, team, pipeline, day), changes in self._by_credit.items():
            for contributor in (user and f"user:{user}", team and f"team:{team}", pipeline and f"pipeline:{pipeline}"):
                if not contributor:
                    continue
                cells = spread.get(contributor)
                if cells is None:
                    cells = spread[contributor] = {}
                for accumulator, change in changes.items():
                    key = (accumulator, pipeline, day)
                    cell = cells.get(key)
                    if cell is None:
                        values = change.values.copy() if change.values else _NO_VALUES
                        cells[key] = Change(change.count, change.sum, change.within, values)
                    else:
                        merge(cell, change)
        return spread

    def _target(self, contributor: str) -> int:
        """The contributor's partition, remembered: working it out takes longer than all else about a cell."""
        target = self._targets.get(contributor)
        if target is None:
            if len(self._targets) >= _MOST_TARGETS:
                self._targets.clear()
            target = self._targets[contributor] = self._partition_of(contributor.encode())
        return target


def _remains(change: Change) -> bool:
    """False when the change changes nothing; values that cancelled out are dropped."""
    if change.values:
        change.values = {value: times for value, times in change.values.items() if times}
    return bool(change.count or change.sum or change.within or change.values)


def _messages(changes: list[_CellChange], message: Callable[[_Changes], Message]) -> Iterator[bytes]:
    """Halved until each part is small enough."""
    if not changes:
        return
    value = encode_message(message(cast("_Changes", changes)))
    if len(value) < MAX_MESSAGE_BYTES:
        yield value
        return
    for half in _halves(changes):
        yield from _messages(half, message)


def _halves(changes: list[_CellChange]) -> tuple[list[_CellChange], list[_CellChange]]:
    """Two lists of changes that add up to the given ones; the only change of a list is cut through its values."""
    if len(changes) > 1:
        middle = len(changes) // 2
        return changes[:middle], changes[middle:]
    key, change = changes[0]
    values = list(change.values.items())
    middle = len(values) // 2
    first = Change(change.count, change.sum, change.within, dict(values[:middle]))
    return [(key, first)], [(key, Change(values=dict(values[middle:])))]
