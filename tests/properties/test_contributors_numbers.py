"""Adding up and evaluating agree with plain recomputation in fractions, for any facts, targets and orders."""

from fractions import Fraction
from math import ceil
from typing import get_args

from hypothesis import given
from hypothesis import strategies as st

from schemas.contributions import Change
from schemas.measures import SHARE_SCALE, Better, Measure, Statistic
from streams.aggregate import Total, copied, is_zero, merge
from streams.evaluate import evaluate, grows

THRESHOLD = 60_000
CAP = Fraction(999_999, 10_000)

values = st.integers(0, 200_000) | st.integers(0, 10**12) | st.sampled_from([THRESHOLD, THRESHOLD + 1])
facts = st.lists(values, max_size=12)
measures = st.builds(
    lambda statistic, better, percentile, least: Measure(
        "response", statistic, better, (), THRESHOLD, percentile, least
    ),
    st.sampled_from(get_args(Statistic)),
    st.sampled_from(get_args(Better)),
    st.integers(1, 99),
    st.none() | st.integers(1, 5),
)


def change_of(*some: int) -> Change:
    histogram = {value: some.count(value) for value in some}
    return Change(len(some), sum(some), sum(value <= THRESHOLD for value in some), histogram)


def total_of(some: list[int]) -> Total:
    total = Total()
    for value in some:
        total.add(change_of(value))
    return total


def exact(measure: Measure, some: list[int]) -> Fraction | None:
    """The actual, in the unit of the target."""
    if not grows(measure) and len(some) < (measure.minimum_count or 1):
        return None
    of: dict[Statistic, Fraction] = {"count": Fraction(len(some)), "sum": Fraction(sum(some))}
    if some:
        rank = ceil(Fraction(measure.percentile or 0) * len(some) / 100)
        of["average"] = Fraction(sum(some), len(some))
        of["share_within"] = Fraction(SHARE_SCALE * sum(value <= THRESHOLD for value in some), len(some))
        of["percentile"] = Fraction(sorted(some)[rank - 1])
    return of[measure.statistic]


def targets(measure: Measure, some: list[int]) -> st.SearchStrategy[int]:
    """Any target, and those at and next to the actual."""
    actual = exact(measure, some)
    near = int(actual) if actual else 1
    return st.sampled_from([max(1, near + by) for by in (-1, 0, 1)]) | st.integers(1, 10**12)


@given(st.data(), measures, facts)
def test_numbers_are_those_of_fractions(data: st.DataObject, measure: Measure, some: list[int]) -> None:
    target = data.draw(targets(measure, some))
    numbers, actual = evaluate(measure, target, total_of(some)), exact(measure, some)
    if actual is None:
        assert numbers == (None, None, True, "worse")
        return
    lower = measure.better == "lower"
    better = actual < target if lower else actual > target
    progress = CAP if lower and actual == 0 else min(CAP, target / actual if lower else actual / target)
    scale = SHARE_SCALE if measure.statistic == "share_within" else 1
    decimals = 4 if measure.statistic == "share_within" else 3
    assert numbers.verdict == ("exact" if actual == target else "better" if better else "worse")
    assert numbers.progress == float(min(CAP, round(progress, 4)))
    assert numbers.actual == float(round(actual / scale, decimals))


@given(measures, facts, st.integers(1, 50))
def test_at_the_target_is_achieved_and_next_to_it_is_not(measure: Measure, some: list[int], target: int) -> None:
    """Facts that all have the target's value average to it, and are each of its percentiles."""
    if measure.statistic in ("average", "percentile"):
        level = Measure(measure.fact, measure.statistic, measure.better, (), None, measure.percentile)
        count = len(some) + 1
        assert evaluate(level, target, total_of([target] * count)).verdict == "exact"
        assert evaluate(level, target, total_of([target + 1] * count)).verdict != "exact"
        if measure.statistic == "average":
            assert evaluate(level, target, total_of([target] * count + [target + 1])).verdict != "exact"


@given(st.data(), st.lists(facts, max_size=5))
def test_a_total_does_not_depend_on_pieces_or_order(data: st.DataObject, pieces: list[list[int]]) -> None:
    cell, whole = Change(), Total()
    for piece in pieces:
        merge(cell, change_of(*piece))
    shuffled = data.draw(st.permutations([value for piece in pieces for value in piece]))
    for value in shuffled:
        whole.add(change_of(value))
    assert (whole.count, whole.sum, whole.within) == (cell.count, cell.sum, cell.within)
    assert cell == change_of(*shuffled)
    if shuffled:
        assert whole.nearest_rank(50) == sorted(shuffled)[ceil(len(shuffled) / 2) - 1]


@given(facts, facts)
def test_taking_back_undoes_counting(some: list[int], others: list[int]) -> None:
    cell, total = change_of(*some), total_of(some)
    counted = change_of(*others)
    back = Change(-counted.count, -counted.sum, -counted.within, {v: -n for v, n in counted.values.items()})
    undone = copied(counted)
    merge(undone, back)
    assert is_zero(undone)
    for change in (counted, back):
        merge(cell, change)
        total.add(change)
    assert cell == change_of(*some)
    if some:
        assert total.nearest_rank(99) == total_of(some).nearest_rank(99)
