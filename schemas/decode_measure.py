"""A custom goal's measure (SPEC 4.1), read strictly, with the defaults filled in; and targets in its unit."""

from decimal import Decimal
from math import isfinite
from typing import Final, get_args

from schemas.measures import SHARE_SCALE, Better, FactName, Filter, Measure, Scalar, Statistic, unit_of
from schemas.reading import MAX_NUMBER, Fields, Node

FACTS: Final[tuple[FactName, ...]] = get_args(FactName)
STATISTICS: Final[tuple[Statistic, ...]] = get_args(Statistic)
BETTER: Final[tuple[Better, ...]] = get_args(Better)

_LOWER_IS_BETTER: Final = ("average", "percentile")
_NEEDS_TICKETS: Final = ("average", "share_within", "percentile")
_OF_CLOSED: Final[tuple[Statistic, ...]] = ("count", "sum")
_SHARE_STEP: Final = Decimal(1) / SHARE_SCALE
_EXACT: Final = 2**53
"""Up to here a whole float is that number and no other: 1.0 and 1 are written as one filter."""


def read_measure(node: Node) -> Measure:
    """Refused, when a part is missing, mistyped, or doesn't go with the statistic."""
    fields = node.fields("fact", "statistic", "better", "filter", "threshold", "percentile", "minimum_count")
    fact = fields.need("fact").choice(FACTS)
    statistic = fields.need("statistic").choice(STATISTICS)
    if fact == "closed" and statistic not in _OF_CLOSED:
        raise fields.need("statistic").refuse(f"the fact closed has only {' and '.join(_OF_CLOSED)}")
    better = fields.get("better")
    default: Better = "lower" if statistic in _LOWER_IS_BETTER else "higher"
    filters = fields.get("filter")
    return Measure(
        fact=fact,
        statistic=statistic,
        better=better.choice(BETTER) if better else default,
        filter=tuple(_read_filter(item) for item in filters.items()) if filters else (),
        threshold=_part(fields, "threshold", statistic, ("share_within",), 0, MAX_NUMBER),
        percentile=_part(fields, "percentile", statistic, ("percentile",), 1, 99),
        minimum_count=_part(fields, "minimum_count", statistic, _NEEDS_TICKETS, 1, MAX_NUMBER, required=False),
    )


def read_target(node: Node, measure: Measure) -> int:
    """Whole ms or tickets, or a share in ten-thousandths; always more than 0."""
    if unit_of(measure) != "share":
        return node.whole(1)
    number = Decimal(node.number())
    if not 0 < number <= 1 or number != number.quantize(_SHARE_STEP):
        raise node.refuse("give a share of more than 0, at most 1, with at most 4 decimals")
    return int(number * SHARE_SCALE)


def _part(
    fields: Fields,
    name: str,
    statistic: Statistic,
    owners: tuple[str, ...],
    low: int,
    high: int,
    *,
    required: bool = True,
) -> int | None:
    """A whole number that only some statistics have, and that those must have when it is `required`."""
    node = fields.get(name)
    if statistic in owners:
        if node is None and required:
            node = fields.need(name, f"the statistic {statistic} needs it")
        return node.whole(low, high) if node else None
    if node is not None:
        raise node.refuse(f"the statistic {statistic} has none, leave it out")
    return None


def _read_filter(node: Node) -> Filter:
    fields = node.fields("attribute", "in", "not_in", "at_least", "at_most")
    attribute = fields.need("attribute").text()
    conditions = Filter(
        attribute,
        _read_scalars(fields.get("in")),
        _read_scalars(fields.get("not_in")),
        _read_bound(fields.get("at_least")),
        _read_bound(fields.get("at_most")),
    )
    if conditions == Filter(attribute):
        raise node.refuse("give at least one of in, not_in, at_least, at_most")
    return conditions


def _read_scalars(node: Node | None) -> tuple[Scalar, ...] | None:
    if node is None:
        return None
    scalars = tuple(_read_scalar(item) for item in node.items())
    if not scalars:
        raise node.refuse("give at least one value")
    return scalars


def _read_scalar(node: Node) -> Scalar:
    value = node.value
    if value is None or isinstance(value, str | bool):
        return value
    if isinstance(value, dict | list):
        raise node.refuse("give a string, a number, a boolean or null")
    return _read_bound(node)


def _read_bound(node: Node | None) -> int | float | None:
    """A number as the attributes of ticket events have them: whole ones exact, with a point or an exponent a float."""
    if node is None:
        return None
    number = node.number()
    if isinstance(number, int):
        if not -(2**63) <= number < 2**64:
            raise node.refuse("give a whole number of at most 64 bits")
        return number
    value = float(number)
    if not isfinite(value):
        raise node.refuse("give a number that a 64-bit float can hold")
    return int(value) if value.is_integer() and abs(value) <= _EXACT else value
