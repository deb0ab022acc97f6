"""The examples of docs/topics.md, read from the page, and the system without Kafka that they go through."""

import json
import re
from collections import Counter
from pathlib import Path
from typing import Any, Final, NamedTuple

from schemas.contributions import decode_message
from schemas.entries import decode_entry
from schemas.instants import parse_instant
from schemas.records import Output
from schemas.topics import COMMAND_TOPICS, CONTRIBUTIONS, CONTROL_ACCEPTED, SNAPSHOT_REQUESTS, TICKET_TOPICS
from streams.contributors import Contributors
from streams.judge import Judge
from streams.spine import Spine
from streams.tickets import Tickets
from tests.ticket_builders import Raw

PAGE: Final = (Path(__file__).parents[1] / "docs" / "topics.md").read_text("utf-8")
MARCH: Final = parse_instant("2026-03-03T08:10:05Z")
"""When the examples of tickets have happened."""
APRIL: Final = parse_instant("2026-04-01T06:00:00Z")
"""When the snapshot of the examples is requested."""

_EXAMPLE: Final = re.compile(r"^`([a-z-]+)`, (?:key `([^`]+)`|headers):\n\n```json\n(.*?)```", re.DOTALL | re.MULTILINE)


class Example(NamedTuple):
    """A record of the page; `key` is empty where only its headers are shown."""

    topic: str
    key: str
    text: str

    @property
    def json(self) -> Any:
        return json.loads(self.text)


EXAMPLES: Final = [Example(*found) for found in _EXAMPLE.findall(PAGE)]


class Story:
    """Everything that the examples say goes in, and what comes out, on one partition."""

    def __init__(self) -> None:
        self.written: list[Output] = []
        self._spine = Spine()
        self._judge = Judge(self._spine.state)
        self._tickets = Tickets({}, 0, 1, lambda _: 0, {})
        self._contributors = Contributors({}, 0, 1, lambda _: 0)
        self._ends = Counter[str]()
        self._tell([one for one in EXAMPLES if one.topic in COMMAND_TOPICS and one.topic != SNAPSHOT_REQUESTS], MARCH)
        self._tell([one for one in EXAMPLES if one.topic in TICKET_TOPICS], MARCH)
        self._tell([one for one in EXAMPLES if one.topic == SNAPSHOT_REQUESTS], APRIL)

    def _tell(self, examples: list[Example], now: int) -> None:
        for one in examples:
            if not one.key:
                continue
            record = Raw(0, self._ends[one.topic], now, one.key.encode(), one.text.encode())
            self._ends[one.topic] += 1
            if one.topic in TICKET_TOPICS:
                self._tickets.receive(one.topic, [record])
            else:
                self._command(one.topic, record, now)
        self._work(now)

    def _command(self, topic: str, record: Raw, now: int) -> None:
        least_cut = {topic: (self._ends[topic],) for topic in TICKET_TOPICS}
        verdict = self._judge.judge(topic, record, now, least_cut)
        self.written.append(verdict)
        if verdict.topic == CONTROL_ACCEPTED:
            offset = 2 * len(self._spine.entries)  # a transaction marker lies between two entries
            self._spine.append(decode_entry(Raw(0, offset, now, verdict.key, verdict.value)))

    def _work(self, now: int) -> None:
        for _ in self._tickets.advance(self._spine):
            pass
        for output in self._tickets.outputs():
            self.written.append(output)
            if output.topic == CONTRIBUTIONS:
                self._contributors.receive(decode_message(output.value or b""))
        self._contributors.advance(self._spine, now)
        self._contributors.publish(now)
        self.written += self._contributors.outputs()
