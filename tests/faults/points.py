"""Every fault point by name: where a worker can be made to die or to fall asleep, and how that is ordered."""

from collections.abc import Callable, Iterator, Mapping
from itertools import chain
from typing import Any, Literal, NamedTuple, Self, get_args

from agents.faults import Moment

Rows = Mapping[Any, Any]
Action = Literal["kill", "sleep", "hold"]
"""kill -9; SIGSTOP until the suite sends SIGCONT; or the partition alone waits until a file is there."""


class Point(NamedTuple):
    """A moment in one stage, perhaps only when something more is so about the rows that go with it."""

    stage: str
    moment: Moment
    also: Callable[[Rows], bool] = lambda _: True


def _has_ticks(rows: Rows) -> bool:
    """Some sources have ticked for an unfinished snapshot (streams.layers)."""
    return any(key[:1] == b"k" for key in rows)


def _writes_overlay(writes: Rows) -> bool:
    """A cell of a layer beside the base is written."""
    return any(write.key[:1] == b"l" for write in chain.from_iterable(writes.values()) if write.key)


def _contributes(writes: Rows) -> bool:
    """Contributions are among what is sent: to take them in twice does harm."""
    return any(tp.topic.endswith("contributions") for tp in writes)


STAGES = ("judge", "tickets", "aggregates")
EVERYWHERE = (Moment.FENCED, Moment.RECOVERED, Moment.BEGUN, Moment.SENDING, Moment.SENT, Moment.COMMITTED)

POINTS: Mapping[str, Point] = {
    **{f"{stage}:{moment}": Point(stage, moment) for stage in STAGES for moment in EVERYWHERE},
    "tickets:contributions-sent": Point("tickets", Moment.SENT, _contributes),
    "tickets:contributions-committed": Point("tickets", Moment.COMMITTED, _contributes),
    "tickets:scanning": Point("tickets", Moment.SCANNING),
    "tickets:between-request-and-tick": Point("tickets", Moment.HELD_UP),
    "aggregates:between-ticks": Point("aggregates", Moment.HELD_UP, _has_ticks),
    "aggregates:overlay-sent": Point("aggregates", Moment.SENT, _writes_overlay),
    "aggregates:overlay-committed": Point("aggregates", Moment.COMMITTED, _writes_overlay),
}

RARE = ("tickets:between-request-and-tick", "aggregates:between-ticks", "tickets:scanning")
"""A worker seldom comes there a second time."""


class Fault(NamedTuple):
    """What to do at a point, the how manieth time that a process passes it."""

    name: str
    action: Action
    nth: int

    def __str__(self) -> str:
        return f"{self.name}={self.action}@{self.nth}"

    @classmethod
    def parse(cls, text: str) -> Self:
        """The inverse of `str`: POINT=ACTION@N."""
        name, _, order = text.partition("=")
        action, _, nth = order.partition("@")
        known: Iterator[Action] = (each for each in get_args(Action) if each == action)
        if name not in POINTS or (found := next(known, None)) is None:
            raise ValueError(f"fault {text!r}: write POINT=ACTION@N, with a point of {', '.join(POINTS)}")
        return cls(name, found, int(nth))

    def fits(self, moment: Moment, stage: str, rows: Rows) -> bool:
        """Whether the process is at the point now."""
        point = POINTS[self.name]
        return (point.stage, point.moment) == (stage, moment) and point.also(rows)
