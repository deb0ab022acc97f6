"""A task that is to end ends, also when a cancellation gets lost on its way."""

import asyncio
from contextlib import suppress

import pytest

from agents.ending import end


async def deaf(times: int) -> None:
    """Loses so many cancellations."""
    for _ in range(times):
        with suppress(asyncio.CancelledError):
            await asyncio.Event().wait()
    await asyncio.Event().wait()


@pytest.mark.parametrize("times", [0, 1, 3])
async def test_it_is_told_until_it_ends(times: int) -> None:
    task = asyncio.create_task(deaf(times))
    await asyncio.sleep(0)
    await end(task, patience=0.01)
    assert task.cancelled()


async def test_how_it_had_ended_is_its_own() -> None:
    task = asyncio.create_task(deaf(-1))
    task.cancel()
    await end(task)

    async def failing() -> None:
        raise KeyError

    failed = asyncio.create_task(failing())
    await asyncio.wait({failed})
    await end(failed)
    assert isinstance(failed.exception(), KeyError)
