"""What a total amounts to against a target (SPEC 5), exactly: integers all the way, one division at the end.

Every statistic is a fraction `top / bottom` in the unit its target is kept in (ms, tickets, ten-thousandths of a
share), so comparing, progress and rounding are the same for all of them.
"""

from collections.abc import Callable
from typing import Final, Literal, NamedTuple

from schemas.measures import SHARE_SCALE, Measure, Statistic, Unit, unit_of
from schemas.statuses import Number
from streams.aggregate import Total

Verdict = Literal["better", "exact", "worse"]


class Ratio(NamedTuple):
    """An exact actual, in the unit of the target; `bottom` > 0."""

    top: int
    bottom: int


class Numbers(NamedTuple):
    """What is said of a total; actual and progress None: nothing to measure."""

    actual: Number | None
    progress: Number | None
    no_data: bool
    verdict: Verdict
    """Without data: worse."""


NO_DATA: Final = Numbers(None, None, no_data=True, verdict="worse")

_PROGRESS_SCALE: Final = 10_000
_PROGRESS_CAP: Final = 999_999

_RATIOS: Final[dict[Statistic, Callable[[Measure, Total], Ratio]]] = {
    "average": lambda _, total: Ratio(total.sum, total.count),
    "count": lambda _, total: Ratio(total.count, 1),
    "sum": lambda _, total: Ratio(total.sum, 1),
    "share_within": lambda _, total: Ratio(total.within * SHARE_SCALE, total.count),
    "percentile": lambda measure, total: Ratio(total.nearest_rank(measure.percentile or 0), 1),
}

_SHOWN: Final[dict[Unit, tuple[int, int]]] = {
    "ms": (1_000, 1_000),
    "tickets": (1_000, 1_000),
    "share": (1, SHARE_SCALE),
}
"""Rounded to whole multiples of 1 ÷ the second, after times the first: 3 decimals, and 4 for ten-thousandths."""


def grows(measure: Measure) -> bool:
    """Counts and sums: they have an actual without any fact, and add up over the days."""
    return measure.statistic in ("count", "sum")


def ratio(measure: Measure, total: Total) -> Ratio | None:
    """The exact actual; None when there are too few facts to measure anything."""
    if not grows(measure) and total.count < max(measure.minimum_count or 1, 1):
        return None
    return _RATIOS[measure.statistic](measure, total)


def evaluate(measure: Measure, target: int, total: Total) -> Numbers:
    """`target` as assignments keep it: ms, tickets, or ten-thousandths of a share; > 0."""
    exact = ratio(measure, total)
    if exact is None:
        return NO_DATA
    actual, aim = exact.top, target * exact.bottom
    lower = measure.better == "lower"
    verdict: Verdict = "exact" if actual == aim else "better" if (actual < aim) == lower else "worse"
    progress = _progress(aim, actual) if lower else _progress(actual, aim)
    return Numbers(shown(unit_of(measure), exact), progress, no_data=False, verdict=verdict)


def shown(unit: Unit, exact: Ratio) -> Number:
    """As it is published, in the unit of SPEC 4.1: half to even at 3 decimals (a share at 4)."""
    times, scale = _SHOWN[unit]
    return decimal(half_even(exact.top * times, exact.bottom), scale)


def decimal(units: int, scale: int) -> Number:
    """units ÷ scale as a JSON number, whole ones as an integer."""
    return units / scale if units % scale else units // scale


def half_even(top: int, bottom: int) -> int:
    """top ÷ bottom to the nearest integer, a half to the even one; top ≥ 0, bottom > 0."""
    quotient, rest = divmod(top, bottom)
    twice = 2 * rest
    return quotient + (twice > bottom or (twice == bottom and quotient % 2 == 1))


def _progress(top: int, bottom: int) -> Number:
    """Capped; nothing in the way of a lower-is-better target counts as the cap."""
    units = half_even(top * _PROGRESS_SCALE, bottom) if bottom else _PROGRESS_CAP
    return decimal(min(units, _PROGRESS_CAP), _PROGRESS_SCALE)
