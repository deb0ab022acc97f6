"""Which goals the judge refuses, and why, in one line that names path and field (SPEC 4)."""

import json
from typing import Any

import pytest

from tests.control_court import Court, Sent, a_goal, ada, custom

REFUSED: list[tuple[str, dict[str, Any], str]] = [
    ("no contributor", {"contributors": []}, "contributors: an empty list"),
    ("contributors missing", {"contributors": None}, "contributors: missing"),
    ("no name", {"name": None}, "name: missing"),
    ("empty name", {"name": ""}, 'name: "", give'),
    ("unknown template", {"template": "tickets"}, 'template: "tickets", give one of average-response-time'),
    ("mistyped template", {"template": ["custom"]}, "template: a list, give one of"),
    ("unknown duration", {"duration": "daily"}, 'duration: "daily", give one of weekly'),
    ("unknown field", {"contributers": []}, "contributers: unknown field, did you mean contributors?"),
    ("measure of a template", {"measure": {"fact": "closed"}}, "measure: an object, the template tickets-closed"),
    ("end before start", {"end_date": "2024-12-31"}, 'end_date: "2024-12-31", it is before the start_date'),
    ("a week as a date", {"start_date": "2025-W01-1"}, 'start_date: "2025-W01-1", give a date'),
    ("a date that doesn't exist", {"start_date": "2025-02-29"}, 'start_date: "2025-02-29", give a date'),
    ("a goal too long to count", {"end_date": "2925-01-01"}, 'end_date: "2925-01-01", a goal touches at most 50'),
    ("custom without end", {"duration": "custom"}, "end_date: missing, the duration custom needs it"),
    (
        "custom and aligned",
        {"duration": "custom", "end_date": "2025-12-31", "align_to_fiscal_year": True},
        "align_to_fiscal_year: true, the duration custom can't be aligned",
    ),
    ("a flag as text", {"forecast": "yes"}, 'forecast: "yes", give true or false'),
    ("yearly forecast", {"duration": "yearly", "forecast": True}, "forecast: true, yearly milestones"),
    ("version 0", {"version": 0}, "version: 0, give a whole number"),
    ("version true", {"version": True}, "version: true, give a number"),
    ("version in parts", {"version": 1.5}, "version: 1.5, give a whole number"),
    ("unknown kind", {"contributors": [ada(kind="group")]}, 'contributors[0].kind: "group", give one of user'),
    ("a number as id", {"contributors": [ada(id=7)]}, "contributors[0].id: 7, give a string"),
    ("an empty id", {"contributors": [ada(id="")]}, 'contributors[0].id: "", give a string of 1 to 200'),
    ("an id too long", {"contributors": [ada(id="x" * 201)]}, 'contributors[0].id: "xxx'),
    ("the same twice", {"contributors": [ada(), ada(target=3)]}, "contributors[1].id: user:ada is contributors[0]"),
    ("a contributor as text", {"contributors": ["ada"]}, 'contributors[0]: "ada", give an object'),
    ("target 0", {"contributors": [ada(target=0)]}, "contributors[0].target: 0, give a whole number of at least 1"),
    ("target below 0", {"contributors": [ada(target=-5)]}, "contributors[0].target: -5, give"),
    ("target in parts", {"contributors": [ada(target=2.5)]}, "contributors[0].target: 2.5, give a whole number"),
    ("target as text", {"contributors": [ada(target="5")]}, 'contributors[0].target: "5", give a number'),
    ("target true", {"contributors": [ada(target=True)]}, "contributors[0].target: true, give a number"),
    ("target too large", {"contributors": [ada(target=10**19)]}, "contributors[0].target: 10000000000000000000, give"),
    (
        "no target at all",
        {"contributors": [ada(target=None)]},
        "contributors[0].target: missing for the milestone that starts 2025-01-01",
    ),
    (
        "no target for one milestone",
        {
            "end_date": "2025-02-28",
            "contributors": [ada(target=None, milestones=[{"start": "2025-01-01", "target": 1}])],
        },
        "contributors[0].target: missing for the milestone that starts 2025-02-01",
    ),
    (
        "an override's target",
        {
            "contributors": [
                ada(milestones=[{"start": "2025-01-01", "target": 3}, {"start": "2025-02-01", "target": 0}])
            ]
        },
        "contributors[0].milestones[1].target: 0, give",
    ),
    (
        "an override that starts no milestone",
        {
            "contributors": [
                ada(milestones=[{"start": "2025-03-01", "target": 3}, {"start": "2025-02-02", "target": 3}])
            ]
        },
        "contributors[0].milestones[1].start: 2025-02-02 starts no milestone of the goal, the nearest is 2025-02-01",
    ),
    (
        "two overrides of a milestone",
        {
            "contributors": [
                ada(milestones=[{"start": "2025-02-01", "target": 3}, {"start": "2025-02-01", "target": 4}])
            ]
        },
        'contributors[0].milestones[1].start: "2025-02-01", there is another override',
    ),
    (
        "an override of nothing",
        {"contributors": [ada(milestones=[{"start": "2025-02-01"}])]},
        "contributors[0].milestones[0]: an object, give a target, pipelines or both",
    ),
    (
        "pipelines as text",
        {"contributors": [ada(pipelines="sales")]},
        'contributors[0].pipelines: "sales", give a list',
    ),
    (
        "a recipient twice",
        {"contributors": [ada(notify=[{"user_id": "x", "on": []}, {"user_id": "x", "on": ["missed"]}])]},
        'contributors[0].notify[1].user_id: "x", the user is named twice',
    ),
    (
        "unknown news",
        {"contributors": [ada(notify=[{"user_id": "x", "on": ["missed", "late"]}])]},
        'contributors[0].notify[0].on[1]: "late", give one of achieved, exceeded, missed',
    ),
    ("news missing", {"contributors": [ada(notify=[{"user_id": "x"}])]}, "contributors[0].notify[0].on: missing"),
    (
        "a forecast over all pipelines",
        {"forecast": True},
        "contributors[0].pipelines: all pipelines in the milestone that starts 2025-01-01, a forecast needs",
    ),
    (
        "a forecast over two pipelines in one milestone",
        {
            "forecast": True,
            "contributors": [ada(pipelines=["a"], milestones=[{"start": "2025-03-01", "pipelines": ["a", "b"]}])],
        },
        "contributors[0].pipelines: 2 pipelines in the milestone that starts 2025-03-01",
    ),
    ("an id for a path", {"goal_id": "a/b"}, 'key: "a/b", a goal_id is 1 to 100'),
    ("an id too long for a goal", {"goal_id": "x" * 101}, 'key: "xxx'),
]


