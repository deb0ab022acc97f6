"""Publishing commands: checked here first, then published in order, done when their verdicts are durable."""

import asyncio
from collections.abc import Mapping
from typing import NamedTuple

import msgspec
from aiokafka import AIOKafkaConsumer, TopicPartition

from agents.changelog import RawRecord
from agents.clock import now
from agents.config import EngineConfig
from agents.topics import ensure_topics
from schemas import topics
from schemas.records import Unpublished
from service_goals.client.kafka import consuming, producing, read_spine, written_ends
from service_goals.client.offsets import committed_offsets
from service_goals.client.patience import LOOK, Patience
from service_goals.errors import CommandError
from streams.judge import Judge


class Command(NamedTuple):
    """One command, and where the user has it from (empty: from the command line)."""

    topic: str
    key: str
    value: object
    """What becomes its JSON; None deletes."""
    origin: str = ""

    @property
    def payload(self) -> bytes | None:
        """As it is published."""
        return None if self.value is None else msgspec.json.encode(self.value)

    def told(self, reason: str) -> str:
        """A reason to refuse it, with its origin."""
        return f"{self.origin}: {reason}" if self.origin else reason


async def submit(config: EngineConfig, commands: list[Command]) -> list[RawRecord]:
    """Check all commands, publish them in order, wait for the workers' verdicts.

    Returns what was accepted meanwhile (records of `control-accepted`, those of others too). CommandError: one or more
    are refused, and then none was written; or the workers refuse one after all; or no worker judges.
    """
    await ensure_topics(config)
    check(Judge((await read_spine(config)).state), commands)
    async with consuming(config) as verdicts:
        begin = await verdicts.end_offsets(_verdict_topics(config))
        published = await _publish(config, commands)
        await _judged(config, published)
        records = await _read_verdicts(config, verdicts, begin)
    _raise_refusals(config, records, published)
    return [record for record in records if record.topic == config.topic(topics.CONTROL_ACCEPTED)]


def check(judge: Judge, commands: list[Command]) -> None:
    """Judge them here, one after the other. CommandError has a line for each that is refused."""
    refused = []
    for command in commands:
        record = Unpublished(command.key.encode(), command.payload)
        verdict = judge.judge(command.topic, record, now(), {})
        if verdict.topic != topics.CONTROL_ACCEPTED:
            refused.append(command.told(dict(verdict.headers)["reason"].decode()))
    if refused:
        raise CommandError(*refused)


Published = Mapping[tuple[str, int], Command]
"""By topic without the namespace and offset."""


def _verdict_topics(config: EngineConfig) -> list[TopicPartition]:
    return [TopicPartition(config.topic(name), 0) for name in (topics.CONTROL_ACCEPTED, topics.CONTROL_REJECTED)]


async def _publish(config: EngineConfig, commands: list[Command]) -> Published:
    async with producing(config) as producer:
        sent = [
            await producer.send(config.topic(each.topic), value=each.payload, key=each.key.encode(), partition=0)
            for each in commands
        ]
        offsets = [done.offset for done in await asyncio.gather(*sent)]
    return {(command.topic, offset): command for command, offset in zip(commands, offsets, strict=True)}


async def _judged(config: EngineConfig, published: Published) -> None:
    """Wait until the workers' group has committed past what was published: the verdicts are in the same transaction."""
    patience = Patience(
        "published, but no worker judges; start one (service-goals worker), it will take up what is published"
    )
    last = dict(sorted(published))
    while True:
        committed = await committed_offsets(config)
        reached = {topic: committed.get(TopicPartition(config.topic(topic), 0), 0) for topic in last}
        if all(reached[topic] > offset for topic, offset in last.items()):
            return
        patience.look(reached)
        await asyncio.sleep(LOOK)


async def _read_verdicts(
    config: EngineConfig, consumer: AIOKafkaConsumer, begin: Mapping[TopicPartition, int]
) -> list[RawRecord]:
    """All verdicts since `begin`. The group's commit may show a moment before the verdicts of its transaction do, so
    read as far as anything was written, committed or not."""
    tps = list(begin)
    end = await written_ends(config, tps)
    consumer.assign(tps)
    for tp, offset in begin.items():
        consumer.seek(tp, offset)
    records: list[RawRecord] = []
    patience = Patience("the verdicts don't become durable; see whether Kafka is well")
    while True:
        positions = {tp: await consumer.position(tp) for tp in tps}
        if all(positions[tp] >= end[tp] for tp in tps):
            return records
        patience.look(positions)
        for batch in (await consumer.getmany(timeout_ms=100)).values():
            records += batch


def _raise_refusals(config: EngineConfig, records: list[RawRecord], published: Published) -> None:
    refused = []
    for record in records:
        if record.topic == config.topic(topics.CONTROL_REJECTED):
            headers = dict(record.headers)
            command = published.get((headers["topic"].decode(), int(headers["offset"])))
            if command is not None:
                refused.append(command.told(headers["reason"].decode()))
    if refused:
        count = len(published) - len(refused)
        raise CommandError(*refused, f"another command came in between; {count} of {len(published)} are in force")
