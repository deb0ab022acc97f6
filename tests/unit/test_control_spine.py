"""The spine: entries in order, and what was in force after any of them."""

from random import Random

import pytest

from schemas.control import Entry, User
from streams.control import INITIAL
from streams.spine import SEGMENT, SEGMENTS_IN_USE, Spine


def renamed(offset: int) -> Entry:
    """The user ada gets the offset as name."""
    return Entry(offset, "directory", "user:ada", User("ada", str(offset)), 0)


def spine_of(*offsets: int) -> Spine:
    spine = Spine()
    for offset in offsets:
        spine.append(renamed(offset))
    return spine


def test_an_empty_spine_has_the_initial_state_at_every_offset() -> None:
    spine = Spine()

    assert spine.last_offset == -1
    assert spine.state is spine.state_after(-1) is spine.state_after(9) is INITIAL
    assert list(spine.after(-1)) == []


def test_offsets_may_have_gaps_and_a_place_in_a_gap_is_the_one_before() -> None:
    spine = spine_of(1, 3, 7)

    names = [spine.state_after(offset).name_of("user", "ada") for offset in (0, 1, 2, 3, 6, 7, 99)]
    assert names == [None, "1", "1", "3", "3", "7", "7"]
    assert [entry.offset for entry in spine.after(1)] == [3, 7]
    assert [entry.offset for entry in spine.after(2)] == [3, 7]
    assert list(spine.after(7)) == []


@pytest.mark.parametrize("offset", [3, 2, 0])
def test_an_entry_that_does_not_come_after_the_last_one_is_an_error(offset: int) -> None:
    with pytest.raises(ValueError, match=f"offset: {offset} doesn't come after 3"):
        spine_of(1, 3).append(renamed(offset))


def test_any_place_of_a_long_spine_can_be_asked_for_in_any_order_while_it_grows() -> None:
    count = SEGMENT * (SEGMENTS_IN_USE + 2) + 5
    offsets = list(range(0, 2 * count, 2))
    spine, random = Spine(), Random(5)
    for offset in offsets:
        spine.append(renamed(offset))
        if offset % 64 == 0:
            asked = random.choice(offsets[: offset // 2 + 1])
            assert spine.state_after(asked).name_of("user", "ada") == str(asked)

    for segment in range(SEGMENTS_IN_USE + 3):
        first = offsets[segment * SEGMENT]
        assert spine.state_after(first).name_of("user", "ada") == str(first)
        assert spine.state_after(first - 1).name_of("user", "ada") == (str(first - 2) if first else None)
