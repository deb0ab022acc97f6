"""What a goal looks at (SPEC 4.1): a measure, and the accumulator that its facts are added up in."""

from typing import Final, Literal

import msgspec

FactName = Literal["response", "resolution", "closed"]
Statistic = Literal["average", "sum", "count", "share_within", "percentile"]
Better = Literal["lower", "higher"]
Unit = Literal["ms", "tickets", "share"]
Scalar = str | int | float | bool | None

SHARE_SCALE: Final = 10_000
"""A share's target is kept as an integer of ten-thousandths."""


class Filter(msgspec.Struct, frozen=True, forbid_unknown_fields=True, omit_defaults=True):
    """One condition on an attribute; a missing attribute fails `in`, `at_least`, `at_most` and passes `not_in`."""

    attribute: str
    in_: tuple[Scalar, ...] | None = msgspec.field(name="in", default=None)
    not_in: tuple[Scalar, ...] | None = None
    at_least: int | float | None = None
    at_most: int | float | None = None


class Measure(msgspec.Struct, frozen=True):
    """A fact, a statistic over it, a filter, and which way is better, with every default filled in."""

    fact: FactName
    statistic: Statistic
    better: Better
    filter: tuple[Filter, ...] = ()
    threshold: int | None = None
    """Milliseconds; `share_within` only."""
    percentile: int | None = None
    """1–99; `percentile` only."""
    minimum_count: int | None = None


class Accumulator(msgspec.Struct, frozen=True):
    """What day cells add up for one or more measures: measures that need the same sums share one."""

    fact: FactName
    filter: tuple[Filter, ...] = ()
    threshold: int | None = None
    """Milliseconds: also count the facts with value ≤ this."""
    values: bool = False
    """Also keep how often each value occurs."""


TEMPLATES: Final[dict[str, Measure]] = {
    "average-response-time": Measure("response", "average", "lower"),
    "average-resolution-time": Measure("resolution", "average", "lower"),
    "tickets-closed": Measure("closed", "count", "higher"),
}


def accumulator_of(measure: Measure) -> Accumulator:
    """The accumulator whose cells hold all that `measure` needs."""
    return Accumulator(measure.fact, measure.filter, measure.threshold, measure.statistic == "percentile")


TEMPLATE_ACCUMULATORS: Final = tuple(accumulator_of(measure) for measure in TEMPLATES.values())
"""Kept from the start, whether or not a goal uses them: indices 0, 1, 2 of every `ControlState.accumulators`."""


def unit_of(measure: Measure) -> Unit:
    """The unit of the measure's target and actual (SPEC 4.1)."""
    if measure.statistic == "share_within":
        return "share"
    return "tickets" if measure.statistic == "count" or measure.fact == "closed" else "ms"
