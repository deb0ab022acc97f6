"""A partition of a table remembers every change; the tables' recovery survives a rebalance within another."""

import asyncio
from collections.abc import Callable

import faust
import pytest
from aiokafka.errors import IllegalStateError
from faust.tables.recovery import RebalanceAgain, ServiceStopped

from agents.tables import OwnersRecover, TablePartition

Change = tuple[bytes, bytes | None]


@pytest.mark.parametrize(
    ("act", "changes"),
    [
        (lambda rows: rows.__setitem__(b"a", b"2"), [(b"a", b"2")]),
        (lambda rows: rows.setdefault(b"new", b"2"), [(b"new", b"2")]),
        (lambda rows: rows.setdefault(b"a", b"2"), []),
        (lambda rows: rows.update({b"a": b"2", b"new": b"3"}), [(b"a", b"2"), (b"new", b"3")]),
        (lambda rows: rows.__delitem__(b"a"), [(b"a", None)]),
        (lambda rows: rows.pop(b"a"), [(b"a", None)]),
        (lambda rows: rows.pop(b"new", None), []),
        (lambda rows: rows.popitem(), [(b"a", None)]),
        (lambda rows: rows.clear(), [(b"a", None)]),
    ],
)
def test_what_changed_is_drained_once(act: Callable[[TablePartition], object], changes: list[Change]) -> None:
    rows = TablePartition({b"a": b"1"})
    act(rows)
    assert rows.drain() == changes
    assert rows.drain() == []


class Interrupted(OwnersRecover):
    """Whose streams can't be resumed the first time, as Faust says it when partitions are just changing again."""

    why: type[Exception]
    generations: tuple[int, ...] = ()
    resumed: asyncio.Event

    async def _resume_streams(self, generation_id: int = 0) -> None:
        self.generations += (generation_id,)
        if len(self.generations) == 1:
            await self.on_rebalance(set(), set(), set(), generation_id + 1)
            raise self.why
        self.resumed.set()


@pytest.mark.parametrize("why", [RebalanceAgain, IllegalStateError, ServiceStopped])
async def test_a_rebalance_in_the_middle_of_another_begins_the_resuming_anew(why: type[Exception]) -> None:
    app = faust.App("recovering", autodiscover=False, store="memory://")
    recovery = Interrupted(app, app.tables)
    recovery.why, recovery.resumed = why, asyncio.Event()
    async with recovery:
        await recovery.on_rebalance(set(), set(), set(), 7)
        await asyncio.wait_for(recovery.resumed.wait(), 10)
        assert recovery.generations == (7, 8)
        assert recovery.crashed is False
