"""Setting goals: judged here first, with the judge's own words, then published; done when the verdict is there."""

from collections.abc import Callable
from typing import Final, NamedTuple

import msgspec
from aiokafka import AIOKafkaProducer

from agents.clock import now
from agents.config import EngineConfig
from schemas import topics
from schemas.control import Entry
from schemas.encode_control import goal_wire
from schemas.goals import Goal
from schemas.reading import Refused
from schemas.records import Unpublished
from serving.control import Control
from serving.kafka import judged_until, published_until
from streams.control import ControlState
from streams.judge import Judge

_BEHIND: Final = 1.0
"""Seconds that somebody waits for this server to know a verdict."""
_FIELDS: Final = msgspec.json.Decoder(dict[str, msgspec.Raw])
_ENCODE: Final = msgspec.json.Encoder().encode


class NotJson(ValueError):  # noqa: N818 - a verdict on what was sent
    """The body can't be read."""


class Pending(NamedTuple):
    """Published, and not judged in time."""

    offset: int


class Changed(NamedTuple):
    """Refused by the worker after all."""

    reason: str


def goal_id_of(body: bytes) -> str:
    """The id in a goal. Raises NotJson, or Refused when it names none."""
    raw = _read(body).get("goal_id")
    try:
        return msgspec.json.decode(raw if raw is not None else b"", type=str)
    except (msgspec.DecodeError, UnicodeDecodeError):
        raise Refused("goal_id: missing or no text, give 1 to 100 of A–Z a–z 0–9 . _ -") from None


def without_version(body: bytes, version: int) -> bytes:
    """The goal as sent, but for a version that is the one in force: who edits what they read needn't count."""
    fields = _read(body)
    if bytes(fields.get("version", msgspec.Raw(b""))) == str(version).encode():
        del fields["version"]
        return _ENCODE(fields)
    return body


def without_contributor(goal: Goal, contributor_key: str) -> bytes:
    """The goal as it would be sent without one of its contributors."""
    left = tuple(each for each in goal.contributors if each.key != contributor_key)
    wire = goal_wire(msgspec.structs.replace(goal, contributors=left))
    del wire["version"]
    return _ENCODE(wire)


def judged(state: ControlState, goal_id: str, body: bytes) -> Goal:
    """The goal as it would be in force after `state`. Raises Refused, or NotJson.

    The state is the one in which its writer was found right: a version counted from a later one would win a race that
    its writer has lost.
    """
    _read(body)
    judge = Judge(state)
    verdict = judge.judge(topics.GOALS, Unpublished(goal_id.encode(), body), now(), {})
    if verdict.topic == topics.CONTROL_REJECTED:
        reason = dict(verdict.headers)["reason"].decode()
        raise Refused(f"goal_id{reason[3:]}" if reason.startswith("key:") else reason)
    goal = judge.state.goal(goal_id)
    assert goal is not None
    return goal


class Goals:
    """Writes goals, as one of many."""

    def __init__(self, config: EngineConfig, control: Control, producer: AIOKafkaProducer, wait: float) -> None:
        """`wait`: seconds until a verdict that doesn't come is given up."""
        self._config, self._control, self._producer, self._wait = config, control, producer, wait

    async def put_in_force(self, goal_id: str, goal: Goal | None) -> Goal | Pending | Changed | None:
        """Publish what was judged, its version with it, and wait for the workers' verdict."""
        begin = len(self._control.spine.entries)
        value = _ENCODE(goal_wire(goal)) if goal is not None else None
        topic = self._config.topic(topics.GOALS)
        sent = await self._producer.send_and_wait(topic, value=value, key=goal_id.encode(), partition=0)
        verdict = self._verdict(goal_id, goal, sent.offset, begin)
        found = await self._control.until(verdict, self._wait)
        if found is None:
            return Pending(sent.offset)
        return found if isinstance(found, Changed) else goal

    async def state_of(self, topic: str, offset: int) -> tuple[str, str | None]:
        """`pending`, `accepted` or `refused` with the reason. Raises KafkaError; LookupError: nothing is there."""
        place = topic, offset
        if place not in self._control.refusals:
            if await judged_until(self._config, topic) <= offset:
                if await published_until(self._config, topic) <= offset:
                    raise LookupError(offset)
                return "pending", None
            # The verdict is durable; this server may be behind, and what it doesn't know it doesn't say.
            refused = await published_until(self._config, topics.CONTROL_REJECTED)
            if not await self._control.refusals_until(refused, _BEHIND):
                return "pending", None
        reason = self._control.refusals.get(place)
        return ("refused", reason) if reason is not None else ("accepted", None)

    def _verdict(
        self, goal_id: str, goal: Goal | None, offset: int, begin: int
    ) -> Callable[[], Entry | Changed | None]:
        """What was published is in force when the spine says just that; its refusal names its offset."""

        def found() -> Entry | Changed | None:
            reason = self._control.refusals.get((topics.GOALS, offset))
            if reason is not None:
                return Changed(reason)
            entries = self._control.spine.entries[begin:]
            mine = (one for one in entries if (one.topic, one.key, one.command) == (topics.GOALS, goal_id, goal))
            return next(mine, None)

        return found


def _read(body: bytes) -> dict[str, msgspec.Raw]:
    try:
        return _FIELDS.decode(body)
    except msgspec.ValidationError:
        raise Refused("value: not an object, give a goal as one JSON object") from None
    except (msgspec.DecodeError, UnicodeDecodeError, RecursionError) as error:
        raise NotJson(f"the body is not JSON in UTF-8 ({error}), send one JSON object") from None
