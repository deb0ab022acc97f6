"""The judge and the spine together, as the workers run them: commands go in as records, verdicts come out."""

import json
from dataclasses import dataclass
from typing import Any

from schemas.entries import decode_entry
from schemas.records import Output
from schemas.topics import CONTROL_ACCEPTED, CONTROL_REJECTED, TICKET_TOPICS
from streams.control import ControlState
from streams.judge import Judge
from streams.spine import Spine

NOON = 1_764_072_000_000
"""2025-11-25T12:00:00Z."""
LEAST_CUT = dict.fromkeys(TICKET_TOPICS, (3, 0))
Wire = dict[str, Any]


@dataclass
class Sent:
    """A record as read from a topic."""

    key: bytes | None
    value: bytes | None
    partition: int = 0
    offset: int = 0
    timestamp: int = NOON


class Court:
    """Judges commands; the spine follows by what was written, never by what the judge remembers."""

    def __init__(self) -> None:
        self.spine = Spine()
        self.judge = Judge(self.spine.state)

    @property
    def state(self) -> ControlState:
        return self.spine.state

    def send(self, topic: str, key: str, value: object, now: int = NOON) -> Output:
        """The verdict on a command; None as a record without a value."""
        raw = json.dumps(value).encode() if value is not None else None
        return self.send_raw(topic, Sent(key.encode(), raw), now)

    def send_raw(self, topic: str, record: Sent, now: int = NOON) -> Output:
        verdict = self.judge.judge(topic, record, now, LEAST_CUT)
        if verdict.topic == CONTROL_ACCEPTED:
            offset = self.spine.last_offset + 2
            self.spine.append(decode_entry(Sent(verdict.key, verdict.value, offset=offset)))
        return verdict

    def accept(self, topic: str, key: str, value: object, now: int = NOON) -> Wire:
        """The entry's value; fails the test when the command is refused."""
        verdict = self.send(topic, key, value, now)
        assert verdict.topic == CONTROL_ACCEPTED, dict(verdict.headers)["reason"].decode()
        entry: Wire = json.loads(verdict.value or b"")
        return entry

    def refuse(self, topic: str, key: str, value: object, now: int = NOON) -> str:
        """The reason; fails the test when the command is accepted."""
        before = self.state
        verdict = self.send(topic, key, value, now)
        assert verdict.topic == CONTROL_REJECTED, verdict.value
        assert self.judge.state is before or self.judge.state == before
        return reason_of(verdict)

    def goal(self, **fields: Any) -> Wire:
        """Accept `a_goal`; returns the goal as it is in force."""
        wire = a_goal(**fields)
        value: Wire = self.accept("goals", wire["goal_id"], wire)["value"]
        return value

    def refuse_goal(self, **fields: Any) -> str:
        wire = a_goal(**fields)
        return self.refuse("goals", wire["goal_id"], wire)

    def snapshot(self, day: str) -> Wire:
        return self.accept("snapshot-requests", day, {"as_of": day})

    def user(self, user_id: str, **fields: Any) -> Wire:
        return self.accept("directory", f"user:{user_id}", fields)


def reason_of(verdict: Output) -> str:
    return dict(verdict.headers)["reason"].decode()


def a_goal(**fields: Any) -> Wire:
    """Ten closed tickets a month for ada, all of 2025; a field given as None is left out."""
    wire: Wire = {
        "goal_id": "g",
        "name": "Ten a month",
        "template": "tickets-closed",
        "duration": "monthly",
        "start_date": "2025-01-01",
        "contributors": [ada()],
        **fields,
    }
    return {name: value for name, value in wire.items() if value is not None}


def ada(**fields: Any) -> Wire:
    """The user ada with the target 10."""
    return given({"kind": "user", "id": "ada", "target": 10, **fields})


def given(wire: Wire) -> Wire:
    """Without the fields that are None."""
    return {name: value for name, value in wire.items() if value is not None}


def custom(**measure: Any) -> Wire:
    """The fields of a goal from scratch with this measure."""
    return {"template": "custom", "measure": {"fact": "response", "statistic": "average", **measure}}
