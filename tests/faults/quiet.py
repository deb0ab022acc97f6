"""What one worker in one process, which nothing disturbs, makes of the logs: the tables without Kafka between them."""

from collections import defaultdict
from collections.abc import Iterable
from typing import Any

import msgspec

from agents.partitioner import partitioner
from schemas.contributions import decode_message
from schemas.topics import CONTRIBUTIONS
from streams.contributors import Contributors
from streams.spine import Spine
from streams.tickets import Tickets
from tests.oracle.log import Record

Table = dict[bytes, bytes]
Place = tuple[int, bytes]
"""Partition and key of a row."""


class TicketRecord:
    """The oracle's record as the machines take it."""

    def __init__(self, record: Record) -> None:
        self.key, self.value, self.offset = record.key, record.value, record.offset
        self.partition, self.timestamp = record.partition, record.timestamp_ms
        self.headers = ()


def rows_and_cells(records: Iterable[Record], spine: Spine, partitions: int) -> tuple[dict[Place, Any], ...]:
    """The ticket rows, and the day cells, decoded: a percentile's values lie in the order in which they came."""
    by_partition: dict[int, dict[str, list[TicketRecord]]] = defaultdict(lambda: defaultdict(list))
    for record in records:
        by_partition[record.partition][record.topic].append(TicketRecord(record))
    target = partitioner(partitions)
    tables: list[Table] = [{} for _ in range(partitions)]
    cells: list[Table] = [{} for _ in range(partitions)]
    contributors = [Contributors(cells[each], each, partitions, target) for each in range(partitions)]
    for partition, table in enumerate(tables):
        machine = Tickets(table, partition, partitions, target, {})
        for topic, of_topic in by_partition[partition].items():
            machine.receive(topic, of_topic)
            machine.reached(topic, 2**62)
        for _ in machine.advance(spine):
            pass
        for output in machine.outputs():
            if output.topic == CONTRIBUTIONS and output.partition is not None and output.value:
                contributors[output.partition].receive(decode_message(output.value))
    for each in contributors:
        each.advance(spine, 0)
    return decoded(tables, b"t"), decoded(cells, b"c")


def decoded(tables: Iterable[Table], prefix: bytes) -> dict[Place, Any]:
    """The rows of one kind."""
    return {
        (partition, key): msgspec.msgpack.decode(value, strict=False)
        for partition, table in enumerate(tables)
        for key, value in table.items()
        if key.startswith(prefix)
    }
