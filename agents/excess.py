"""A worker that rejects nearly everything stops, and says why in one line."""

from agents.topics import MisconfiguredError
from schemas.rejects import kind_of, reason_of
from streams.ceiling import Excess


class TooManyRejectedError(MisconfiguredError):
    """More ticket events are rejected than the ceiling allows. The run that showed it is not committed."""

    def __init__(self, excess: Excess) -> None:
        super().__init__(told(excess))


def told(excess: Excess) -> str:
    """The share, the most frequent reason, an example, the remedy."""
    reason = reason_of(excess.example)
    source = {name: value.decode() for name, value in excess.example}
    return (
        f"{excess.rejected:,} of the last {excess.records:,} ticket events are rejected "
        f"({_percent(excess)} %), {excess.times:,} of them for {kind_of(reason)}, "
        f"as {source['topic']} partition {source['partition']} offset {source['offset']} is: {reason}; "
        "the worker stops before these are consumed: let publishers and workers agree, then start it again, "
        "or have what lies there rejected with SERVICE_GOALS_REJECT_CEILING=100"
    )


def _percent(excess: Excess) -> float:
    """One decimal, cut off: what is not all never reads as 100."""
    return excess.rejected * 1000 // excess.records / 10
