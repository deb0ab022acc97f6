"""Kafka's default partitioner, as a function that the pure core can be given."""

from collections.abc import Callable

from aiokafka.partitioner import murmur2


def partitioner(partitions: int) -> Callable[[bytes], int]:
    """The partition of a key among `partitions`: murmur2, as Java's and aiokafka's producers choose it."""
    return lambda key: (murmur2(key) & 0x7FFFFFFF) % partitions
