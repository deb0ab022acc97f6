"""The pictures in the docs are drawn from the tables that the code follows, and say what these say."""

import re

import pytest

from docs.draw import CONCEPTS, drawn, periods, statuses
from streams.milestones import PERIODS
from streams.status_table import CAUSES, TRANSITIONS

PAGE = CONCEPTS.read_text("utf-8")


def test_the_pictures_are_those_of_the_tables() -> None:
    assert drawn(PAGE) == PAGE, f"docs/{CONCEPTS.name} differs from the tables: run make docs"


def test_what_is_between_the_markers_is_drawn_anew_and_the_rest_is_kept() -> None:
    spoilt = PAGE.replace("in_progress --> missed: worse", "in_progress --> happy: worse")
    assert spoilt != PAGE
    assert drawn(spoilt) == PAGE


@pytest.mark.parametrize("name", ["statuses", "periods"])
def test_a_page_without_a_place_for_a_picture_is_refused_naming_it(name: str) -> None:
    with pytest.raises(ValueError, match=name):
        drawn(PAGE.replace(f"<!-- {name}: end -->", ""))


def test_every_way_of_a_status_is_an_arrow_unless_it_leads_back() -> None:
    arrows = re.findall(r"^ +(\S+) --> (\w+): (\w+)$", "\n".join(statuses()), re.MULTILINE)
    ways = [(before or "[*]", after, cause) for before, row in TRANSITIONS.items() for cause, after in row.items()]
    assert arrows == [way for way in ways if way[0] != way[1]]


def test_every_cause_is_told_in_words() -> None:
    assert [f"| {cause} | {words} |" for cause, words in CAUSES.items()] == list(statuses())[-len(CAUSES) :]


def test_every_duration_has_its_row_and_its_bars() -> None:
    lines = list(periods())
    for name in PERIODS:
        assert sum(line.startswith(f"| `{name}` |") for line in lines) == 1
        assert f"    section {name}" in lines
    assert "    01 Jan :2026-01-01, 2026-03-31" in lines
