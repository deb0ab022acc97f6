"""What a total amounts to against a target: exact at the target, rounded only when shown."""

import pytest

from schemas.contributions import Change
from schemas.measures import SHARE_SCALE, Measure
from streams.aggregate import Total
from streams.evaluate import NO_DATA, decimal, evaluate, half_even

AVERAGE = Measure("response", "average", "lower")
COUNT = Measure("closed", "count", "higher")
SUM = Measure("resolution", "sum", "higher")
SHARE = Measure("response", "share_within", "higher", threshold=60_000)
P90 = Measure("response", "percentile", "lower", percentile=90)


def flipped(measure: Measure) -> Measure:
    better = "higher" if measure.better == "lower" else "lower"
    return Measure(measure.fact, measure.statistic, better, (), measure.threshold, measure.percentile)  # type: ignore[arg-type]


def total(count: int, total_sum: int = 0, within: int = 0, values: dict[int, int] | None = None) -> Total:
    whole = Total()
    whole.add(Change(count, total_sum, within, values or {}))
    return whole


@pytest.mark.parametrize(
    ("measure", "target", "of", "verdict"),
    [
        (AVERAGE, 10, total(3, 30), "exact"),
        (AVERAGE, 10, total(3, 29), "better"),
        (AVERAGE, 10, total(3, 31), "worse"),
        (flipped(AVERAGE), 10, total(3, 31), "better"),
        (COUNT, 3, total(3), "exact"),
        (COUNT, 3, total(4), "better"),
        (COUNT, 3, total(2), "worse"),
        (flipped(COUNT), 3, total(2), "better"),
        (SUM, 10**18, total(3, 10**18), "exact"),
        (SUM, 10**18, total(3, 10**18 + 1), "better"),
        (SHARE, 3_333, total(10_000, 0, 3_333), "exact"),
        (SHARE, 3_333, total(3, 0, 1), "better"),
        (flipped(SHARE), 3_333, total(3, 0, 1), "worse"),
        (SHARE, SHARE_SCALE, total(7, 0, 7), "exact"),
        (P90, 50, total(2, 60, 0, {10: 1, 50: 1}), "exact"),
        (P90, 50, total(10, 540, 0, {49: 9, 99: 1}), "better"),
        (P90, 50, total(2, 61, 0, {10: 1, 51: 1}), "worse"),
    ],
)
def test_the_verdict_compares_exactly(measure: Measure, target: int, of: Total, verdict: str) -> None:
    assert evaluate(measure, target, of).verdict == verdict


@pytest.mark.parametrize(
    ("measure", "target", "of", "actual", "progress"),
    [
        (AVERAGE, 10, total(3, 40), 13.333, 0.75),
        (AVERAGE, 10, total(2, 20), 10, 1),
        (AVERAGE, 10, total(2, 0), 0, 99.9999),
        (AVERAGE, 10**9, total(1, 1), 1, 99.9999),
        (flipped(AVERAGE), 3, total(3, 2), 0.667, 0.2222),
        (COUNT, 3, total(2), 2, 0.6667),
        (COUNT, 3, total(0), 0, 0),
        (flipped(COUNT), 3, total(0), 0, 99.9999),
        (COUNT, 1, total(100), 100, 99.9999),
        (SHARE, 9_000, total(3, 0, 2), 0.6667, 0.7407),
        (P90, 60, total(10, 0, 0, {50: 9, 99: 1}), 50, 1.2),
    ],
)
def test_actual_and_progress_are_rounded_when_shown(
    measure: Measure, target: int, of: Total, actual: float, progress: float
) -> None:
    assert evaluate(measure, target, of)[:2] == (actual, progress)


@pytest.mark.parametrize("measure", [AVERAGE, SHARE, P90])
def test_without_a_fact_there_is_nothing_to_measure(measure: Measure) -> None:
    assert evaluate(measure, 10, total(0)) == NO_DATA


@pytest.mark.parametrize(("count", "no_data"), [(4, True), (5, False)])
def test_fewer_facts_than_the_minimum_are_no_data(count: int, no_data: bool) -> None:
    measure = Measure("response", "average", "lower", minimum_count=5)
    assert evaluate(measure, 10, total(count, 10)).no_data == no_data


@pytest.mark.parametrize(
    ("top", "bottom", "nearest"), [(1, 2, 0), (3, 2, 2), (5, 2, 2), (7, 5, 1), (8, 5, 2), (0, 3, 0)]
)
def test_a_half_goes_to_the_even_neighbour(top: int, bottom: int, nearest: int) -> None:
    assert half_even(top, bottom) == nearest


def test_whole_numbers_stay_exact_at_any_size() -> None:
    assert decimal(10**30 + 1_000, 1_000) == 10**27 + 1
    assert evaluate(SUM, 1, total(1, 2**63 + 1)).actual == 2**63 + 1
