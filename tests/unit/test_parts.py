"""A server is ready when its parts are, and never when one of them has ended."""

import asyncio
import re

import pytest

from agents.ending import end
from serving.parts import PartEndedError, started, until_ready

LONG = 30.0


async def going_on() -> None:
    await asyncio.Event().wait()


async def failing() -> None:
    raise ValueError("no such page")


async def test_it_waits_for_all_events() -> None:
    part, events = asyncio.create_task(going_on()), [asyncio.Event(), asyncio.Event()]
    waiting = asyncio.create_task(until_ready([part], events))
    events[0].set()
    await asyncio.wait({waiting}, timeout=0.1)
    assert not waiting.done()
    events[1].set()
    await asyncio.wait_for(waiting, LONG)
    await end(part)


@pytest.mark.parametrize("ready", [True, False])
async def test_a_part_that_ends_is_named_with_its_reason(ready: bool) -> None:
    events = [asyncio.Event()]
    parts = [asyncio.create_task(going_on(), name="index"), asyncio.create_task(failing(), name="read model")]
    await asyncio.wait({parts[1]})
    if ready:
        events[0].set()
    with pytest.raises(PartEndedError, match=re.escape("read model (ValueError('no such page'))")):
        await asyncio.wait_for(until_ready(parts, events), LONG)
    await end(parts[0])


async def test_one_that_ends_when_all_are_ready_is_in_the_log(caplog: pytest.LogCaptureFixture) -> None:
    ends, goes_on = started("index", failing()), started("read model", going_on())
    await asyncio.wait({ends})
    await end(goes_on)
    (record,) = caplog.records
    assert record.message == "index ended"
    assert record.exc_info is not None
    assert isinstance(record.exc_info[1], ValueError)
