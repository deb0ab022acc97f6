"""A recomputation from the logs: each ticket merged from its records, all facts added up, at one cut after the other.

It shares the rules with the workers (what an event means, how a total is judged) and nothing of how they keep state:
no tables, no contributions, no layers.

An *epoch* is what lies between one cut and the next; the cells of a cut are the sums over all epochs up to it. A ticket
is worked through by itself, over all epochs; so the log needs to be read once, and memory holds one bucket of tickets.
"""

from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from contextlib import suppress
from typing import NamedTuple

from schemas.contributions import CellKey, Change
from schemas.events import Rejected, decode_event
from schemas.goals import Assignment
from schemas.rows import Row
from schemas.topics import TICKET_TOPICS
from streams.aggregate import Total, is_zero, merge
from streams.control import ControlState
from streams.crediting import Crediting
from streams.derive import Derivation, Fact
from streams.merge import merge as merge_events
from streams.retention import NOTHING_KNOWN, last_event


class Logged(NamedTuple):
    """A record of a ticket topic, and the first epoch that it is in. `schemas.records.Record` fits it."""

    epoch: int
    topic: int
    """Index into `TICKET_TOPICS`."""
    partition: int
    offset: int
    timestamp: int
    key: bytes | None
    value: bytes | None


class Turn(NamedTuple):
    """A ticket's facts from this epoch on, and those that it had before."""

    epoch: int
    before: list[Fact]
    after: list[Fact]


class Creditings:
    """Under which crediting facts come about: by epoch, and in the last one by partition of the ticket topics."""

    def __init__(self, by_epoch: Sequence[Sequence[Crediting]], expired: Sequence[int]) -> None:
        """Equal creditings share a derivation, so that a change is a change. `expired`: as of `expired_before`."""
        self.expired = expired
        """By epoch, the instant before which nothing is known."""
        known: list[tuple[Crediting, Derivation]] = []
        self._derivations = [[_known(each, known) for each in row] for row in by_epoch]
        partitions = len(self._derivations[0]) if self._derivations else 0
        self._turns = [self._changes(partition) for partition in range(partitions)]

    def turns(self, partition: int, epochs: Iterable[int]) -> Iterator[tuple[int, Derivation]]:
        """These epochs and those that begin with another crediting, in order, each with its derivation."""
        first, *others = sorted(epochs)
        later = (turn for turn in self._turns[partition] if turn > first)
        for epoch in sorted({first, *others, *later}):
            yield epoch, self._derivations[epoch][partition]

    def _changes(self, partition: int) -> list[int]:
        series = [row[partition] for row in self._derivations]
        return [epoch for epoch in range(1, len(series)) if series[epoch] is not series[epoch - 1]]


def _known(crediting: Crediting, known: list[tuple[Crediting, Derivation]]) -> Derivation:
    for other, derivation in known:
        if other is crediting or other == crediting:
            return derivation
    derivation = Derivation(crediting)
    known.append((crediting, derivation))
    return derivation


def expired_before(states: Iterable[ControlState]) -> list[int]:
    """By epoch, the instant before which nothing is known; `states`: as of each snapshot that has a cut.

    As in streams.tickets: at its cut a source forgets what that snapshot lets expire, and takes none of it later.
    """
    starts = (each.crediting.days.start_of(each.kept_from) if each.kept_from else NOTHING_KNOWN for each in states)
    return [NOTHING_KNOWN, *starts]


def turns(records: Sequence[Logged], creditings: Creditings) -> Iterator[Turn]:
    """How the facts of one ticket change from epoch to epoch; `records`: all of the ticket's.

    When a ticket expires its facts stay counted; what happens to it afterwards begins it anew.
    """
    by_epoch: dict[int, list[Logged]] = defaultdict(list)
    for record in records:
        by_epoch[record.epoch].append(record)
    row: Row | None = None
    facts: list[Fact] = []
    for epoch, derivation in creditings.turns(records[0].partition, by_epoch):
        expired = creditings.expired[epoch]
        if row is not None and last_event(row) < expired:
            row, facts = None, []
        for record in by_epoch.get(epoch, ()):
            topic = TICKET_TOPICS[record.topic]
            with suppress(Rejected):
                event = decode_event(topic, record)
                if event.stamp[0] >= expired:
                    row = merge_events(row, topic, [event])
        before, facts = facts, derivation.facts(row)
        if facts != before:
            yield Turn(epoch, before, facts)


def tickets(records: Iterable[Logged]) -> Mapping[bytes, list[Logged]]:
    """The records by ticket."""
    found: dict[bytes, list[Logged]] = defaultdict(list)
    for record in records:
        found[record.key or b""].append(record)
    return found


class Added(NamedTuple):
    """What an epoch adds to a cell."""

    epoch: int
    key: CellKey
    change: Change


class Sums:
    """Adds up what the facts of many tickets add to each cell in each epoch."""

    def __init__(self) -> None:
        """Nothing yet."""
        self._sums: dict[tuple[int, CellKey], Change] = {}

    def __len__(self) -> int:
        return len(self._sums)

    def count(self, turn: Turn) -> None:
        """Take back what was, count what is."""
        for fact in turn.before:
            self._add(turn.epoch, fact, -1)
        for fact in turn.after:
            self._add(turn.epoch, fact, 1)

    def drain(self) -> Iterator[Added]:
        """The sums so far that are not zero; afterwards there are none."""
        sums, self._sums = self._sums, {}
        return (Added(epoch, key, change) for (epoch, key), change in sums.items() if not is_zero(change))

    def _add(self, epoch: int, fact: Fact, sign: int) -> None:
        for key, change in shares(fact, sign):
            known = self._sums.get((epoch, key))
            if known is None:
                self._sums[epoch, key] = change
            else:
                merge(known, change)


def shares(fact: Fact, sign: int = 1) -> Iterator[tuple[CellKey, Change]]:
    """What one fact adds, for each it is credited to and each accumulator; `sign` -1: takes back."""
    user, team, pipeline, day = fact.credit
    credited = [f"{kind}:{name}" for kind, name in (("user", user), ("team", team), ("pipeline", pipeline)) if name]
    for counted in fact.accumulators:
        within = sign * (counted.threshold is not None and fact.value <= counted.threshold)
        for contributor in credited:
            values = {fact.value: sign} if counted.values else {}
            yield CellKey(contributor, counted.index, pipeline, day), Change(sign, sign * fact.value, within, values)


class Cells:
    """Day cells, added up."""

    def __init__(self) -> None:
        """None yet."""
        self._series: dict[tuple[str, int], dict[CellKey, Change]] = defaultdict(dict)

    def add(self, key: CellKey, change: Change) -> None:
        """Count it in; a cell of nothing is none."""
        series = self._series[key.contributor, key.accumulator]
        if (cell := series.get(key)) is None:
            series[key] = Change(change.count, change.sum, change.within, dict(change.values))
            return
        merge(cell, change)
        if is_zero(cell):
            del series[key]

    def by_key(self) -> dict[CellKey, Change]:
        """All of them."""
        return {key: cell for series in self._series.values() for key, cell in series.items()}

    def total(self, accumulator: int, assignment: Assignment, before: int | None = None) -> Total:
        """All facts of the milestone's days in its pipelines; `before`: only of days before this ordinal."""
        first, last = assignment.milestone.start.toordinal(), assignment.milestone.end.toordinal()
        if before is not None:
            last = min(last, before - 1)
        total = Total()
        for key, cell in self._series.get((assignment.contributor.key, accumulator), {}).items():
            if first <= key.day <= last and (not assignment.pipelines or key.pipeline in assignment.pipelines):
                total.add(cell)
        return total
