"""Publishing commands: checked here first, then published in order, done when they are in force."""

import asyncio
import time
from collections import Counter
from dataclasses import dataclass
from typing import Any, Final

import orjson
from aiokafka import AIOKafkaConsumer, TopicPartition

from agents.clock import now
from agents.config import EngineConfig
from schemas import topics
from service_goals.client.kafka import consuming, partitions_of, producing, read_spine
from service_goals.errors import CommandError
from streams.judge import Judge

PATIENCE: Final = 60.0
"""Seconds to wait for the workers' verdict."""


@dataclass(frozen=True)
class Command:
    """One command, and where the user has it from."""

    topic: str
    key: str
    value: dict[str, Any] | None
    origin: str = ""

    @property
    def payload(self) -> bytes | None:
        """As it is published."""
        return None if self.value is None else orjson.dumps(self.value)


@dataclass(frozen=True)
class _Record:
    """What a command will be as a record, for the judge."""

    key: bytes
    value: bytes | None
    partition: int = 0
    offset: int = 0
    timestamp: int = 0


async def submit(config: EngineConfig, commands: list[Command]) -> None:
    """Check all of them, publish them, wait until they are in force. CommandError: none was written, or who refused."""
    judge = Judge((await read_spine(config)).state)
    refused = [line for command in commands if (line := _refusal(judge, command))]
    if refused:
        raise CommandError(*refused)
    async with consuming(config) as consumer:
        verdicts = _Verdicts(config, consumer)
        await verdicts.begin()
        async with producing(config) as producer:
            for command in commands:
                sent = await producer.send_and_wait(
                    config.topic(command.topic), value=command.payload, key=command.key.encode(), partition=0
                )
                verdicts.expect(command, sent.offset)
        await verdicts.wait()


def _refusal(judge: Judge, command: Command) -> str | None:
    verdict = judge.judge(command.topic, _Record(command.key.encode(), command.payload), now(), {})
    if verdict.topic == topics.CONTROL_ACCEPTED:
        return None
    reason = dict(verdict.headers)["reason"].decode()
    return f"{command.origin}: {reason}" if command.origin else reason


class _Verdicts:
    """Follows both verdict topics from before the commands were published."""

    def __init__(self, config: EngineConfig, consumer: AIOKafkaConsumer) -> None:
        self._consumer = consumer
        self._accepted = TopicPartition(config.topic(topics.CONTROL_ACCEPTED), 0)
        self._rejected = TopicPartition(config.topic(topics.CONTROL_REJECTED), 0)
        self._waiting: Counter[bytes] = Counter()
        self._origins: dict[tuple[str, int], Command] = {}

    async def begin(self) -> None:
        tps = [self._accepted, self._rejected]
        self._consumer.assign(tps)
        await self._consumer.seek_to_end(*tps)
        for tp in tps:
            await self._consumer.position(tp)

    def expect(self, command: Command, offset: int) -> None:
        self._waiting[f"{command.topic}|{command.key}".encode()] += 1
        self._origins[command.topic, offset] = command

    async def wait(self) -> None:
        deadline = time.monotonic() + PATIENCE
        while self._waiting:
            for tp, records in (await self._consumer.getmany(timeout_ms=200)).items():
                for record in records:
                    if tp == self._accepted:
                        self._done(record.key)
                    else:
                        self._refused(dict(record.headers))
            if time.monotonic() > deadline:
                raise CommandError(
                    f"{len(self._origins)} published, {self._waiting.total()} not judged after {PATIENCE:g} s; "
                    "start a worker (service-goals worker), then see service-goals goals list"
                )

    def _done(self, key: bytes) -> None:
        if self._waiting[key] <= 1:
            self._waiting.pop(key, None)
        else:
            self._waiting[key] -= 1

    def _refused(self, headers: dict[str, bytes]) -> None:
        command = self._origins.get((headers["topic"].decode(), int(headers["offset"])))
        if command is not None:
            where = f"{command.origin}: " if command.origin else ""
            raise CommandError(f"{where}{headers['reason'].decode()} (another command came first)")


async def until_applied(config: EngineConfig, offset: int) -> None:
    """Wait until every partition of the contributors stage has applied the spine up to `offset`."""
    async with consuming(config) as consumer:
        wanted = len(await partitions_of(config, [topics.CONTRIBUTIONS]))
        tp = TopicPartition(config.topic(topics.APPLIED), 0)
        consumer.assign([tp])
        await consumer.seek_to_beginning(tp)
        reached: dict[bytes, int] = {}
        since = time.monotonic()
        while sum(at >= offset for key, at in reached.items() if key.startswith(b"contributors|")) < wanted:
            for record in (await consumer.getmany(timeout_ms=200)).get(tp, ()):
                reached[record.key] = int(record.value)
                since = time.monotonic()
            if time.monotonic() - since > PATIENCE:
                raise CommandError(
                    f"no progress of the snapshot for {PATIENCE:g} s; see whether workers run, it goes on by itself"
                )
            await asyncio.sleep(0)
