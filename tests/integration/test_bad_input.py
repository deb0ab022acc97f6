"""What breaks a rule is kept, once, and processing goes on; what can't work is said in one clear line (SPEC 2)."""

import subprocess
from collections import Counter
from pathlib import Path
from random import Random
from typing import Any

import orjson
from aiokafka import AIOKafkaProducer
from aiokafka.admin import AIOKafkaAdminClient, NewTopic

from agents.clock import now
from agents.config import EngineConfig
from agents.topics import LARGEST_READ
from schemas import topics
from tests.integration.system import System, running
from tests.oracle.generate import every_invalid_kind, generate


async def test_rejected_events_lie_byte_for_byte_with_their_headers_and_the_rest_is_counted(
    kafka: str, namespace: str, tmp_path: Path
) -> None:
    invalid = list(every_invalid_kind(seed=1).values())
    valid = generate(seed=2, tickets=20, invalid=0)
    async with running(kafka, namespace, tmp_path) as system:
        await system.publish([*valid[:10], *invalid, *valid[10:]])
        await system.settled()
        rejected = await system.read(topics.TICKET_EVENTS_REJECTED, system.config.partitions)
        assert Counter((each.key, each.value) for each in rejected) == Counter(
            (each.key, each.value) for each in invalid
        )
        sources = set()
        for each in rejected:
            headers = dict(each.headers)
            assert headers["reason"]
            source = (headers["topic"].decode(), int(headers["partition"]), int(headers["offset"]))
            sources.add(source)
            assert (each.key, each.value) in await contents(system, *source)
        assert len(sources) == len(invalid)


async def test_what_is_as_large_as_the_topics_take_or_stamped_ahead_of_the_clock_is_set_aside_and_holds_nothing_up(
    kafka: str, namespace: str, tmp_path: Path
) -> None:
    largest = Random(0).randbytes(LARGEST_READ - 100)
    overfilling = [crowded(number) for number in range(10)]
    in_microseconds = now() * 1000
    await create_for_any_timestamp(EngineConfig(kafka, namespace), topics.TICKET_CLOSED)
    async with running(kafka, namespace, tmp_path, partitions=1) as system:
        await publish(system, topics.TICKET_CREATED, largest)
        await publish(system, topics.TICKET_CLOSED, b"ahead", in_microseconds)
        for event in overfilling:
            await publish(system, topics.TICKET_CREATED, event)
        await publish(system, topics.GOALS, largest)
        await system.command(topics.GOALS, {"g": goal("u", 5)})
        await system.verdicts(2)
        await system.settled()
        rejected = await system.read(topics.TICKET_EVENTS_REJECTED, 1)
        assert {each.value for each in rejected} - set(overfilling) == {largest, b"ahead"}
        assert 2 < len(rejected) < 2 + len(overfilling)
        assert [each.value for each in await system.read(topics.CONTROL_REJECTED, 1)] == [largest]


def crowded(number: int) -> bytes:
    """An event of ticket `k` with nearly as many attributes as can be, of names that no other such event has."""
    fields = {"event_id": f"e{number}", "ticket_id": "k", "occurred_at": "2026-01-01T00:00:00Z", "pipeline_id": "p"}
    return orjson.dumps(fields | {"attributes": {f"{number}{each:x}": 0.5 for each in range(80_000)}})


async def publish(system: System, topic: str, value: bytes, timestamp: int | None = None) -> None:
    """As it is, not compressed."""
    producer = AIOKafkaProducer(bootstrap_servers=system.config.broker, max_request_size=2 * LARGEST_READ)
    await producer.start()
    await producer.send_and_wait(system.config.topic(topic), value=value, key=b"k", timestamp_ms=timestamp)
    await producer.stop()


