"""A real worker says how it is and what it does: `/healthz` and `/metrics` against what was published."""

import asyncio
import json
import time
from collections.abc import Iterable
from pathlib import Path
from urllib.error import HTTPError
from urllib.request import urlopen

from aiokafka import AIOKafkaProducer
from prometheus_client.parser import text_string_to_metric_families

from schemas import topics
from schemas.metrics import (
    CONSUMED,
    CONTRIBUTIONS,
    HEALTHY,
    LAG,
    LAG_AGE,
    METRICS,
    PARTITIONS,
    PREFIX,
    REJECTED,
    ROWS,
    SNAPSHOT_AGE,
    SNAPSHOT_DURATION,
    SNAPSHOTS_WAITING,
    TRANSACTION,
    WRITTEN,
    Metric,
)
from service_goals.embedded.claims import free_port
from tests.integration.system import System, running
from tests.oracle.generate import Message, every_invalid_kind, generate

PARTS = 2
SOURCES = (*topics.TICKET_TOPICS, topics.CONTRIBUTIONS, *topics.COMMAND_TOPICS, topics.CONTROL_ACCEPTED)


class Scrape:
    """What `/metrics` said, as Prometheus reads it."""

    def __init__(self, text: str) -> None:
        families = [family for family in text_string_to_metric_families(text) if family.name.startswith(PREFIX)]
        self.names = {family.name for family in families}
        self._samples = {
            (sample.name, *sorted(sample.labels.values())): sample.value
            for family in families
            for sample in family.samples
        }

    def value(self, metric: Metric, *labels: str, suffix: str = "") -> float:
        return self._samples[metric.wire_name + suffix, *sorted(labels)]

    def by_topic(self, metric: Metric, names: Iterable[str]) -> dict[str, float]:
        found = {name: self._samples.get((metric.wire_name, name)) for name in names}
        return {name: value for name, value in found.items() if value is not None}


def ask(port: int, path: str) -> tuple[int, str]:
    """Status and body; 0 when nobody listens."""
    try:
        with urlopen(f"http://127.0.0.1:{port}{path}", timeout=10) as answer:
            return answer.status, answer.read().decode()
    except HTTPError as error:
        return error.code, error.read().decode()
    except OSError:
        return 0, ""


async def publish_in_a_transaction(system: System, messages: Iterable[Message]) -> None:
    """As a publisher does who leaves transaction markers behind, one in each partition."""
    producer = AIOKafkaProducer(bootstrap_servers=system.config.broker, transactional_id=system.config.namespace)
    await producer.start()
    async with producer.transaction():
        for each in messages:
            await producer.send(system.config.topic(each.topic), each.value, each.key, timestamp_ms=each.timestamp_ms)
    await producer.stop()


async def test_a_worker_says_why_it_is_not_ready_and_counts_what_it_does(
    kafka: str, namespace: str, tmp_path: Path
) -> None:
    valid, invalid = generate(seed=7, tickets=250, invalid=0), list(every_invalid_kind(seed=1).values())
    port = free_port()
    async with running(kafka, namespace, tmp_path, partitions=PARTS, workers=0) as system:
        await publish_in_a_transaction(system, valid)
        await system.publish(invalid)
        # A record a fetch: so slow that the lag is seen before it is gone.
        system.start_worker(SERVICE_GOALS_MONITOR_PORT=str(port), SERVICE_GOALS_MAX_RUN_RECORDS="1")
        said = await until_well(port)
        assert {reason.partition(":")[0] for reason in said} <= {"joining", "recovering"}
        assert said
        await seen_lagging(port)
        await system.command(topics.ACCOUNT, {"account": {"freeze_grace": "P7D"}, "other": {}})
        await system.snapshot("2016-01-01")
        await system.settled()
        seen = await at_rest(port)
        assert seen.names == {PREFIX + metric.name for metric in METRICS if "worker" in metric.processes}
        published = {name: sum(each.topic == name for each in (*valid, *invalid)) for name in topics.TICKET_TOPICS}
        assert seen.by_topic(CONSUMED, published) == published
        assert seen.by_topic(REJECTED, published) == {
            name: sum(each.topic == name for each in invalid) for name in published
        }
        assert seen.value(CONSUMED, topics.ACCOUNT) == 2
        assert seen.value(REJECTED, topics.ACCOUNT) == 1
        assert seen.value(WRITTEN, topics.TICKET_EVENTS_REJECTED) == len(invalid)
        assert seen.value(WRITTEN, topics.CONTRIBUTIONS) == len(await system.read(topics.CONTRIBUTIONS, PARTS))
        assert seen.value(CONTRIBUTIONS) > 0
        for table in ("tickets", "aggregates"):
            assert seen.value(ROWS, table) == len(await system.changelog(table))
            assert seen.value(PARTITIONS, table, "running") == PARTS
            assert seen.value(TRANSACTION, table, suffix="_count") > 0
        assert seen.value(SNAPSHOTS_WAITING) == 0
        assert 0 < seen.value(SNAPSHOT_AGE) < 600
        assert seen.value(SNAPSHOT_DURATION, suffix="_count") == PARTS
        assert seen.value(HEALTHY, "worker") == 1


async def until_well(port: int) -> set[str]:
    """What `/healthz` said while it answered 503, until it answered 200."""
    said: set[str] = set()
    while True:
        status, body = await asyncio.to_thread(ask, port, "/healthz")
        if status == 503:
            assert json.loads(body)["status"] == "unwell"
            said |= set(json.loads(body)["reasons"])
        elif status == 200:
            assert json.loads(body)["reasons"] == []
            return said
        await asyncio.sleep(0.02)


async def seen_lagging(port: int) -> None:
    """Until there is a lag, which there must be."""
    async with asyncio.timeout(30):
        while True:
            if any((await scrape(port)).by_topic(LAG, topics.TICKET_TOPICS).values()):
                return
            await asyncio.sleep(0.02)


async def scrape(port: int) -> Scrape:
    status, body = await asyncio.to_thread(ask, port, "/metrics")
    assert status == 200
    return Scrape(body)


async def at_rest(port: int) -> Scrape:
    """The metrics once no topic has a lag, by an answer of Kafka that is younger than this call."""
    async with asyncio.timeout(60):
        called = time.monotonic()
        while True:
            seen = await scrape(port)
            lag = seen.by_topic(LAG, SOURCES)
            if time.monotonic() - seen.value(LAG_AGE) > called and not any(lag.values()):
                assert lag.keys() == set(SOURCES)
                return seen
            await asyncio.sleep(0.1)
