"""Which rejects are meant: by id, or by source topic, reason and time."""

import re
from collections.abc import Iterable
from datetime import date
from typing import Final, NamedTuple

from schemas.instants import parse_instant
from schemas.rejects import Reject
from service_goals.errors import UsageError
from service_goals.output import shortened

_ID: Final = re.compile(r"(\d{1,9}):(\d{1,18})", re.ASCII)

Place = tuple[int, int]
"""Partition and offset in the topic of rejects."""


class Selection(NamedTuple):
    """All that it says must hold; what is empty or None always does."""

    topics: frozenset[str] = frozenset()
    reason: str = ""
    """Is part of the reason."""
    since: int | None = None
    """Milliseconds."""

    def holds(self, reject: Reject) -> bool:
        """Whether this one is meant."""
        return (
            (not self.topics or reject.topic in self.topics)
            and self.reason in reject.reason
            and (self.since is None or reject.timestamp >= self.since)
        )


def read_selection(named: Iterable[str], known: tuple[str, ...], reason: str | None, since: str | None) -> Selection:
    """From options; `known`: the topics that can be named. Raises UsageError."""
    chosen = frozenset(named)
    if unknown := sorted(chosen.difference(known)):
        raise UsageError(f"--topic {unknown[0]}: nothing is rejected from there, give one of {', '.join(known)}")
    return Selection(chosen, reason or "", None if since is None else _instant(since))


def read_place(text: str) -> Place:
    """From an id. Raises UsageError."""
    if (found := _ID.fullmatch(text)) is None:
        raise UsageError(
            f"{shortened(text)}: no id of a reject, give PARTITION:OFFSET as service-goals rejects list does"
        )
    return int(found[1]), int(found[2])


def _instant(text: str) -> int:
    try:
        return parse_instant(f"{date.fromisoformat(text)}T00:00:00Z" if len(text) == len("2026-01-31") else text)
    except ValueError as error:
        remedy = "give a date (of UTC) like 2026-01-31 or a time like 2026-01-31T09:30:00Z"
        raise UsageError(f"--since {text}: {error}; {remedy}") from None
