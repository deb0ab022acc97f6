"""Where a partition's sources are read from; and what to say when the records there are gone."""

from collections.abc import Mapping

from agents.topics import MisconfiguredError
from schemas.topics import CONTRIBUTIONS

POSITIONS = b"\0positions"
"""Row: the next offset of each source topic, in the same transaction as all else that a run changed."""


class LostRecordsError(MisconfiguredError):
    """A source topic begins behind what was worked off: what lies between is not in the rows, and never will be."""

    def __init__(self, topic: str, partition: int, position: int, begin: int) -> None:
        super().__init__(
            f"{topic} partition {partition} begins at offset {begin}, but only what is before {position} has been "
            "worked off: the records between were deleted, and without them no number is right; give the topic "
            "retention.ms=-1 and retention.bytes=-1, then publish all events anew, in another SERVICE_GOALS_NAMESPACE"
        )


def start_positions(kept: Mapping[str, int], begins: Mapping[str, int], partition: int) -> dict[str, int]:
    """By source topic the next offset to read: as the rows say, else the first that there is.

    Contributions without a position in the rows count from 0: only what rows have is ever deleted there, so rows that
    don't say so are not those that it was deleted for.

    Raises:
        LostRecordsError: the next record of a topic doesn't exist any more.
    """
    default = {**begins, CONTRIBUTIONS: 0} if CONTRIBUTIONS in begins else begins
    positions = {**default, **kept}
    check_begins(positions, begins, partition)
    return positions


def check_begins(positions: Mapping[str, int], begins: Mapping[str, int], partition: int) -> None:
    """Raise LostRecordsError when a topic's next record doesn't exist any more."""
    for topic, begin in begins.items():
        if positions[topic] < begin:
            raise LostRecordsError(topic, partition, positions[topic], begin)
