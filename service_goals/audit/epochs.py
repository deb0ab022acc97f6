"""The cuts that are asked about, in order, and in which epoch a record lies."""

from bisect import bisect_right
from collections.abc import Mapping, Sequence
from itertools import accumulate

from schemas.topics import TICKET_TOPICS

Cut = Mapping[str, Sequence[int]]
"""By ticket topic without the namespace: per partition, in order, the offset of the first record that is not in."""


class Epochs:
    """Epoch n is what cut n has and the one before it doesn't.

    Cuts rise, as each partition comes to one snapshot request after the other. One that falls back is no cut of the
    workers (`falls` finds it); it is taken as if it were the one before it.
    """

    def __init__(self, cuts: Sequence[Cut]) -> None:
        """`cuts`: in order, over the same partitions."""
        self.count = len(cuts)
        self._bounds: dict[tuple[str, int], list[int]] = {
            (topic, partition): list(accumulate((cut[topic][partition] for cut in cuts), max))
            for topic in (TICKET_TOPICS if cuts else ())
            for partition in range(len(cuts[0][topic]))
        }

    @property
    def ends(self) -> dict[tuple[str, int], int]:
        """By topic and partition the first offset that no cut has."""
        return {place: bounds[-1] for place, bounds in self._bounds.items()}

    def of(self, topic: str, partition: int, offset: int) -> int:
        """The epoch that the record is in; `count` when no cut has it."""
        return bisect_right(self._bounds[topic, partition], offset)


def falls(before: Cut, after: Cut) -> list[str]:
    """The topics in which the later cut lies before the earlier one."""
    return [
        topic
        for topic in TICKET_TOPICS
        if any(later < earlier for earlier, later in zip(before[topic], after[topic], strict=True))
    ]
