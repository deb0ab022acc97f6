"""Rejects have a ceiling: when nearly everything is rejected, what is wrong is no record but how things are set up.

The law: the share is taken over the latest records of a worker, at least `sample` of them and, once there are so many,
at least `WINDOW` times as many; so a burst of bad records in a good stream must be that long before it counts as all.
"""

from collections import Counter, deque
from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Final, NamedTuple

from schemas.records import Output
from schemas.rejects import Headers, kind_of, reason_of

WINDOW: Final = 10
"""How many times the sample the window holds."""
_STEPS: Final = 5
"""Into how many steps a sample is cut: the window slides by one of them, and is never shorter than it should be."""


class Excess(NamedTuple):
    """More was rejected than the ceiling allows."""

    records: int
    """In the window."""
    rejected: int
    """Of them."""
    times: int
    """How often the most frequent kind of reason came."""
    example: Headers
    """Of the latest reject of that kind: reason, topic, partition, offset."""


@dataclass(slots=True)
class _Step:
    """Some runs that came one after the other."""

    records: int = 0
    rejected: int = 0
    kinds: Counter[str] = field(default_factory=Counter)


class Ceiling:
    """Counts runs; not durable: a worker that starts again counts anew."""

    def __init__(self, percent: float, sample: int) -> None:
        """`percent`: more than this is too much, 100 never is; `sample`: records before anything is judged."""
        self._percent, self._sample = percent, sample
        self._steps: deque[_Step] = deque([_Step()])
        self._records = self._rejected = 0
        self._examples: dict[str, Headers] = {}

    def observe(self, records: int, rejects: Sequence[Output]) -> Excess | None:
        """Count a run of `records`, of which `rejects` were rejected; tells when that is more than the ceiling."""
        self._count(records, rejects)
        self._slide()
        if self._records < self._sample or self._rejected * 100 <= self._percent * self._records:
            return None
        kinds = sum((step.kinds for step in self._steps), Counter[str]())
        kind, times = kinds.most_common(1)[0]
        return Excess(self._records, self._rejected, times, self._examples[kind])

    def _count(self, records: int, rejects: Sequence[Output]) -> None:
        if self._steps[-1].records * _STEPS >= self._sample:
            self._steps.append(_Step())
        step = self._steps[-1]
        step.records += records
        step.rejected += len(rejects)
        self._records += records
        self._rejected += len(rejects)
        for reject in rejects:
            kind = kind_of(reason_of(reject.headers))
            step.kinds[kind] += 1
            self._examples[kind] = reject.headers

    def _slide(self) -> None:
        """Forget the oldest steps that the window can do without."""
        while self._records - self._steps[0].records >= self._sample * WINDOW:
            gone = self._steps.popleft()
            self._records -= gone.records
            self._rejected -= gone.rejected
