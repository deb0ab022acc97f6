"""Send them, a few at a time, and say which were not refused."""

import asyncio
import json
import time
from collections import Counter
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from typing import Final

from tests.bad_requests.wire import Answer, Bad, send

AT_ONCE: Final = 8
_SHOWN: Final = 300
_MAY_CLOSE: Final = ("broken HTTP", "cut off", "too large")
"""Kinds that may get no answer: the connection is closed over what follows, or before it."""


@dataclass(slots=True)
class Outcome:
    """What came of all of them."""

    statuses: Counter[tuple[str, int]] = field(default_factory=Counter)
    """By kind."""
    wrong: list[str] = field(default_factory=list)
    """What was not refused as it should."""
    slowest: tuple[float, str] = (0.0, "")
    """Seconds, and the request."""


async def run(port: int, requests: Iterable[Bad]) -> Outcome:
    """Send all of them."""
    outcome, left = Outcome(), iter(requests)
    await asyncio.gather(*(_one_after_the_other(port, left, outcome) for _ in range(AT_ONCE)))
    return outcome


async def _one_after_the_other(port: int, left: Iterator[Bad], outcome: Outcome) -> None:
    for bad in left:
        begin = time.monotonic()
        try:
            answer = await send(port, bad)
        except TimeoutError:
            outcome.wrong.append(f"{bad.kind}: no answer to {bad.data[:_SHOWN]!r}")
            continue
        outcome.slowest = max(outcome.slowest, (time.monotonic() - begin, repr(bad.data[:_SHOWN])))
        outcome.statuses[bad.kind, answer.status] += 1
        if not _refused(bad, answer):
            outcome.wrong.append(f"{bad.kind}: {answer.status} {answer.body[:_SHOWN]!r} to {bad.data[:_SHOWN]!r}")


def _refused(bad: Bad, answer: Answer) -> bool:
    if bad.resets:
        return answer.status == 200
    if bad.kind in _MAY_CLOSE and answer.status == 0:
        return True
    if not 400 <= answer.status < 500:
        return False
    if bad.kind in ("broken HTTP", "cut off") and answer.media_type == "text/plain":
        return True
    return answer.media_type == "application/problem+json" and _status(answer.body) == answer.status


def _status(body: bytes) -> int | None:
    try:
        found: int = json.loads(body)["status"]
    except (ValueError, KeyError):
        return None
    return found
