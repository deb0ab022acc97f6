"""The state after any prefix of the spine is what a plain recomputation from its first entry gives."""

import json
from typing import Any

from hypothesis import given, settings
from hypothesis import strategies as st

from schemas.topics import CONTROL_ACCEPTED
from streams.control import INITIAL, ControlState
from streams.crediting import Crediting
from streams.fold import fold
from streams.judge import Judge
from tests.control_court import Court, a_goal
from tests.control_court import given as without_none
from tests.properties.naive_control import Naive

PEOPLE = ["user:ada", "user:bob", "team:blue", "pipeline:sales"]
TARGETS = st.integers(1, 9)
STARTS = ["2025-01-01", "2025-01-06", "2025-02-01", "2025-02-03"]


@st.composite
def contributors(draw: st.DrawFn) -> list[dict[str, Any]]:
    names = draw(st.lists(st.sampled_from(PEOPLE), min_size=1, max_size=3, unique=True))
    overrides = st.lists(
        st.builds(lambda start, target: {"start": start, "target": target}, st.sampled_from(STARTS), TARGETS),
        max_size=1,
    )
    return [
        {
            "kind": name.split(":")[0],
            "id": name.split(":")[1],
            "target": draw(TARGETS),
            "pipelines": draw(st.lists(st.sampled_from(["sales", "care"]), max_size=1)),
            "milestones": draw(overrides),
        }
        for name in names
    ]


GOALS = st.builds(
    lambda goal_id, duration, start, people, version: a_goal(
        goal_id=goal_id,
        duration=duration,
        start_date=start,
        end_date="2025-04-30",
        contributors=people,
        version=version,
    ),
    st.sampled_from("gh"),
    st.sampled_from(["weekly", "monthly", "monthly", "quarterly"]),
    st.sampled_from(["2025-01-01", "2025-01-01", "2025-02-01"]),
    contributors(),
    st.none() | st.integers(1, 3),
)
USERS = st.builds(
    lambda active, team: without_none({"active": active, "team_id": team}),
    st.booleans(),
    st.sampled_from([None, "blue", "red"]),
)
COMMANDS = st.one_of(
    GOALS.map(lambda goal: ("goals", goal["goal_id"], goal)),
    GOALS.map(lambda goal: ("goals", goal["goal_id"], goal)),
    st.tuples(st.just("goals"), st.sampled_from("gh"), st.none()),
    st.tuples(st.just("directory"), st.sampled_from(["user:ada", "user:bob"]), st.none() | USERS),
    st.tuples(st.just("directory"), st.just("pipeline:sales"), st.sampled_from([None, {"name": "Sales"}])),
    st.sampled_from(["2025-01-10", "2025-02-01", "2025-02-15", "2025-03-20"]).map(
        lambda day: ("snapshot-requests", day, {"as_of": day})
    ),
    st.builds(
        lambda start, zone: ("account", "account", {"week_start": start, "time_zone": zone}),
        st.sampled_from(["monday", "wednesday"]),
        st.sampled_from(["UTC", "Asia/Tokyo"]),
    ),
)


def judged(commands: list[tuple[str, str, Any]]) -> tuple[Court, list[dict[str, Any]]]:
    """The court after all of them, and the values of what it accepted."""
    court = Court()
    verdicts = [court.send(*command) for command in commands]
    return court, [json.loads(one.value or b"") for one in verdicts if one.topic == CONTROL_ACCEPTED]


def shown(state: ControlState) -> dict[str, Any]:
    terms = {
        name: sorted(
            (
                one.goal.goal_id,
                one.milestone.start.isoformat(),
                one.milestone.end.isoformat(),
                one.goal.version,
                one.target,
                one.pipelines,
                one.closed,
            )
            for one in state.assignments(name)
        )
        for name in PEOPLE
    }
    return {
        "terms": terms,
        "members": [name for name in sorted(PEOPLE) if name in set(state.contributors())],
        "stopped": [name for name in PEOPLE if state.stopped(name)],
        "goals": {goal_id: goal.version for goal_id, goal in state.goals.items()},
        "used": set(state.used_ids),
        "closed": state.any_closed,
        "last": state.last_snapshot,
        "teams": {user: state.crediting.team_of(user, 1) for user in ("ada", "bob")},
        "sales": state.name_of("pipeline", "sales"),
        "zone": state.crediting.days.time_zone,
    }


def expected(naive: Naive) -> dict[str, Any]:
    terms = {name: naive.of(name) for name in PEOPLE}
    return {
        "terms": terms,
        "members": [name for name in sorted(PEOPLE) if terms[name]],
        "stopped": [name for name in PEOPLE if naive.stopped(name)],
        "goals": {goal_id: naive.goals[goal_id]["version"] for goal_id in sorted(naive.goals)},
        "used": naive.used,
        "closed": naive.ever_closed,
        "last": max(naive.snapshots, default=None),
        "teams": {user: naive.directory.get(f"user:{user}", {}).get("team_id") for user in ("ada", "bob")},
        "sales": naive.directory.get("pipeline:sales", {}).get("name"),
        "zone": naive.account.time_zone,
    }


@settings(max_examples=100, deadline=None)
@given(st.lists(COMMANDS, max_size=14))
def test_each_prefix_is_what_a_plain_recomputation_gives(commands: list[tuple[str, str, Any]]) -> None:
    court, accepted = judged(commands)

    assert shown(INITIAL) == expected(Naive())
    for count, entry in enumerate(court.spine.entries, start=1):
        assert shown(court.spine.state_after(entry.offset)) == expected(Naive().take(accepted[:count]))


@settings(max_examples=50, deadline=None)
@given(st.lists(COMMANDS, max_size=10))
def test_the_judge_stands_where_the_spine_stands(commands: list[tuple[str, str, Any]]) -> None:
    court, _ = judged(commands)

    assert shown(court.judge.state) == shown(court.spine.state)


@settings(max_examples=50, deadline=None)
@given(st.lists(COMMANDS, max_size=8), COMMANDS)
def test_a_judge_that_starts_anew_on_the_spine_judges_the_same(
    commands: list[tuple[str, str, Any]], last: tuple[str, str, Any]
) -> None:
    court, _ = judged(commands)
    verdict = court.send(*last)

    again, _ = judged(commands)
    again.judge = Judge(again.spine.state)

    assert again.send(*last) == verdict


@settings(max_examples=50, deadline=None)
@given(st.lists(COMMANDS, max_size=10))
def test_what_does_not_change_crediting_leaves_it_the_same_object(commands: list[tuple[str, str, Any]]) -> None:
    court, _ = judged(commands)
    state = INITIAL
    for entry in court.spine.entries:
        after = fold(state, entry)
        assert (after.crediting is state.crediting) == _same_crediting(after.crediting, state.crediting)
        state = after


def _same_crediting(one: Crediting, other: Crediting) -> bool:
    days = one.days.time_zone == other.days.time_zone
    return days and dict(one.teams) == dict(other.teams) and len(one.accumulators) == len(other.accumulators)
