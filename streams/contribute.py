"""Net changes of day cells: facts taken back and facts counted, coalesced, and packed into messages."""

from collections.abc import Callable, Iterable, Iterator
from typing import Final, cast

from schemas.contributions import CellKey, Change, Contributions, encode_message
from schemas.records import Output
from schemas.topics import CONTRIBUTIONS
from streams.derive import Fact

MAX_MESSAGE_BYTES: Final = 480_000
"""What brokers take by default is about a megabyte; smaller messages let the reader breathe."""

_Cells = dict[tuple[str, int, str | None, int], Change]


class NetChanges:
    """Adds up changes until they are drained. What cancels out leaves nothing."""

    def __init__(self, source: int, partitions: int, partition_of: Callable[[bytes], int]) -> None:
        """For contributions from partition `source` to `partitions` partitions, chosen by contributor."""
        self._source = source
        self._partition_of = partition_of
        self._cells: list[_Cells] = [{} for _ in range(partitions)]
        self._cells_of: dict[str, _Cells] = {}

    def replace(self, old: list[Fact], new: list[Fact]) -> None:
        """Take the old facts of a ticket back and count the new ones; those that stay are not touched."""
        self._add([fact for fact in old if fact not in new], -1)
        self._add([fact for fact in new if fact not in old], 1)

    def drain(self) -> Iterator[Output]:
        """The messages for all that has added up, each below `MAX_MESSAGE_BYTES`; afterwards nothing has."""
        drained, self._cells, self._cells_of = self._cells, [{} for _ in self._cells], {}
        for partition, cells in enumerate(drained):
            changes = [(key, change) for key, change in cells.items() if _remains(change)]
            for value in _messages(self._source, cast("list[tuple[CellKey, Change]]", changes)):
                yield Output(CONTRIBUTIONS, None, value, partition)

    def _add(self, facts: Iterable[Fact], sign: int) -> None:
        for fact in facts:
            user, team, pipeline, day = fact.credit
            for contributor in (user and f"user:{user}", team and f"team:{team}", pipeline and f"pipeline:{pipeline}"):
                if contributor:
                    self._add_to(contributor, pipeline, day, fact, sign)

    def _add_to(self, contributor: str, pipeline: str | None, day: int, fact: Fact, sign: int) -> None:
        cells = self._cells_of.get(contributor)
        if cells is None:
            cells = self._cells_of[contributor] = self._cells[self._partition_of(contributor.encode())]
        value = fact.value
        for accumulator in fact.accumulators:
            key = (contributor, accumulator.index, pipeline, day)
            change = cells.get(key)
            if change is None:
                change = cells[key] = Change()
            change.count += sign
            change.sum += sign * value
            if accumulator.threshold is not None and value <= accumulator.threshold:
                change.within += sign
            if accumulator.values:
                change.values[value] = change.values.get(value, 0) + sign


def _remains(change: Change) -> bool:
    """False when the change changes nothing; values that cancelled out are dropped."""
    if change.values:
        change.values = {value: times for value, times in change.values.items() if times}
    return bool(change.count or change.sum or change.within or change.values)


def _messages(source: int, changes: list[tuple[CellKey, Change]]) -> Iterator[bytes]:
    """Halved until each part is small enough."""
    if not changes:
        return
    value = encode_message(Contributions(source, changes))
    if len(value) < MAX_MESSAGE_BYTES:
        yield value
        return
    for half in _halves(changes):
        yield from _messages(source, half)


def _halves(changes: list[tuple[CellKey, Change]]) -> tuple[list[tuple[CellKey, Change]], list[tuple[CellKey, Change]]]:
    """Two lists of changes that add up to the given ones; the only change of a list is cut through its values."""
    if len(changes) > 1:
        middle = len(changes) // 2
        return changes[:middle], changes[middle:]
    key, change = changes[0]
    values = list(change.values.items())
    middle = len(values) // 2
    first = Change(change.count, change.sum, change.within, dict(values[:middle]))
    return [(key, first)], [(key, Change(values=dict(values[middle:])))]
