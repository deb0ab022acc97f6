"""How often watchers are told: the more is told to the more of them, the seldomer."""

import pytest

from serving.index.mirror import LONGEST_PACE, PACE, pace_after


@pytest.mark.parametrize(
    ("told", "pace"),
    [(0, PACE), (1_000, PACE), (12_500, PACE), (50_000, 1.0), (75_000, 1.5), (10_000_000, LONGEST_PACE)],
)
def test_the_pace_follows_what_was_told(told: int, pace: float) -> None:
    assert pace_after(told) == pace
