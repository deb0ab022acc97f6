"""Evaluation of an assignment over facts (SPEC 4.1 and 5), in whole numbers and fractions."""

import math
from collections.abc import Iterable
from dataclasses import dataclass
from fractions import Fraction
from typing import Any

from tests.oracle.facts import Fact
from tests.oracle.goals import Assignment
from tests.oracle.judge import Scalar

TEMPLATES: dict[str, dict[str, Any]] = {
    "average-response-time": {"fact": "response", "statistic": "average"},
    "average-resolution-time": {"fact": "resolution", "statistic": "average"},
    "tickets-closed": {"fact": "closed", "statistic": "count"},
}
CAP = Fraction(999_999, 10_000)


@dataclass(frozen=True)
class Numbers:
    """What an assignment amounts to: `verdict` compares the actual with the target, exactly."""

    actual: Fraction | None
    sum: int
    count: int
    progress: Fraction | None
    verdict: str
    no_data: bool


def measure_of(goal: dict[str, Any]) -> dict[str, Any]:
    """The goal's measure, the preset of its template or its own."""
    measure = goal["measure"] if goal["template"] == "custom" else TEMPLATES[goal["template"]]
    lower = measure["statistic"] in ("average", "percentile")
    return {**measure, "better": measure.get("better") or ("lower" if lower else "higher")}


def unit(measure: dict[str, Any]) -> str:
    """`ms`, `tickets` or `share`."""
    if measure["statistic"] == "share_within":
        return "share"
    return "tickets" if measure["statistic"] == "count" or measure["fact"] == "closed" else "ms"


def counts(share: Assignment, measure: dict[str, Any], fact: Fact) -> bool:
    """True when the fact is one of the assignment's."""
    return (
        fact.kind == measure["fact"]
        and fact.credited_to(share.kind, share.identity)
        and (not share.pipelines or fact.pipeline in share.pipelines)
        and share.milestone.start <= fact.day <= share.milestone.end
        and all(passes(condition, fact.attributes) for condition in measure.get("filter") or [])
    )


def passes(condition: dict[str, Any], attributes: dict[str, Scalar]) -> bool:
    """True when the attributes meet every part of one condition of a filter."""
    parts = {name: part for name, part in condition.items() if name != "attribute" and part is not None}
    if condition["attribute"] not in attributes:
        return set(parts) <= {"not_in"}
    value: Any = attributes[condition["attribute"]]
    number = isinstance(value, int | float) and not isinstance(value, bool)
    return (
        ("in" not in parts or any(equal(value, each) for each in parts["in"]))
        and ("not_in" not in parts or not any(equal(value, each) for each in parts["not_in"]))
        and ("at_least" not in parts or (number and value >= parts["at_least"]))
        and ("at_most" not in parts or (number and value <= parts["at_most"]))
    )


def equal(one: Scalar, other: Scalar) -> bool:
    """Equality of JSON: numbers by value, and true is not 1."""
    if isinstance(one, bool) or isinstance(other, bool):
        return one is other
    return one == other


def evaluate(share: Assignment, facts: Iterable[Fact]) -> Numbers:
    """The assignment's numbers over the facts that count for it."""
    measure = measure_of(share.goal)
    values = sorted(fact.value for fact in facts if counts(share, measure, fact))
    total, count, target = sum(values), len(values), Fraction(str(share.target))
    statistic = measure["statistic"]
    least = 0 if statistic in ("count", "sum") else max(1, measure.get("minimum_count") or 1)
    if count < least:
        return Numbers(None, total, count, None, "missed", no_data=True)
    if statistic == "average":
        actual = Fraction(total, count)
    elif statistic == "share_within":
        actual = Fraction(sum(value <= measure["threshold"] for value in values), count)
    elif statistic == "percentile":
        actual = Fraction(values[math.ceil(Fraction(measure["percentile"] * count, 100)) - 1])
    else:
        actual = Fraction(count if statistic == "count" else total)
    lower = measure["better"] == "lower"
    verdict = "achieved" if actual == target else "exceeded" if (actual < target) == lower else "missed"
    return Numbers(actual, total, count, progress(actual, target, lower), verdict, no_data=False)


def progress(actual: Fraction, target: Fraction, lower: bool) -> Fraction:
    """How near the target is: 4 decimals, half to even, at most 99.9999."""
    if lower and actual == 0:
        return CAP
    return min(CAP, round(target / actual if lower else actual / target, 4))


def shown(actual: Fraction | None, in_unit: str) -> float | int | None:
    """The actual as it is published: 3 decimals for ms, 4 for shares, whole tickets; half to even."""
    if actual is None:
        return None
    return int(actual) if in_unit == "tickets" else float(round(actual, 4 if in_unit == "share" else 3))