@pytest.mark.parametrize(("fields", "reason"), [case[1:] for case in REFUSED], ids=[case[0] for case in REFUSED])
def test_a_goal_is_refused_in_one_line_that_names_path_and_field(fields: dict[str, Any], reason: str) -> None:
    refused = Court().refuse_goal(**fields)

    assert refused.startswith(reason), refused
    assert refused.isprintable()


ACCEPTED: list[tuple[str, dict[str, Any]]] = [
    ("a whole number with a point", {"contributors": [ada(target=10.0)]}),
    ("null for what is optional", {"contributors": [{**ada(), "pipelines": None, "notify": None, "milestones": None}]}),
    ("a pipeline's forecast", {"forecast": True, "contributors": [ada(kind="pipeline")]}),
    ("a forecast over one pipeline", {"forecast": True, "contributors": [ada(pipelines=["a"])]}),
    (
        "a forecast with one pipeline by override",
        {
            "forecast": True,
            "end_date": "2025-01-31",
            "contributors": [ada(milestones=[{"start": "2025-01-01", "pipelines": ["a"]}])],
        },
    ),
    (
        "targets by override alone",
        {
            "end_date": "2025-01-31",
            "contributors": [ada(target=None, milestones=[{"start": "2025-01-01", "target": 1}])],
        },
    ),
    ("one id as two kinds", {"contributors": [ada(), ada(kind="team")]}),
    ("a start in the middle of a month", {"start_date": "2025-01-15"}),
    ("a single day", {"duration": "custom", "end_date": "2025-01-01"}),
]


@pytest.mark.parametrize("fields", [case[1] for case in ACCEPTED], ids=[case[0] for case in ACCEPTED])
def test_a_goal_is_accepted(fields: dict[str, Any]) -> None:
    assert Court().goal(**fields)["version"] == 1


def test_the_value_may_not_name_another_goal_than_the_key() -> None:
    assert Court().refuse("goals", "other", a_goal()) == 'goal_id: "g", it is not the record\'s key, give other'


