"""How a milestone's status moves, read from the table that the code follows."""

from typing import get_args

import pytest

from schemas.statuses import STATUS_NAMES, StatusName
from streams.status_table import CAUSES, TRANSITIONS, Cause, follow


@pytest.mark.parametrize(
    ("before", "cause", "after"),
    [
        (None, "waits", "pending"),
        (None, "runs", "in_progress"),
        (None, "stops", "stopped"),
        ("pending", "runs", "in_progress"),
        ("in_progress", "waits", "pending"),
        ("in_progress", "better", "exceeded"),
        ("in_progress", "exact", "achieved"),
        ("in_progress", "worse", "missed"),
        ("in_progress", "stops", "stopped"),
        ("stopped", "runs", "in_progress"),
        ("stopped", "waits", "pending"),
    ],
)
def test_a_cause_moves_the_status(before: StatusName | None, cause: Cause, after: StatusName) -> None:
    assert follow(before, cause) == after


@pytest.mark.parametrize("frozen", ["exceeded", "achieved", "missed"])
@pytest.mark.parametrize("cause", get_args(Cause))
def test_what_is_frozen_has_no_way_out(frozen: StatusName, cause: Cause) -> None:
    with pytest.raises(ValueError, match="no way out"):
        follow(frozen, cause)


@pytest.mark.parametrize("status", ["pending", "stopped", None])
@pytest.mark.parametrize("cause", ["better", "exact", "worse"])
def test_only_what_runs_is_frozen(status: StatusName | None, cause: Cause) -> None:
    with pytest.raises(ValueError, match="no way out"):
        follow(status, cause)


def test_the_table_has_every_status_and_every_cause_has_words() -> None:
    assert set(TRANSITIONS) == {*STATUS_NAMES, None}
    reached = {after for ways in TRANSITIONS.values() for after in ways.values()}
    assert reached == set(STATUS_NAMES)
    assert set(CAUSES) == set(get_args(Cause))
