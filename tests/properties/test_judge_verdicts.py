"""Whatever comes in, the judge gives one verdict; what it accepts reads back as what it has put in force."""

import json
from typing import Any

from hypothesis import example, given
from hypothesis import strategies as st

from schemas.control import Account
from schemas.durations import format_duration, parse_duration
from schemas.entries import decode_entry
from schemas.topics import COMMAND_TOPICS, CONTROL_ACCEPTED, CONTROL_REJECTED, GOALS
from tests.control_court import Court, Sent, a_goal, ada, custom, reason_of

KEYS = st.none() | st.sampled_from([b"g", b"account", b"user:ada", b"team:t", b"2025-01-01"]) | st.binary(max_size=8)
SCALARS = (
    st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False, allow_infinity=False) | st.text(max_size=5)
)
ANYTHING = st.recursive(
    SCALARS, lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=5), inner, max_size=3)
)
WHOLE = a_goal(
    **custom(
        statistic="percentile",
        percentile=90,
        minimum_count=2,
        filter=[{"attribute": "priority", "in": ["high", 1, True, None, 0.1], "not_in": ["x"], "at_most": 3}],
    ),
    version=1,
    end_date="2025-12-31",
    align_to_fiscal_year=True,
    forecast=True,
    contributors=[
        ada(
            pipelines=["sales"],
            milestones=[{"start": "2025-02-01", "target": 7, "pipelines": ["care"]}],
            notify=[{"user_id": "eve", "on": ["missed"]}],
        ),
        ada(kind="team"),
    ],
)
WHOLE["contributors"][1]["pipelines"] = ["sales"]


@given(
    st.sampled_from(COMMAND_TOPICS),
    KEYS,
    st.none() | st.binary(max_size=20) | ANYTHING.map(lambda one: json.dumps(one).encode()),
)
def test_every_record_gets_a_verdict_and_the_refused_come_back_as_they_were(
    topic: str, key: bytes | None, value: bytes | None
) -> None:
    verdict = Court().send_raw(topic, Sent(key, value, offset=7))

    assert verdict.topic in (CONTROL_ACCEPTED, CONTROL_REJECTED)
    if verdict.topic == CONTROL_REJECTED:
        assert (verdict.key, verdict.value) == (key, value)
        assert [name for name, _ in verdict.headers] == ["reason", "topic", "partition", "offset"]
        assert reason_of(verdict).isprintable()


@st.composite
def mutated(draw: st.DrawFn) -> Any:
    """A complete goal with something replaced, removed or added somewhere."""
    goal = json.loads(json.dumps(WHOLE))
    place: Any = goal
    while True:
        names = list(place) if isinstance(place, dict) else list(range(len(place)))
        name = draw(st.sampled_from(names))
        if not isinstance(place[name], dict | list) or not place[name] or draw(st.booleans()):
            break
        place = place[name]
    change = draw(st.sampled_from(["replace", "remove", "add"]))
    if change == "remove":
        del place[name]
    elif change == "add" and isinstance(place, dict):
        place[draw(st.text(max_size=3))] = draw(ANYTHING)
    else:
        place[name] = draw(ANYTHING)
    return goal


def test_the_complete_goal_is_accepted() -> None:
    assert Court().send(GOALS, "g", WHOLE).topic == CONTROL_ACCEPTED


@given(mutated())
def test_a_goal_with_one_thing_changed_is_refused_or_in_force_as_its_entry_says(goal: Any) -> None:
    court = Court()
    verdict = court.send(GOALS, "g", goal)

    if verdict.topic == CONTROL_ACCEPTED:
        entry = decode_entry(Sent(verdict.key, verdict.value))
        assert entry.command == court.judge.state.goals["g"] == court.state.goals["g"]
        assert court.send(GOALS, "g", goal).value == verdict.value
    else:
        assert reason_of(verdict).isprintable()
        assert not court.judge.state.goals


@given(st.integers(0, 10**13))
def test_a_span_reads_back_as_it_was_written(ms: int) -> None:
    assert parse_duration(format_duration(ms)) == ms


amounts = st.sampled_from([0, 1, 24, 999_999_999]) | st.integers(0, 999_999_999)


@given(amounts, amounts, amounts, amounts)
@example(999_999_999, 24, 0, 0)
def test_a_grace_that_is_accepted_can_be_read_from_the_spine(days: int, hours: int, minutes: int, seconds: int) -> None:
    grace = {"freeze_grace": f"P{days}DT{hours}H{minutes}M{seconds}.25S"}
    verdict = Court().send("account", "account", grace)
    if verdict.topic == CONTROL_ACCEPTED:
        assert isinstance(decode_entry(Sent(verdict.key, verdict.value)).command, Account)
    else:
        assert reason_of(verdict).endswith("give at most P999999999D")
