"""Milestones are what naming the period of each single day gives: consecutive, without gap or overlap, clipped."""

from datetime import date, timedelta
from typing import Any

from hypothesis import given
from hypothesis import strategies as st

from schemas.control import Account
from schemas.decode_goal import DURATIONS, read_goal
from schemas.reading import Node
from streams.milestones import ended_before, milestones, span
from tests.control_court import a_goal
from tests.properties.naive_control import WEEK_DAYS, cut_by_days

ACCOUNTS = st.builds(Account, fiscal_year_start_month=st.integers(1, 12), week_start=st.sampled_from(WEEK_DAYS))


@st.composite
def goals(draw: st.DrawFn) -> dict[str, Any]:
    duration = draw(st.sampled_from(DURATIONS))
    start = draw(st.dates(date(1990, 1, 1), date(2050, 1, 1)))
    ahead = draw(st.integers(0, 800) if duration == "custom" else st.none() | st.integers(0, 800))
    end = (start + timedelta(days=ahead)).isoformat() if ahead is not None else None
    aligned = duration != "custom" and draw(st.booleans())
    return a_goal(duration=duration, start_date=start.isoformat(), end_date=end, align_to_fiscal_year=aligned)


@given(goals(), ACCOUNTS)
def test_the_cut_is_that_of_the_single_days(wire: dict[str, Any], account: Account) -> None:
    goal = read_goal(Node("", wire))

    cut = milestones(goal, account)

    assert [(one.start, one.end) for one in cut] == cut_by_days(wire, account)
    assert (cut[0].start, cut[-1].end) == span(goal, account)


@given(goals(), ACCOUNTS, st.dates(date(1990, 1, 1), date(2053, 1, 1)))
def test_those_that_ended_are_the_first_ones(wire: dict[str, Any], account: Account, day: date) -> None:
    cut = milestones(read_goal(Node("", wire)), account)

    assert cut[: ended_before(cut, day)] == tuple(one for one in cut if one.end < day)
