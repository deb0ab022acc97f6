"""The official word (SPEC 5): what a snapshot says of a milestone, from its cut alone. The clock has no part in it."""

from datetime import date

from msgspec import structs

from schemas.statuses import Result, Status
from streams.aggregate import Total
from streams.control import ControlState
from streams.evaluate import Numbers
from streams.live import compose
from streams.status_table import follow
from streams.watches import Watch

Cut = dict[str, list[int]]
"""By topic without namespace: per partition, in order, the offset of the first record that is not in."""


def result(state: ControlState, watch: Watch, total: Total, numbers: Numbers, as_of: date, cut: Cut) -> Result:
    """Of a milestone that ended before `as_of`; total and numbers are of the cut, `state` is of the request."""
    status = follow(follow(watch.status, "runs"), numbers.verdict)
    frozen = compose(state, watch.assignment, total, numbers, status, as_of, frozen=True)
    return Result(**structs.asdict(frozen), cut=cut)


def interim(state: ControlState, watch: Watch, total: Total, numbers: Numbers, as_of: date) -> Status:
    """What a snapshot sees of a milestone that still runs; total and numbers are of the cut, of days before `as_of`."""
    return compose(state, watch.assignment, total, numbers, follow(watch.status, "runs"), as_of)
