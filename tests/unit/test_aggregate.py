"""Adding up changes, and finding the value of a rank."""

import pytest

from schemas.contributions import Change
from streams.aggregate import Total, copied, is_zero, merge


def total_of(*values: int) -> Total:
    total = Total()
    for value in values:
        total.add(Change(1, value, 0, {value: 1}))
    return total


def test_a_cell_is_the_sum_of_its_changes() -> None:
    cell = Change(1, 5, 1, {5: 1})
    merge(cell, Change(2, 12, 0, {5: 1, 7: 1}))
    assert cell == Change(3, 17, 1, {5: 2, 7: 1})


def test_a_value_that_occurs_no_more_is_forgotten() -> None:
    cell = Change(2, 12, 1, {5: 1, 7: 1})
    merge(cell, Change(-1, -5, -1, {5: -1}))
    assert cell == Change(1, 7, 0, {7: 1})


def test_a_copy_changes_alone() -> None:
    original = Change(1, 5, 1, {5: 1})
    merge(copied(original), Change(1, 6, 1, {6: 1}))
    assert original == Change(1, 5, 1, {5: 1})


def test_changes_that_cancel_out_are_zero() -> None:
    cell = Change(1, 5, 1, {5: 1})
    merge(cell, Change(-1, -5, -1, {5: -1}))
    assert is_zero(cell)


@pytest.mark.parametrize(
    "change", [Change(count=1), Change(sum=1), Change(within=1), Change(values={15: 2, 10: -1, 20: -1})]
)
def test_nothing_is_overlooked_when_asking_for_zero(change: Change) -> None:
    assert not is_zero(change)


@pytest.mark.parametrize(
    ("percentile", "value"),
    [(1, 10), (25, 10), (26, 20), (50, 20), (51, 70_000), (75, 70_000), (76, 900_000), (99, 900_000)],
)
def test_the_nearest_rank_is_the_smallest_value_that_reaches_the_share(percentile: int, value: int) -> None:
    assert total_of(900_000, 20, 70_000, 10).nearest_rank(percentile) == value


def test_equal_values_count_each_time() -> None:
    assert total_of(10, 10, 10, 20).nearest_rank(75) == 10


def test_values_taken_back_have_no_rank() -> None:
    total = total_of(10, 20)
    total.add(Change(-1, -10, 0, {10: -1}))
    assert total.nearest_rank(1) == 20


def test_no_values_have_no_rank() -> None:
    with pytest.raises(ValueError, match="percentile"):
        total_of().nearest_rank(50)
