"""Faust tables whose changelog is written in the transaction of the run that changed them (docs/decisions/0003).

A table is kept by partition: an owner loads its partition, hands it to its state machine as a plain mapping, and writes
what changed. Faust knows the table (assignment, web view); Faust's own changelog writer and recovery are not used: they
write one record at a time outside the transaction, and wait for an offset that a transaction marker never delivers.
"""

import contextlib
from collections.abc import Iterator, MutableMapping
from typing import Any

import faust
from aiokafka.errors import IllegalStateError
from faust.tables.manager import TableManager
from faust.tables.recovery import RebalanceAgain, Recovery, ServiceStopped
from faust.types import TP
from mode import Service

from agents.changelog import Rows
from agents.disk import DiskPartition


class TablePartition(Rows):
    """One partition of a table: a mapping that remembers which keys changed since the last commit."""

    def __init__(self, rows: Rows | None = None) -> None:
        super().__init__(rows or {})
        self._changed: dict[bytes, None] = {}

    def __setitem__(self, key: bytes, value: bytes, _put: Any = dict.__setitem__) -> None:
        _put(self, key, value)  # looked up once: this is called for each row and cell of a run
        self._changed[key] = None

    def __delitem__(self, key: bytes) -> None:
        super().__delitem__(key)
        self._changed[key] = None

    def pop(self, key: bytes, *default: Any) -> Any:
        """As dict's, remembered."""
        if key in self:
            self._changed[key] = None
        return super().pop(key, *default)

    # dict's own would go past the three above, and the change would never be durable.
    setdefault = MutableMapping.setdefault
    update = MutableMapping.update
    popitem = MutableMapping.popitem
    clear = MutableMapping.clear

    def drain(self) -> list[tuple[bytes, bytes | None]]:
        """The changed keys with their values (None: deleted), each once; what is drained is no longer changed."""
        changed, self._changed = self._changed, {}
        return [(key, self.get(key)) for key in changed]

    def about(self) -> int:
        """How many rows there are."""
        return len(self)

    def keep(self, offset: int | None, at: int) -> None:
        """Nothing: what is committed is in the changelog."""

    def discard(self) -> None:
        """Nothing."""

    def close(self) -> None:
        """Nothing."""


Partition = TablePartition | DiskPartition
"""Rows of one partition, wherever they lie."""


class PartitionedTable(faust.Table[Any, Any]):
    """A Faust table of raw bytes, kept by partition."""

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, key_type=bytes, value_type=bytes, **kwargs)
        self._by_partition: dict[int, Partition] = {}

    def hold(self, partition: int, rows: Partition) -> None:
        """Show this partition's rows (a new owner's replace the former's)."""
        self._by_partition[partition] = rows

    def drop(self, partition: int, rows: Partition) -> None:
        """Forget the rows of an owner that has given its partition up."""
        if self._by_partition.get(partition) is rows:
            del self._by_partition[partition]

    def __getitem__(self, key: Any) -> bytes:
        raw = key if isinstance(key, bytes) else str(key).encode()
        for rows in self._by_partition.values():
            if raw in rows:
                return rows[raw]
        raise KeyError(key)

    def __contains__(self, key: object) -> bool:
        return any(key in rows for rows in self._by_partition.values())

    def __iter__(self) -> Iterator[bytes]:
        return (key for rows in self._by_partition.values() for key in rows)

    def __len__(self) -> int:
        return sum(map(len, self._by_partition.values()))


class OwnersRecover(Recovery):
    """Lets the streams run at once after a rebalance: each owner recovers its own partition before its first run."""

    async def on_rebalance(
        self,
        assigned: set[TP],  # noqa: ARG002 Faust's signature
        revoked: set[TP],  # noqa: ARG002
        newly_assigned: set[TP],  # noqa: ARG002
        generation_id: int = 0,
    ) -> None:
        """Resume in a task of its own: the heartbeat stops while this callback runs."""
        self._generation_id = generation_id
        self.signal_recovery_start.set()

    @Service.task
    async def _restart_recovery(self) -> None:
        signal: Any = self.signal_recovery_start
        while not await self.wait_for_stopped(signal):
            self.signal_recovery_start.clear()
            # The next rebalance may come during this; it signals again. Let out, these would end the whole worker.
            with contextlib.suppress(RebalanceAgain, IllegalStateError, ServiceStopped):
                await self._resume_streams(generation_id=self._generation_id)


class OwnersTables(TableManager):
    """Faust's table manager without subscribing to the changelogs."""

    @property
    def recovery(self) -> Recovery:
        """The recovery service that leaves recovering to the owners."""
        if self._recovery is None:
            self._recovery = OwnersRecover(self.app, self, beacon=self.beacon, loop=self.loop)
        return self._recovery

    async def on_start(self) -> None:
        """Start at once: Faust's sleep of a second is for agents that add tables late, and none does."""
        await self._update_channels()
        await self.recovery.start()

    async def _update_channels(self) -> None:
        self._tables_finalized.set()
        for table in self.values():
            await table.maybe_start()
        self._tables_registered.set()
