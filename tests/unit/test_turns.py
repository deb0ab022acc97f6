"""Questions that take long hold up neither the event loop nor, for ever, each other."""

import asyncio
import threading

import pytest

from serving import turns
from serving.turns import Overloaded, Turns

LONG = 30.0


async def test_the_event_loop_goes_on_meanwhile() -> None:
    questions, told = Turns("test", at_once=1), threading.Event()
    asking = asyncio.create_task(questions.ask(lambda: told.wait(LONG)))
    await asyncio.sleep(0)
    told.set()
    assert await asking
    questions.close()


async def test_one_too_many_waits_in_vain_and_the_next_is_answered(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(turns, "PATIENCE", 0.1)
    questions, told = Turns("test", at_once=2), threading.Event()
    asking = [asyncio.create_task(questions.ask(lambda: told.wait(LONG))) for _ in range(2)]
    await asyncio.sleep(0)
    with pytest.raises(Overloaded):
        await questions.ask(lambda: None)
    told.set()
    assert await asyncio.gather(*asking) == [True, True]
    assert await questions.ask(lambda: 7) == 7
    questions.close()
