"""The embedded Kafka is a real one: transactions, large records, data that survive stops and crashes."""

import asyncio
import subprocess
import sys
from pathlib import Path

import pytest
from aiokafka import AIOKafkaConsumer, AIOKafkaProducer, TopicPartition
from aiokafka.admin import AIOKafkaAdminClient, NewTopic

from service_goals.embedded import EmbeddedError, EmbeddedKafka
from tests.integration.test_embedded_valkey import wait_until_gone

FOUR_MIB = 4 * 1024 * 1024

PARENT = """
import asyncio, pathlib, sys, time
from service_goals.embedded import EmbeddedKafka
broker = EmbeddedKafka(pathlib.Path(sys.argv[1]))
asyncio.run(asyncio.to_thread(broker.start))
print(broker.pid, broker.bootstrap, flush=True)
time.sleep(600)
"""


def start_in_another_process(data_dir: Path) -> tuple[subprocess.Popen[str], int, str]:
    """The process that started a broker from a thread of a pool, the broker's process id, and its address."""
    parent = subprocess.Popen([sys.executable, "-c", PARENT, str(data_dir)], stdout=subprocess.PIPE, text=True)
    assert parent.stdout is not None
    with parent.stdout:
        pid, bootstrap = parent.stdout.readline().split()
    return parent, int(pid), bootstrap


async def create(bootstrap: str, topic: str) -> None:
    """A topic with one partition that takes records of 4 MiB."""
    admin = AIOKafkaAdminClient(bootstrap_servers=bootstrap)
    await admin.start()
    try:
        await admin.create_topics([NewTopic(topic, 1, 1, topic_configs={"max.message.bytes": str(5 * 1024 * 1024)})])
    finally:
        await admin.close()


async def write(bootstrap: str, topic: str, value: bytes) -> None:
    """One record, in a transaction."""
    producer = AIOKafkaProducer(
        bootstrap_servers=bootstrap, transactional_id=f"{topic}-writer", max_request_size=5 * 1024 * 1024
    )
    await producer.start()
    try:
        async with producer.transaction():
            await producer.send_and_wait(topic, value)
    finally:
        await producer.stop()


async def read(bootstrap: str, topic: str, count: int) -> list[bytes]:
    """The first `count` committed records."""
    consumer = AIOKafkaConsumer(bootstrap_servers=bootstrap, isolation_level="read_committed")
    await consumer.start()
    try:
        consumer.assign([TopicPartition(topic, 0)])
        await consumer.seek_to_beginning()
        return [(await asyncio.wait_for(consumer.getone(), 30)).value for _ in range(count)]
    finally:
        await consumer.stop()


async def test_a_record_of_four_mebibytes_goes_through_a_transaction(kafka: str, namespace: str) -> None:
    await create(kafka, namespace)
    await write(kafka, namespace, b"x" * FOUR_MIB)
    assert await read(kafka, namespace, 1) == [b"x" * FOUR_MIB]


async def test_data_survive_a_stop_and_a_killed_parent_and_the_broker_dies_with_it(tmp_path: Path) -> None:
    parent, pid, bootstrap = await asyncio.to_thread(start_in_another_process, tmp_path)
    await create(bootstrap, "kept")
    await write(bootstrap, "kept", b"before the crash")
    parent.kill()
    broker = EmbeddedKafka(tmp_path, int(bootstrap.partition(":")[2]))
    try:
        await asyncio.to_thread(broker.start)
        parent.wait()
        wait_until_gone(pid)
        await write(bootstrap, "kept", b"before the stop")
        await asyncio.to_thread(broker.stop)
        await asyncio.to_thread(broker.start)
        assert await read(bootstrap, "kept", 2) == [b"before the crash", b"before the stop"]
    finally:
        await asyncio.to_thread(broker.stop)


def test_a_port_in_use_is_named_in_one_line(kafka: str, tmp_path: Path) -> None:
    port = int(kafka.partition(":")[2])
    with pytest.raises(EmbeddedError) as refusal:
        EmbeddedKafka(tmp_path, port).start()
    assert str(refusal.value) == f"port {port} for Kafka: Address already in use; choose another port"


def test_a_wrong_setting_is_named_in_one_line(tmp_path: Path) -> None:
    broker = EmbeddedKafka(tmp_path, settings={"num.io.threads": "many"})
    with pytest.raises(
        EmbeddedError, match=r"a wrong setting: Invalid value many for configuration num\.io\.threads"
    ) as (refusal):
        broker.start()
    assert "\n" not in str(refusal.value)
    assert broker.pid is None
