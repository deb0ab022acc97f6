"""The oracle's evaluation of SPEC 4.1 and 5, by hand."""

from datetime import date
from fractions import Fraction
from typing import Any

import pytest

from tests.oracle.evaluate import Numbers, evaluate, measure_of, passes, shown, unit
from tests.oracle.example import contributor, goal
from tests.oracle.facts import Fact
from tests.oracle.goals import Assignment, assignments
from tests.oracle.milestones import Milestone

JANUARY = Milestone(date(2026, 1, 1), date(2026, 1, 31))


def share(target: Any, template: str = "custom", measure: dict[str, Any] | None = None, **terms: Any) -> Assignment:
    terms = {"identity": "ana"} | terms
    return assignments(goal(contributor(target=target, **terms), template=template, measure=measure), JANUARY)[0]


def fact(value: int, kind: str = "response", day: int = 5, pipeline: str | None = "p", **attributes: Any) -> Fact:
    return Fact(kind, "t", value, "ana", "red", pipeline, date(2026, 1, day), attributes)


def numbers(values: list[int], target: Any, template: str = "custom", **measure: Any) -> Numbers:
    kind = "response" if template == "custom" else measure_of({"template": template})["fact"]
    return evaluate(share(target, template, {"fact": "response"} | measure), [fact(value, kind) for value in values])


@pytest.mark.parametrize(
    ("values", "target", "verdict", "progress"),
    [
        ([1000, 2000], 1500, "achieved", 1),
        ([1000, 2001], 1500, "missed", Fraction("0.9997")),
        ([1000, 1999], 1500, "exceeded", Fraction("1.0003")),
        ([0, 0], 1500, "exceeded", Fraction("99.9999")),
        ([1], 1500, "exceeded", Fraction("99.9999")),
        ([10**15, 10**15 + 1], 10**15, "missed", 1),  # exact where doubles of the mean would be near
    ],
)
def test_an_average_is_compared_exactly(values: list[int], target: int, verdict: str, progress: Fraction) -> None:
    found = numbers(values, target, template="average-response-time")
    assert (found.verdict, found.progress) == (verdict, progress)
    assert (found.sum, found.count, found.actual) == (sum(values), len(values), Fraction(sum(values), len(values)))


@pytest.mark.parametrize(
    ("closed", "verdict", "progress"), [(1, "missed", "0.5"), (2, "achieved", 1), (3, "exceeded", "1.5")]
)
def test_a_count_counts(closed: int, verdict: str, progress: str) -> None:
    found = numbers([1] * closed, 2, template="tickets-closed")
    assert found == Numbers(Fraction(closed), closed, closed, Fraction(progress), verdict, no_data=False)


def test_a_count_of_nothing_is_zero_and_an_average_of_nothing_is_no_data() -> None:
    assert numbers([], 2, template="tickets-closed") == Numbers(Fraction(0), 0, 0, Fraction(0), "missed", no_data=False)
    assert numbers([], 2, template="average-response-time") == Numbers(None, 0, 0, None, "missed", no_data=True)
    assert numbers([], 2, statistic="count", better="lower").verdict == "exceeded"
    assert numbers([], 2, statistic="count", better="lower").progress == Fraction("99.9999")


def test_fewer_facts_than_the_minimum_are_no_data_but_are_summed_and_counted() -> None:
    assert numbers([5, 6], 9, statistic="average", minimum_count=3) == Numbers(
        None, 11, 2, None, "missed", no_data=True
    )
    assert numbers([5, 6, 7], 9, statistic="average", minimum_count=3).verdict == "exceeded"


def test_a_sum_of_milliseconds_may_be_better_higher_or_lower() -> None:
    assert numbers([400, 700], 1000, statistic="sum") == Numbers(
        Fraction(1100), 1100, 2, Fraction("1.1"), "exceeded", no_data=False
    )
    lower = numbers([400, 700], 1000, statistic="sum", better="lower")
    assert (lower.verdict, lower.progress) == ("missed", Fraction("0.9091"))


@pytest.mark.parametrize(
    ("within", "target", "verdict"),
    [(19, 0.95, "achieved"), (18, 0.95, "missed"), (20, 0.95, "exceeded"), (7, 0.35, "achieved"), (20, 1, "achieved")],
)
def test_a_share_of_twenty_is_compared_with_the_targets_own_decimals(within: int, target: Any, verdict: str) -> None:
    values = [100] * within + [101] * (20 - within)
    found = numbers(values, target, statistic="share_within", threshold=100)
    assert (found.verdict, found.actual) == (verdict, Fraction(within, 20))
    assert (found.sum, found.count) == (sum(values), 20)


def test_a_share_may_be_better_lower() -> None:
    found = numbers([1, 1, 9, 9], 0.25, statistic="share_within", threshold=5, better="lower")
    assert (found.verdict, found.progress) == ("missed", Fraction("0.5"))


@pytest.mark.parametrize(
    ("values", "percentile", "nearest_rank"),
    [
        ([15, 20, 35, 40, 50], 30, 20),  # rank 1.5, so the 2nd
        ([15, 20, 35, 40, 50], 40, 20),  # rank 2 exactly
        ([15, 20, 35, 40, 50], 41, 35),
        ([15, 20, 35, 40, 50], 99, 50),
        ([50, 15, 40, 20, 35], 1, 15),
        ([7], 50, 7),
        (list(range(1, 101)), 95, 95),
        (list(range(1, 201)), 99, 198),
    ],
)
def test_a_percentile_is_the_value_of_the_nearest_rank(values: list[int], percentile: int, nearest_rank: int) -> None:
    found = numbers(values, nearest_rank, statistic="percentile", percentile=percentile)
    assert (found.actual, found.verdict) == (Fraction(nearest_rank), "achieved")
    assert numbers(values, nearest_rank + 1, statistic="percentile", percentile=percentile).verdict == "exceeded"
    assert numbers(values, nearest_rank - 1, statistic="percentile", percentile=percentile).verdict == "missed"


