"""A signal ends what is being done in order, wherever it comes."""

import asyncio
import os
import signal
from contextlib import suppress

import pytest

from service_goals.signals import run, until_stopped

NUMBERS = (signal.SIGINT, signal.SIGTERM)


def signalled(number: signal.Signals) -> None:
    os.kill(os.getpid(), number)


@pytest.mark.parametrize("number", NUMBERS)
def test_a_block_is_left_and_handlers_are_as_before(number: signal.Signals) -> None:
    before = [signal.getsignal(each) for each in NUMBERS]
    with until_stopped():
        signalled(number)
        pytest.fail("it went on")
    assert [signal.getsignal(each) for each in NUMBERS] == before


@pytest.mark.parametrize("number", NUMBERS)
def test_work_lets_go_of_what_it_holds_and_then_the_block_is_left(number: signal.Signals) -> None:
    released: list[bool] = []

    async def helper() -> None:
        await asyncio.sleep(0)
        signalled(number)
        await asyncio.sleep(60)

    async def work() -> None:
        task = asyncio.create_task(helper())
        try:
            await asyncio.sleep(60)
        finally:
            task.cancel()
            with suppress(asyncio.CancelledError):
                await task
            signalled(number)  # a second one doesn't disturb
            await asyncio.sleep(0)
            released.append(task.cancelled())

    with until_stopped():
        run(work())
        pytest.fail("it went on")
    assert released == [True]


def test_work_that_ends_with_the_signal_is_the_last() -> None:
    async def work() -> None:
        signalled(signal.SIGINT)

    with until_stopped():
        run(work())
        pytest.fail("it went on")


def test_without_a_signal_it_gives_what_the_work_gives() -> None:
    async def work() -> int:
        return 7

    with until_stopped():
        assert run(work()) == 7


def test_a_cancellation_of_its_own_is_none_of_ours() -> None:
    async def work() -> None:
        raise asyncio.CancelledError

    with pytest.raises(asyncio.CancelledError), until_stopped():
        run(work())
