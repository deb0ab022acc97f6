"""Makes sure that the topics are there and shaped as the stages need them."""

import asyncio
from collections.abc import Mapping

from aiokafka.admin import AIOKafkaAdminClient, NewTopic
from aiokafka.errors import KafkaConnectionError, TopicAlreadyExistsError, for_code

from agents.asking import administering
from agents.config import EngineConfig
from agents.unreachable import why_unreachable
from schemas import topics

LARGEST_READ, LARGEST_WRITTEN = 4 * 1024 * 1024, 64 * 1024 * 1024
"""Bytes. What is set aside is a record as large as can be read, or larger once unpacked, and the reason; a status bears
names of any length. Were a topic to refuse what is written, the partition that writes it would stand still for ever."""
KEPT = {
    "cleanup.policy": "delete",
    "retention.ms": "-1",
    "retention.bytes": "-1",
    "max.message.bytes": str(LARGEST_READ),
}
WRITTEN = KEPT | {"max.message.bytes": str(LARGEST_WRITTEN)}
COMPACTED = {"cleanup.policy": "compact", "max.message.bytes": str(LARGEST_WRITTEN)}
SEGMENT = 8 * 1024 * 1024
CHANGELOG = COMPACTED | {
    "segment.bytes": str(SEGMENT),
    "max.message.bytes": str(SEGMENT),
    "min.cleanable.dirty.ratio": "0.2",
}
"""Only closed segments are compacted: so much, and a fifth of the rows, recovery may read in vain in each partition."""
ATTEMPTS = 60
"""Half seconds that a just-created topic may take to show its partitions."""


class MisconfiguredError(Exception):
    """The program can't run as it is set up; the message is one line with the remedy."""


Shape = tuple[int, Mapping[str, str]]
"""Partitions and settings of a topic."""


def layout(config: EngineConfig, many: int) -> dict[str, Shape]:
    """Every topic on the broker with its partitions (`many` where it has not just one) and its settings."""
    kept = dict.fromkeys((*topics.TICKET_TOPICS, topics.CONTRIBUTIONS, topics.REBUILDS), many)
    kept |= dict.fromkeys((*topics.COMMAND_TOPICS, topics.CONTROL_ACCEPTED, topics.CUTS), 1)
    written = dict.fromkeys((topics.TICKET_EVENTS_REJECTED, topics.MILESTONE_RESULTS, topics.GOAL_NOTIFICATIONS), many)
    written |= {topics.CONTROL_REJECTED: 1}
    result: dict[str, Shape] = {config.topic(topic): (count, KEPT) for topic, count in kept.items()}
    result |= {config.topic(topic): (count, WRITTEN) for topic, count in written.items()}
    result[config.topic(topics.GOAL_STATUS)] = (many, COMPACTED)
    result |= {config.topic(topic): (1, COMPACTED) for topic in (topics.APPLIED, topics.REBUILT)}
    result |= {config.changelog(table): (many, CHANGELOG) for table in ("tickets", "aggregates")}
    result[config.changelog("judge")] = (1, CHANGELOG)
    return result


async def ensure_topics(config: EngineConfig) -> int:
    """Create what is missing; return the number of partitions of the ticket topics.

    Raises:
        MisconfiguredError: the broker can't be reached, or the partition counts don't go together.
    """
    try:
        async with administering(config) as admin:
            counts = await _counts(admin)
            wanted = layout(config, _partitions(config, counts))
            await _create(admin, config, {name: wanted[name] for name in wanted.keys() - counts.keys()})
            return await _agreed(admin, config)
    except KafkaConnectionError as error:
        raise MisconfiguredError(await why_unreachable(config)) from error


async def _counts(admin: AIOKafkaAdminClient) -> dict[str, int]:
    names = await admin.list_topics()
    described = await admin.describe_topics(names) if names else []
    return {topic["topic"]: len(topic["partitions"]) for topic in described}


def _partitions(config: EngineConfig, counts: Mapping[str, int]) -> int:
    """New topics follow the ticket topics that are there; the setting decides when there is none."""
    found = {counts[config.topic(topic)] for topic in topics.TICKET_TOPICS if counts.get(config.topic(topic))}
    return max(found, default=config.partitions)


async def _create(admin: AIOKafkaAdminClient, config: EngineConfig, missing: Mapping[str, Shape]) -> None:
    new = [
        NewTopic(name, count, config.replication, topic_configs=dict(settings))
        for name, (count, settings) in missing.items()
    ]
    if not new:
        return
    response = await admin.create_topics(new)
    for name, code, message in response.topic_errors:
        if code and for_code(code) is not TopicAlreadyExistsError:
            raise MisconfiguredError(f"topic {name} can't be created: {message or for_code(code).__name__}")


async def _agreed(admin: AIOKafkaAdminClient, config: EngineConfig) -> int:
    """The partition count that all partitioned sources share; a just-created topic needs a moment to show its own."""
    names = [config.topic(topic) for topic in (*topics.TICKET_TOPICS, topics.CONTRIBUTIONS, topics.REBUILDS)]
    names += [config.changelog(table) for table in ("tickets", "aggregates")]
    singles = [config.topic(topic) for topic in (*topics.COMMAND_TOPICS, topics.CONTROL_ACCEPTED)]
    for _ in range(ATTEMPTS):
        counts = await _counts(admin)
        if all(counts.get(name) for name in (*names, *singles)):
            break
        await asyncio.sleep(0.5)
    found = {name: counts.get(name, 0) for name in names}
    if len(set(found.values())) != 1:
        listed = ", ".join(f"{name} has {count}" for name, count in sorted(found.items()))
        raise MisconfiguredError(
            f"partition counts differ: {listed}; they must have the same number, create them anew or add partitions"
        )
    for name in singles:
        if counts.get(name) != 1:
            raise MisconfiguredError(
                f"topic {name} has {counts.get(name, 0)} partitions, it must have 1: create it anew"
            )
    return next(iter(found.values()))
