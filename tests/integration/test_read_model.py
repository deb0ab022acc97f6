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
from serving.live.hub import Hub, Watched, frame
from serving.live.stream import stream
from serving.read_model.filler import Filler
from serving.read_model.keys import NOTIFICATIONS, STATUSES, Keys
from serving.read_model.rebuild import rebuild
from serving.read_model.store import FOLLOWED, Moved, Store, Told
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


class _Noted(asyncio.Event):
    """Notes how often it was taken back."""

    taken_back = 0

    def clear(self) -> None:
        self.taken_back += 1
        super().clear()


async def test_a_lost_read_model_is_filled_again(kafka: str, namespace: str, client: Redis, store: Store) -> None:
    config = EngineConfig(broker=kafka, namespace=namespace, partitions=1)
    await ensure_topics(config)
    await publish(config, [status()])
    filler = Filler(config, store)
    filler.caught_up = caught_up = _Noted()
    async with running(filler.run()):
        await asyncio.wait_for(caught_up.wait(), PATIENCE)
        caught_up.taken_back = 0
        await client.delete(*[key async for key in client.scan_iter(f"{{{namespace}.read-model}}*")])
        await publish(config, [status("other")])
        await until(lambda: _holds(store, 2))
        await asyncio.wait_for(caught_up.wait(), PATIENCE)
    assert caught_up.taken_back == 1, "who asks is told that it catches up, and no more often than it does"


class _Overtaken(Store):
    """Another read model is built and put in use while the first is read."""

    overtakes: Callable[[], Awaitable[object]] | None = None

    async def values(self, generation: int, name: str) -> AsyncIterator[list[tuple[str, bytes]]]:
        if self.overtakes is not None:
            overtakes, self.overtakes = self.overtakes, None
            await overtakes()
        async for part in super().values(generation, name):
            yield part


async def test_an_index_is_never_made_of_what_is_being_deleted(
    kafka: str, namespace: str, client: Redis, store: Store, tmp_path: Path
) -> None:
    config = EngineConfig(broker=kafka, namespace=namespace, partitions=1)
    await ensure_topics(config)
    await publish(config, [status()])
    await rebuild(config, client, lambda _: None)
    overtaken = _Overtaken(client, Keys(f"{namespace}."))
    overtaken.overtakes = lambda: rebuild(config, client, lambda _: None)
    database, told = Database(tmp_path / "index.sqlite", SCHEMA), list[Told]()

    def hear(events: list[Told]) -> int:
        told.extend(events)
        return len(events)

    mirror = Mirror(overtaken, database, hear)
    try:
        async with running(mirror.run()):
            await asyncio.wait_for(mirror.loaded.wait(), PATIENCE)
            assert await _rows(database, 1)
            assert [each.kind for each in told] == ["reset"]
    finally:
        database.close()


class _Outrun(Store):
    """More is told than is kept, between the reading of the first read model and that of its first events."""

    outruns: Callable[[], Awaitable[object]] | None = None

    async def values(self, generation: int, name: str) -> AsyncIterator[list[tuple[str, bytes]]]:
        async for part in super().values(generation, name):
            yield part
        if name == NOTIFICATIONS and self.outruns is not None:
            outruns, self.outruns = self.outruns, None
            await outruns()


async def test_events_that_are_dropped_before_the_first_was_read_are_missed(
    client: Redis, namespace: str, store: Store, tmp_path: Path
) -> None:
    run = [(topics.GOAL_STATUS, record(status(f"g{number}"))) for number in range(FOLLOWED + 10)]
    place = await store.place()

    async def outrun() -> None:
        await store.apply(place, {"goal-status|0": len(run)}, writes(run))
        await client.xtrim(Keys(f"{namespace}.").events, maxlen=FOLLOWED, approximate=False)

    outrunning = _Outrun(client, Keys(f"{namespace}."))
    outrunning.outruns = outrun
    database = Database(tmp_path / "index.sqlite", SCHEMA)
    mirror = Mirror(outrunning, database, len)
    try:
        async with running(mirror.run()):
            await until(lambda: _rows(database, len(run)))
    finally:
        database.close()


async def test_the_index_says_how_fresh_it_is_only_once_it_is(store: Store, tmp_path: Path) -> None:
    place = await store.place()
    database, heard = Database(tmp_path / "index.sqlite", SCHEMA), asyncio.Event()

    def hear(events: list[Told]) -> int:
        if events[-1].kind == "status":
            heard.set()
        return len(events)

    mirror = Mirror(store, database, hear)
    try:
        async with running(mirror.run()):
            await asyncio.wait_for(mirror.loaded.wait(), PATIENCE)
            before = mirror.seen
            await store.apply(place, {"goal-status|0": 1}, writes([(topics.GOAL_STATUS, record(status()))]))
            await asyncio.wait_for(heard.wait(), PATIENCE)
            assert (before.computed_at, mirror.seen.computed_at) == (None, status()["computed_at"])
    finally:
        database.close()


async def test_a_slow_reader_who_is_overtaken_by_what_is_dropped_starts_over(
    client: Redis, namespace: str, store: Store
) -> None:
    run = [(topics.GOAL_STATUS, record(status(f"g{number}"))) for number in range(FOLLOWED + 2)]
    await store.apply(await store.place(), {"goal-status|0": len(run)}, writes(run))
    hub = Hub(1, share=False)
    hub.last = await store.last_event()
    with hub.watching(Watched(), "") as watcher:
        frames = stream(hub, store, watcher, await store.first_event())
        said = [await anext(frames), await anext(frames)]
        await client.xtrim(Keys(f"{namespace}.").events, maxlen=1, approximate=False)
        while b"event: reset" not in said[-1]:
            said.append(await asyncio.wait_for(anext(frames), PATIENCE))
    assert said[-1] == frame(hub.last, "reset", b"{}")


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
