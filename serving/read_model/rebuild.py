"""A read model from nothing, beside the one in use: people see the old one until the new one is complete."""

from collections.abc import Callable

from redis.asyncio import Redis

from agents.config import EngineConfig
from serving.read_model.filler import fill, sources
from serving.read_model.keys import Keys
from serving.read_model.store import Store


async def rebuild(config: EngineConfig, client: Redis, on_progress: Callable[[int], None]) -> int:
    """Fill a new generation up to now and switch to it; its number. `on_progress`: how many offsets are left."""
    store = Store(client, Keys(config.prefix))

    def goes_on(left: int) -> bool:
        on_progress(left)
        return left > 0

    async with sources(config) as consumer:
        place = await fill(consumer, config, store, await store.begin(), goes_on, in_use=False)
    await store.switch(place.generation)
    return place.generation
