"""A gap in the group's generations says that it went on without this worker."""

import pytest

from agents.attendance import Attendance


@pytest.mark.parametrize(
    ("generations", "missed"),
    [
        ([7], [False]),
        ([1, 2, 3], [False, False, False]),
        ([1, 2, 2, 3], [False, False, False, False]),
        ([1, 3, 4], [False, True, False]),
        ([5, 1, 2], [False, True, False]),  # the group was made anew
    ],
)
def test_a_gap_is_noticed_once(generations: list[int], missed: list[bool]) -> None:
    attendance = Attendance()
    assert [attendance.missed(each) for each in generations] == missed