@pytest.mark.parametrize(
    ("count", "target", "progress"),
    [
        (1, 20000, "0"),
        (3, 20000, "0.0002"),
        (5, 20000, "0.0002"),
        (1, 3, "0.3333"),
        (2, 3, "0.6667"),
        (101, 1, "99.9999"),
    ],
)
def test_progress_is_rounded_half_to_even_and_capped(count: int, target: int, progress: str) -> None:
    assert numbers([1] * count, target, statistic="count").progress == Fraction(progress)


@pytest.mark.parametrize(
    ("actual", "in_unit", "expected"),
    [
        (Fraction(2, 3), "ms", 0.667),
        (Fraction(1, 2000), "ms", 0.0),
        (Fraction(3, 2000), "ms", 0.002),
        (Fraction(2, 3), "share", 0.6667),
        (Fraction(1, 20000), "share", 0.0),
        (Fraction(7), "tickets", 7),
        (None, "ms", None),
    ],
)
def test_the_actual_is_shown_with_3_decimals_or_4(
    actual: Fraction | None, in_unit: str, expected: float | None
) -> None:
    assert shown(actual, in_unit) == expected


@pytest.mark.parametrize(
    ("measure", "expected"),
    [
        ({"fact": "response", "statistic": "average"}, ("ms", "lower")),
        ({"fact": "resolution", "statistic": "percentile"}, ("ms", "lower")),
        ({"fact": "resolution", "statistic": "sum"}, ("ms", "higher")),
        ({"fact": "resolution", "statistic": "count"}, ("tickets", "higher")),
        ({"fact": "closed", "statistic": "sum"}, ("tickets", "higher")),
        ({"fact": "response", "statistic": "share_within", "better": "lower"}, ("share", "lower")),
    ],
)
def test_unit_and_direction_follow_from_the_measure(measure: dict[str, Any], expected: tuple[str, str]) -> None:
    found = measure_of({"template": "custom", "measure": measure})
    assert (unit(found), found["better"]) == expected


def test_only_facts_of_the_kind_contributor_pipelines_and_days_count() -> None:
    facts = [fact(1), fact(2, kind="resolution"), fact(4, day=1), fact(8, day=31), fact(16, pipeline="q")]
    facts += [fact(32, pipeline=None), fact(64)._replace(user="bo"), fact(128)._replace(day=date(2026, 2, 1))]
    measure = {"fact": "response", "statistic": "sum"}
    assert evaluate(share(1, measure=measure), facts).sum == 1 + 4 + 8 + 16 + 32
    assert evaluate(share(1, measure=measure, pipelines=["p", "x"]), facts).sum == 1 + 4 + 8
    assert evaluate(share(1, measure=measure, kind="team", identity="red"), facts).sum == 1 + 4 + 8 + 16 + 32 + 64
    assert evaluate(share(1, measure=measure, kind="pipeline", identity="q"), facts).sum == 16


@pytest.mark.parametrize(
    ("condition", "passing", "failing"),
    [
        ({"in": ["a", 1]}, ["a", 1, 1.0], ["b", "1", True, None, 2]),
        ({"in": [True, None]}, [True, None], [1, "true", False, 0, ""]),
        ({"not_in": ["a", 1]}, ["b", "1", True, None], ["a", 1, 1.0]),
        ({"at_least": 2}, [2, 2.0, 3], [1.999, "3", True, None]),
        ({"at_most": 2}, [2, -1, 1.5], [3, "1", True, None]),
        ({"at_least": 1, "at_most": 3, "not_in": [2]}, [1, 3, 2.5], [2, 0, 4]),
    ],
)
def test_a_condition_of_a_filter_compares_as_json_does(
    condition: dict[str, Any], passing: list[Any], failing: list[Any]
) -> None:
    condition = {"attribute": "x"} | condition
    assert all(passes(condition, {"x": value}) for value in passing)
    assert not any(passes(condition, {"x": value}) for value in failing)


def test_a_missing_attribute_passes_not_in_alone() -> None:
    assert passes({"attribute": "x", "not_in": ["a"]}, {"y": 1})
    for part in ({"in": ["a"]}, {"at_least": 0}, {"at_most": 0}, {"not_in": ["a"], "at_least": 0}):
        assert not passes({"attribute": "x"} | part, {"y": 1})


def test_every_condition_of_a_filter_must_hold() -> None:
    conditions = [{"attribute": "priority", "at_most": 2}, {"attribute": "channel", "in": ["mail"]}]
    facts = [fact(1, priority=1, channel="mail"), fact(2, priority=3, channel="mail"), fact(4, priority=1)]
    measure = {"fact": "response", "statistic": "sum", "filter": conditions}
    assert evaluate(share(1, measure=measure), facts).sum == 1


def test_an_override_replaces_target_and_pipelines_of_its_milestone_alone() -> None:
    overrides = [{"start": "2026-02-01", "target": 7}, {"start": "2026-03-01", "pipelines": []}]
    months = goal(contributor("ana", 5, pipelines=["p"], milestones=overrides))
    firsts = [Milestone(date(2026, month, 1), date(2026, month, 28)) for month in (1, 2, 3)]
    terms = [(each.target, each.pipelines) for month in firsts for each in assignments(months, month)]
    assert terms == [(5, ["p"]), (7, ["p"]), (5, [])]
