"""The read model on a real Kafka and Valkey: filled once, however many fill it; followed; built anew."""

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable, Sequence
from contextlib import asynccontextmanager, suppress
from pathlib import Path
from typing import Any

import orjson
import pytest
from redis.asyncio import Redis

from agents import clients
from agents.config import EngineConfig
from agents.topics import ensure_topics
from schemas import topics
from service_goals.redis_client import redis_client
from service_goals.security_settings import SecuritySettings
from serving.index.database import Database
from serving.index.mirror import Mirror
from serving.index.rows import SCHEMA
from serving.read_model.filler import Filler
from serving.read_model.keys import STATUSES, Keys
from serving.read_model.rebuild import rebuild
from serving.read_model.store import Moved, Store, Told
from serving.read_model.writes import writes
from tests.serving.builders import key_of, record, status

PATIENCE = 30.0


@pytest.fixture
async def client(valkey: str) -> AsyncIterator[Redis]:
    async with redis_client(SecuritySettings.model_validate({"redis": valkey})) as client:
        yield client


@pytest.fixture
def store(client: Redis, namespace: str) -> Store:
    return Store(client, Keys(f"{namespace}."))


async def statuses(store: Store) -> dict[str, bytes]:
    generation = (await store.place()).generation
    return {key: body async for part in store.values(generation, STATUSES) for key, body in part}


async def until(condition: Callable[[], Awaitable[bool]]) -> None:
    async with asyncio.timeout(PATIENCE):
        while not await condition():  # noqa: ASYNC110 - what is waited for is in other programs
            await asyncio.sleep(0.02)


@asynccontextmanager
async def running(*jobs: Awaitable[None]) -> AsyncIterator[None]:
    tasks = [asyncio.ensure_future(job) for job in jobs]
    try:
        yield
    finally:
        for task in tasks:
            task.cancel()
            with suppress(asyncio.CancelledError):
                await task


async def test_who_writes_from_a_former_place_is_told_and_changes_nothing(store: Store) -> None:
    place = await store.place()
    await store.apply(place, {"goal-status|0": 1}, writes([(topics.GOAL_STATUS, record(status(actual=1)))]))
    with pytest.raises(Moved):
        await store.apply(place, {"goal-status|0": 1}, writes([(topics.GOAL_STATUS, record(status(actual=2)))]))
    assert orjson.loads((await statuses(store))[key_of(status())])["actual"] == 1
    assert (await store.place()).positions == {"goal-status|0": 1}


async def test_events_are_followed_from_any_of_them(store: Store) -> None:
    place = await store.place()
    for count in range(1, 4):
        run = [(topics.GOAL_STATUS, record(status(count=count)))]
        place = await store.apply(place, {"goal-status|0": count}, writes(run))
    everything = await store.events("0-0")
    assert [orjson.loads(event.data)["status"]["count"] for event in everything] == [1, 2, 3]
    assert await store.events(everything[0].id) == everything[1:]
    assert await store.last_event() == everything[-1].id
    assert await store.first_event() == everything[0].id


async def test_two_fillers_fill_it_once_and_the_index_follows(
    kafka: str, namespace: str, client: Redis, store: Store, tmp_path: Path
) -> None:
    config = EngineConfig(broker=kafka, namespace=namespace, partitions=2)
    await ensure_topics(config)
    values = [status(f"g{number}", count=number) for number in range(300)]
    await publish(config, values)
    told: list[Told] = []

    def hear(events: list[Told]) -> int:
        told.extend(events)
        return len(events)

    database = Database(tmp_path / "index.sqlite", SCHEMA)
    first, second = Filler(config, store), Filler(config, store)
    mirror = Mirror(store, database, hear)
    try:
        async with running(first.run(), second.run()):
            await asyncio.wait_for(first.caught_up.wait(), PATIENCE)
            await asyncio.wait_for(second.caught_up.wait(), PATIENCE)
            assert await statuses(store) == {key_of(each): orjson.dumps(each) for each in values}
            assert len(await store.events("0-0")) == len(values)
            async with running(mirror.run()):
                await asyncio.wait_for(mirror.loaded.wait(), PATIENCE)
                await publish(config, [status("g7", count=1000)])
                await until(lambda: _counted(database, 1000))
                assert (mirror.seen.computed_at, [each.kind for each in told[1:]]) == (
                    status()["computed_at"],
                    ["status"],
                )
                await publish(config, [None], key_of(status("g7")))
                await until(lambda: _rows(database, 299))
                await rebuild(config, client, lambda _: None)
                await until(lambda: _reset(told))
                assert await _rows(database, 299)
                assert (await store.place()).generation == 2
                await publish(config, [status("g7", count=2000)])
                await until(lambda: _counted(database, 2000))
    finally:
        database.close()


async def test_a_lost_read_model_is_filled_again(kafka: str, namespace: str, client: Redis, store: Store) -> None:
    config = EngineConfig(broker=kafka, namespace=namespace, partitions=1)
    await ensure_topics(config)
    await publish(config, [status()])
    filler = Filler(config, store)
    async with running(filler.run()):
        await asyncio.wait_for(filler.caught_up.wait(), PATIENCE)
        await client.delete(*[key async for key in client.scan_iter(f"{{{namespace}.read-model}}*")])
        await publish(config, [status("other")])
        await until(lambda: _holds(store, 2))


async def publish(config: EngineConfig, values: Sequence[dict[str, Any] | None], key: str | None = None) -> None:
    producer = clients.producer(config)
    await producer.start()
    try:
        for value in values:
            each = record(value, key)
            await producer.send(config.topic(topics.GOAL_STATUS), key=each.key, value=each.value)
    finally:
        await producer.stop()


async def _holds(store: Store, count: int) -> bool:
    return len(await statuses(store)) == count


async def _rows(database: Database, count: int) -> bool:
    found = await database.query(lambda c: c.execute("SELECT count(*) FROM statuses").fetchone())
    return bool(found[0] == count)


async def _counted(database: Database, count: int) -> bool:
    sql = "SELECT count(*) FROM statuses WHERE count = ?"
    return bool((await database.query(lambda c: c.execute(sql, (count,)).fetchone()))[0] == 1)


async def _reset(told: list[Told]) -> bool:
    return told[-1].kind == "reset"