MEASURES: list[tuple[dict[str, Any], str]] = [
    ({"fact": "reopened"}, 'measure.fact: "reopened", give one of response, resolution, closed'),
    ({"statistic": "median"}, 'measure.statistic: "median", give one of'),
    (
        {"fact": "closed", "statistic": "average"},
        'measure.statistic: "average", the fact closed has only count and sum',
    ),
    ({"fact": "closed", "statistic": "share_within", "threshold": 1}, 'measure.statistic: "share_within", the fact'),
    ({"better": "faster"}, 'measure.better: "faster", give one of lower, higher'),
    ({"statistic": "share_within"}, "measure.threshold: missing, the statistic share_within needs it"),
    ({"statistic": "share_within", "threshold": -1}, "measure.threshold: -1, give"),
    ({"statistic": "share_within", "threshold": 0.5}, "measure.threshold: 0.5, give a whole number"),
    ({"threshold": 5}, "measure.threshold: 5, the statistic average has none"),
    ({"statistic": "percentile"}, "measure.percentile: missing, the statistic percentile needs it"),
    ({"statistic": "percentile", "percentile": 100}, "measure.percentile: 100, give a whole number from 1 to 99"),
    ({"statistic": "percentile", "percentile": 0}, "measure.percentile: 0, give"),
    ({"percentile": 50}, "measure.percentile: 50, the statistic average has none"),
    ({"minimum_count": 0}, "measure.minimum_count: 0, give"),
    ({"statistic": "sum", "minimum_count": 2}, "measure.minimum_count: 2, the statistic sum has none"),
    ({"filters": []}, "measure.filters: unknown field, did you mean filter?"),
    ({"filter": [{"attribute": "p"}]}, "measure.filter[0]: an object, give at least one of in, not_in"),
    ({"filter": [{"in": [1]}]}, "measure.filter[0].attribute: missing"),
    ({"filter": [{"attribute": "p", "in": []}]}, "measure.filter[0].in: a list, give at least one value"),
    ({"filter": [{"attribute": "p", "in": "x"}]}, 'measure.filter[0].in: "x", give a list'),
    ({"filter": [{"attribute": "p", "in": [1, [2]]}]}, "measure.filter[0].in[1]: a list, give a string, a number"),
    ({"filter": [{"attribute": "p", "at_least": "1"}]}, 'measure.filter[0].at_least: "1", give a number'),
    ({"filter": [{"attribute": "p", "at_most": True}]}, "measure.filter[0].at_most: true, give a number"),
]


@pytest.mark.parametrize(("measure", "reason"), MEASURES)
def test_a_measure_is_refused_for_the_part_that_is_wrong(measure: dict[str, Any], reason: str) -> None:
    refused = Court().refuse_goal(**custom(**measure))

    assert refused.startswith(reason), refused


def test_a_custom_goal_needs_a_measure() -> None:
    assert Court().refuse_goal(template="custom").startswith("measure: missing, the template custom needs it")


@pytest.mark.parametrize(
    ("statistic", "better"),
    [("average", "lower"), ("sum", "higher"), ("count", "higher"), ("share_within", "higher"), ("percentile", "lower")],
)
def test_better_is_lower_for_average_and_percentile_and_higher_for_the_rest(statistic: str, better: str) -> None:
    part = {"share_within": {"threshold": 0}, "percentile": {"percentile": 99}}.get(statistic, {})
    court = Court()
    court.goal(**custom(statistic=statistic, **part), contributors=[ada(target=1)])

    assert court.state.goals["g"].measure.better == better


@pytest.mark.parametrize(("share", "kept"), [(0.07, 700), (0.9999, 9999), (1, 10000), (0.0001, 1), (1.0, 10000)])
def test_a_share_of_at_most_four_decimals_is_kept_exactly(share: float, kept: int) -> None:
    court = Court()
    value = court.goal(**custom(statistic="share_within", threshold=1000), contributors=[ada(target=share)])

    assert court.state.goals["g"].contributors[0].target == kept
    assert value["contributors"][0]["target"] == share


@pytest.mark.parametrize("share", [0, -0.5, 1.0001, 0.12345, 0.30000000000000004, 2])
def test_a_share_outside_its_bounds_is_refused(share: float) -> None:
    refused = Court().refuse_goal(**custom(statistic="share_within", threshold=1), contributors=[ada(target=share)])

    assert refused.startswith("contributors[0].target: ")


def test_what_a_filter_says_keeps_true_apart_from_1() -> None:
    court = Court()
    for goal_id, value in (("a", True), ("b", 1), ("c", 1.0), ("d", "1")):
        court.goal(goal_id=goal_id, **custom(filter=[{"attribute": "vip", "in": [value]}]))

    indices = {goal_id: court.state.accumulator_index(goal.measure) for goal_id, goal in court.state.goals.items()}
    assert indices == {"a": 3, "b": 4, "c": 4, "d": 5}


@pytest.mark.parametrize(
    ("written", "event"),
    [
        ("1234567890123456789", 1234567890123456789),
        ("18446744073709551615", 2**64 - 1),
        ("-9223372036854775808", -(2**63)),
        ("123456789012345678.0", 123456789012345678.0),
        ("9007199254740993", 2**53 + 1),
        ("1e18", 1e18),
        ("1e30", 1e30),
    ],
)
def test_a_number_of_a_filter_is_the_one_that_an_attribute_written_alike_has(written: str, event: float) -> None:
    court = Court()
    goal = json.dumps(a_goal(**custom(filter=[{"attribute": "account", "in": ["HERE"], "at_most": "HERE"}])))
    verdict = court.send_raw("goals", Sent(b"g", goal.replace('"HERE"', written).encode()))

    assert verdict.topic == "control-accepted"
    [condition] = court.state.goals["g"].measure.filter
    assert condition.in_ == (event,)
    assert condition.at_most == event


def test_a_whole_number_beyond_64_bits_is_refused() -> None:
    refused = Court().refuse_goal(**custom(filter=[{"attribute": "a", "in": [2**64]}]))

    assert refused.startswith("measure.filter[0].in[0]: 18446744073709551616, give a whole number of at most 64 bits")
