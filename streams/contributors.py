"""The contributors stage: one partition's cells, watched assignments, snapshots and statuses.

What comes in is counted into layers (streams.layers) and, through the roster, into the totals of what is watched
(streams.roster); what goes out is remembered in the table (streams.published). The spine is walked in order. A snapshot
request holds it up until all sources have ticked: then the base cells are its cut and it is taken (streams.snapshot).

The law: results and news are a function of the spine and of the records before the cuts; sources, ticks, entries and
crashes may interleave in any way. Only live statuses look at the clock, which comes in as `now`.
"""

from collections.abc import Callable
from datetime import date
from typing import Final

import msgspec

from schemas.contributions import Anew, Contributions, Message
from schemas.control import SnapshotRequest
from schemas.records import Output
from schemas.topics import APPLIED, REBUILT
from streams.cells import Table
from streams.control import ControlState
from streams.layers import Layers
from streams.live import live_status, stopped_status
from streams.published import Published
from streams.rebuild import Rebuild
from streams.roster import Roster
from streams.snapshot import Snapshot
from streams.spine import Spine
from streams.watches import Watch

_APPLIED: Final = b"\0applied"


class Contributors:
    """The state machine of one partition. Times are milliseconds since the epoch."""

    def __init__(self, table: Table, partition: int, partitions: int, partition_of: Callable[[bytes], int]) -> None:
        """Goes on from what the table has.

        `partitions`: of both stages; `partition_of`: to which one a contributor's `KIND:ID` in UTF-8 belongs.
        """
        self.applied = int(table.get(_APPLIED, b"-1"))
        """The offset of the last entry of the spine that was applied; -1 at first."""
        self._table = table
        self._partition = partition
        self._layers = Layers(table, partitions)
        self._rebuild = Rebuild(table, partitions)
        self._rebuilt: list[Output] = []
        self._published = Published(table)
        self._roster = Roster(self._layers, self._published, lambda key: partition_of(key.encode()) == partition)
        self._state: ControlState | None = None
        """As of `applied`; None until the spine is seen."""
        self._today: date | None = None
        """The local date that the statuses are of."""
        self._announced = self.applied

    @property
    def dirty(self) -> bool:
        """May `publish` have something to say, even on the same day?"""
        return self._today is None or self._roster.dirty

    def receive(self, message: Message) -> None:
        """Count contributions into the layer of their source, or take a tick of a snapshot that is still to come."""
        if isinstance(message, Contributions):
            self._layers.add(message)
            self._roster.arrived(message.changes)
            self._rebuild.follow(message)
        elif isinstance(message, Anew):
            self._rebuild.tell(message)
        elif message.spine_offset > self.applied:
            self._layers.tick(message)

    def advance(self, spine: Spine, now: int) -> None:
        """Walk along the spine as far as the ticks for its snapshot requests are in; `now` is for what goes out."""
        if spine.last_offset < self.applied:
            return
        before = self._start(spine)
        for entry in spine.after(self.applied):
            request = entry.command if isinstance(entry.command, SnapshotRequest) else None
            if request is not None and not self._layers.complete(entry.offset):
                break
            self._state = after = spine.state_after(entry.offset)
            self.applied = entry.offset
            if request is not None:
                self._snapshot(before, after, request.as_of, now)
            else:
                self._roster.edited(entry, before, after)
            before = after
        self._replace_cells(before)
        if self.applied != self._announced:
            self._table[_APPLIED] = b"%d" % self.applied

    def publish(self, now: int) -> None:
        """Publish the statuses that differ from those that are out, by the local date of `now`; before `advance` none.

        Cheap when nothing changed; call it at every local midnight too.
        """
        if self._state is None:
            return
        self._roster.settle(self._state)
        today = self._state.crediting.days.today(now)
        if today != self._today:
            self._today = today
            self._roster.watches.touch(self._roster.watches)
        for watch in self._roster.watches.drain():
            self._show(self._state, watch, today, now)

    def outputs(self) -> list[Output]:
        """What has to be written, drained."""
        outputs, self._rebuilt = [*self._published.outputs(), *self._rebuilt], []
        if self._announced != self.applied:
            self._announced = self.applied
            outputs.append(Output(APPLIED, b"contributors|%d" % self._partition, b"%d" % self.applied))
        return outputs

    def _start(self, spine: Spine) -> ControlState:
        """The state as of `applied`; seen for the first time, everything has to be looked at once."""
        if self._state is None:
            self._state = spine.state_after(self.applied)
            self._roster.edited_all(self._state)
        return self._state

    def _replace_cells(self, state: ControlState) -> None:
        """A rebuild that is whole takes effect between two snapshots, for the days whose rows are kept."""
        if self._rebuild.whole and self._layers.settled:
            fresh = [(key, cell) for key, cell in self._rebuild.finish() if key.day >= state.kept_from]
            corrections = self._layers.replace(fresh, state.kept_from)
            self._roster.arrived(corrections)
            found = {"generation": self._rebuild.generation, "cells": len(fresh), "mended": len(corrections)}
            self._rebuilt.append(Output(REBUILT, b"%d" % self._partition, msgspec.json.encode(found), partition=0))

    def _snapshot(self, before: ControlState, state: ControlState, as_of: date, now: int) -> None:
        """Taken with the statuses up to date, which then show its date, in the same transaction as `applied`.

        Who is watched is settled as of before it: what it closes isn't frozen yet. It is taken over the cells that were
        there before it; only then those go that nobody can need any more.
        """
        self._roster.settle(before)
        watches = self._roster.watches
        Snapshot(state, self.applied, as_of, self._layers, self._published, now).take(watches, before.kept_from)
        self._layers.finish(self.applied)
        self._layers.base.forget_before(state.kept_from)
        self._published.forget_before(state.kept_from)
        watches.touch(watches)
        self.publish(now)

    def _show(self, state: ControlState, watch: Watch, today: date, now: int) -> None:
        if state.stopped(watch.contributor) or watch.window.first < state.kept_from:
            status = stopped_status(state, watch.assignment, self._published.status(watch.key))
        else:
            status = live_status(state, watch, today)
        watch.status = status.status
        self._published.show(watch.key, status, now)