async def create_for_any_timestamp(config: EngineConfig, topic: str) -> None:
    """Kafka 4 by itself refuses what is stamped more than an hour ahead; earlier versions don't."""
    setting = {"message.timestamp.after.max.ms": str(2**63 - 1)}
    admin = AIOKafkaAdminClient(bootstrap_servers=config.broker)
    await admin.start()
    await admin.create_topics([NewTopic(config.topic(topic), 1, 1, topic_configs=setting)])
    await admin.close()


async def contents(system: System, topic: str, partition: int, offset: int) -> list[tuple[bytes | None, bytes | None]]:
    """The record that the headers of a reject point at."""
    records = await system.read(topic, system.config.partitions)
    return [(each.key, each.value) for each in records if (each.partition, each.offset) == (partition, offset)]


def goal(user: str, target: int) -> dict[str, Any]:
    """A goal for one user."""
    contributors = [{"kind": "user", "id": user, "target": target}]
    template = {"template": "tickets-closed", "duration": "monthly", "start_date": "2026-01-01"}
    return {"goal_id": "g", "name": "G", **template, "contributors": contributors}


async def test_refused_commands_are_kept_with_the_reason_and_what_stood_stays(
    kafka: str, namespace: str, tmp_path: Path
) -> None:
    right, wrong = goal("u", 5), goal("u", 0)
    async with running(kafka, namespace, tmp_path) as system:
        await system.command(topics.GOALS, {"g": right})
        await system.verdicts(1)
        await system.command(topics.GOALS, {"g": wrong})
        await system.verdicts(2)
        (refused,) = await system.read(topics.CONTROL_REJECTED, 1)
        assert dict(refused.headers)["reason"].startswith(b"contributors[0].target")
        assert orjson.loads(refused.value or b"") == wrong
        assert [entry["value"]["version"] for _, entry in await system.accepted()] == [1]


async def test_a_directory_and_goals_published_before_any_worker_runs_are_judged_in_their_order(
    kafka: str, namespace: str, tmp_path: Path
) -> None:
    async with running(kafka, namespace, tmp_path, workers=0) as system:
        await system.command(topics.DIRECTORY, {"user:early": {"name": "Early"}, "user:late": {"name": "Late"}})
        await system.command(topics.GOALS, {"g": goal("late", 5)})
        system.start_worker()
        await system.verdicts(3)
        assert [entry["topic"] for _, entry in await system.accepted()] == ["directory", "directory", "goals"]


async def test_a_worker_refuses_ticket_topics_with_different_partition_counts_naming_them(
    kafka: str, namespace: str, tmp_path: Path
) -> None:
    config = EngineConfig(broker=kafka, namespace=namespace)
    admin = AIOKafkaAdminClient(bootstrap_servers=kafka)
    await admin.start()
    await admin.create_topics([NewTopic(config.topic(name), count, 1) for name, count in UNEVEN])
    await admin.close()
    worker = System(config, tmp_path).start_worker()
    assert worker.wait(60) == 1
    (line,) = (tmp_path / "worker-1.log").read_text().splitlines()
    assert "ticket-created has 4" in line
    assert "ticket-closed has 3" in line


UNEVEN = [("ticket-created", 4), ("ticket-closed", 3)]


async def test_a_worker_without_a_broker_says_so_in_one_line(tmp_path: Path) -> None:
    worker = System(EngineConfig(broker="127.0.0.1:1"), tmp_path).start_worker()
    assert worker.wait(60) == 1
    (line,) = (tmp_path / "worker-1.log").read_text().splitlines()
    assert "SERVICE_GOALS_BROKER=127.0.0.1:1" in line


def test_a_wrong_setting_is_refused_with_its_name_value_and_remedy(tmp_path: Path) -> None:
    system = System(EngineConfig(), tmp_path)
    worker: subprocess.Popen[bytes] = system.start_worker(SERVICE_GOALS_PARTITIONS="many")
    assert worker.wait(60) == 1
    (line,) = (tmp_path / "worker-1.log").read_text().splitlines()
    assert "SERVICE_GOALS_PARTITIONS=many" in line
