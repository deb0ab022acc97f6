"""Waiting ends with what is waited for, with the time, and with a cancellation, also when they come together."""

import asyncio

import pytest

from agents.clock import rest


async def test_the_event_ends_it() -> None:
    woken = asyncio.Event()
    asyncio.get_running_loop().call_soon(woken.set)
    await rest(woken, None)
    assert woken.is_set()


async def test_the_time_ends_it() -> None:
    woken = asyncio.Event()
    await rest(woken, 0.001)
    assert not woken.is_set()


@pytest.mark.parametrize("ticks", range(4))
async def test_a_cancellation_that_comes_with_the_event_is_not_lost(ticks: int) -> None:
    woken = asyncio.Event()

    async def live() -> None:
        while True:
            await rest(woken, 60)
            woken.clear()

    task = asyncio.create_task(live())
    await asyncio.sleep(0)
    woken.set()
    for _ in range(ticks):
        await asyncio.sleep(0)
    task.cancel()
    done, _ = await asyncio.wait({task}, timeout=1)
    assert done == {task}
