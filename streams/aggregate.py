"""Adding up: changes into cells, cells into the total of a milestone.

The law: addition is commutative and associative, and zero changes nothing, so a total depends on what was counted and
not on when, in how many pieces, or in which order it arrived.
"""

from schemas.contributions import Change

_BUCKET_BITS = 16
"""Values that share their upper bits share a bucket: a rank is found bucket by bucket without sorting all values."""


def merge(cell: Change, change: Change) -> None:
    """Add `change` to `cell`, in place."""
    cell.count += change.count
    cell.sum += change.sum
    cell.within += change.within
    if change.values:
        _merge_values(cell.values, change.values)


def copied(change: Change) -> Change:
    """An equal change that can be merged into without touching the original."""
    return Change(change.count, change.sum, change.within, change.values.copy())


def negated(change: Change) -> Change:
    """The change that takes this one back."""
    values = {value: -times for value, times in change.values.items()}
    return Change(-change.count, -change.sum, -change.within, values)


def is_zero(change: Change) -> bool:
    """Nothing is left: also not facts of other values whose count and sum cancel out."""
    return not (change.count or change.sum or change.within or change.values)


def _merge_values(into: dict[int, int], values: dict[int, int]) -> None:
    for value, times in values.items():
        total = into.get(value, 0) + times
        if total:
            into[value] = total
        else:
            into.pop(value, None)


class Total:
    """The sum of changes, with the values ready for asking after a rank."""

    __slots__ = ("_buckets", "_sizes", "count", "sum", "within")

    def __init__(self) -> None:
        """Zero."""
        self.count = 0
        self.sum = 0
        self.within = 0
        self._buckets: dict[int, dict[int, int]] = {}
        self._sizes: dict[int, int] = {}

    def add(self, change: Change) -> None:
        """Count a change or a cell in."""
        self.count += change.count
        self.sum += change.sum
        self.within += change.within
        if change.values:
            self._add_values(change.values)

    def nearest_rank(self, percentile: int) -> int:
        """The ⌈percentile·count/100⌉-th smallest value (SPEC 5); there must be at least one value."""
        rank = -(-percentile * sum(self._sizes.values()) // 100)
        for bucket in sorted(self._sizes):
            size = self._sizes[bucket]
            if rank <= size:
                return _ranked(self._buckets[bucket], rank)
            rank -= size
        raise ValueError(f"percentile: no {percentile}-th of no values, ask only when there is one")

    def _add_values(self, values: dict[int, int]) -> None:
        for value, times in values.items():
            bucket = value >> _BUCKET_BITS
            _merge_values(self._buckets.setdefault(bucket, {}), {value: times})
            self._sizes[bucket] = self._sizes.get(bucket, 0) + times
            if not self._buckets[bucket]:
                del self._buckets[bucket], self._sizes[bucket]


def _ranked(values: dict[int, int], rank: int) -> int:
    for value in sorted(values):
        rank -= values[value]
        if rank <= 0:
            return value
    raise AssertionError("the bucket's size is the sum of its values")
