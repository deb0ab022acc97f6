"""Who belongs to which contributors partition."""

from agents.partitioner import partitioner
from streams.control import ControlState


class ByPartition:
    """Who belongs to which contributors partition, remembered."""

    def __init__(self, partitions: int) -> None:
        self._partitions, self._partition_of = partitions, partitioner(partitions)
        self._known: dict[str, int] = {}
        self._shared: dict[int, tuple[object, list[list[str]]]] = {}

    def partition(self, contributor: str) -> int:
        """`contributor` is `KIND:ID`."""
        known = self._known.get(contributor)
        if known is None:
            known = self._known[contributor] = self._partition_of(contributor.encode())
        return known

    def contributors(self, state: ControlState, partition: int) -> list[str]:
        """Everyone of the partition who has part in a goal; states with the same members share the answer."""
        members, shared = self._shared.get(id(state.assigned), (None, []))
        if members is not state.assigned:
            shared = [[] for _ in range(self._partitions)]
            for one in state.contributors():
                shared[self.partition(one)].append(one)
            self._shared[id(state.assigned)] = state.assigned, shared
        return shared[partition]
