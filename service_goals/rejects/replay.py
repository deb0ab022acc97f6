"""Which rejects would be accepted now, and so may be published again.

The law: what a worker would reject again is not published, and nothing is published twice in one go; so however often
it is repeated, and whatever is rejected anew meanwhile, it comes to an end.
"""

import hashlib
from collections.abc import Iterator
from pathlib import Path
from typing import NamedTuple

import msgspec

from schemas.events import Rejected, decode_event
from schemas.rejects import Reject
from schemas.topics import TICKET_TOPICS
from service_goals.client.files import Fields, read_objects, text_of
from service_goals.client.publisher import Event
from service_goals.errors import CommandError
from service_goals.output import shortened


class Candidate(NamedTuple):
    """A record that is to be published again."""

    place: str
    """What the user knows it by: a reject's id, or where it stands in a file."""
    topic: str
    key: bytes | None
    value: bytes | None


class Refusal(NamedTuple):
    """Why one is not published: a worker would reject it."""

    place: str
    reason: str


class _Publication(NamedTuple):
    """The record that would be read."""

    timestamp: int
    key: bytes | None
    value: bytes | None
    partition: int = 0
    offset: int = 0


class Replay:
    """Judges candidates one after the other, by the workers' own rules."""

    def __init__(self, now: int) -> None:
        """`now`: the timestamp (ms) that records get which are published now."""
        self.accepted = 0
        self.repeated = 0
        """Candidates that are byte for byte like one before."""
        self.refused: list[Refusal] = []
        self._now = now
        self._seen: set[bytes] = set()

    def consider(self, candidate: Candidate) -> Event | None:
        """The event to publish; None when it is refused, or was there before."""
        place, topic, key, value = candidate
        digest = hashlib.blake2b(repr((topic, key, value)).encode(), digest_size=16).digest()
        if digest in self._seen:
            self.repeated += 1
            return None
        self._seen.add(digest)
        if (reason := _why_refused(topic, _Publication(self._now, key, value))) is not None:
            self.refused.append(Refusal(place, reason))
            return None
        self.accepted += 1
        return topic, key, value or b""


def _why_refused(topic: str, publication: _Publication) -> str | None:
    """What a worker would say; None: it would accept."""
    if topic not in TICKET_TOPICS:
        return f"topic: {shortened(topic)}, give one of {', '.join(TICKET_TOPICS)}"
    try:
        decode_event(topic, publication)
    except Rejected as reason:
        return str(reason)
    return None


def as_it_was(reject: Reject) -> Candidate:
    """The record byte for byte."""
    return Candidate(reject.id, reject.topic, reject.key, reject.value)


def with_value(reject: Reject, value: bytes) -> Candidate:
    """With another value in place of its own. The key follows it: it must be the ticket_id anyway (SPEC 2.1)."""
    return Candidate(reject.id, reject.topic, _ticket_of(value), value)


def read_mended(path: Path) -> Iterator[Candidate]:
    """From a file of objects as `rejects list --json` prints them, mended: `topic` and `value` are what counts.

    `value` is the JSON text as it was, or the object itself. CommandError names an entry that has none of both.
    """
    for place, fields in read_objects(path):
        topic = text_of(fields.get("topic"))
        value = _value(fields)
        if topic is None or value is None:
            missing = "topic" if topic is None else "value"
            raise CommandError(f"{place}: {missing}: missing, give objects as service-goals rejects list --json does")
        yield Candidate(place, topic, _ticket_of(value), value)


def _value(fields: Fields) -> bytes | None:
    raw = fields.get("value")
    if raw is None or bytes(raw) == b"null":
        return None
    text = text_of(raw)
    return bytes(raw) if text is None else text.encode()


def _ticket_of(value: bytes) -> bytes | None:
    """The `ticket_id` that a value names; None when it names none, which the rules will tell."""
    try:
        named = text_of(msgspec.json.decode(value, type=Fields).get("ticket_id"))
    except (msgspec.DecodeError, RecursionError):
        return None
    return None if named is None else named.encode()
