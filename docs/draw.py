"""Draws the pictures in the docs from the tables that the code follows: `make docs`. GitHub shows Mermaid.

A picture stands between two markers; what is around them is written by hand. A test fails when a table was changed
and the picture was not.
"""

import re
from collections.abc import Callable, Iterator
from datetime import date
from pathlib import Path
from typing import Final

from schemas.control import Account
from schemas.goals import Contributor, Duration, Goal
from schemas.measures import TEMPLATES
from streams.milestones import PERIODS, Period, milestones
from streams.status_table import CAUSES, TRANSITIONS

CONCEPTS: Final = Path(__file__).with_name("concepts.md")

_PLACE: Final = re.compile(r"(<!-- (\w+): drawn by make docs -->\n).*?(<!-- \2: end -->)", re.DOTALL)
_MERMAID: Final = "```mermaid"
_START: Final = date(2025, 11, 20)
_END: Final = date(2026, 4, 10)
_FISCAL_START: Final = date(2026, 2, 1)
"""Of the example: a span that calendar years and quarters cut, and fiscal ones elsewhere."""


def statuses() -> Iterator[str]:
    """The lines of: how a status moves, by cause; the causes in words. What leaves a status as it is isn't drawn."""
    yield from (_MERMAID, "stateDiagram-v2")
    for before, ways in TRANSITIONS.items():
        for cause, after in ways.items():
            if after != before:
                yield f"    {before or '[*]'} --> {after}: {cause}"
        if not ways:
            yield f"    {before} --> [*]"
    yield from ("```", "", "| cause | is |", "|---|---|")
    yield from (f"| {cause} | {words} |" for cause, words in CAUSES.items())


def periods() -> Iterator[str]:
    """The lines of: what a milestone of each duration is; one span, cut in every way."""
    yield from ("| `duration` | a milestone is | counted from |", "|---|---|---|")
    yield from (f"| `{name}` | {_length(period)} | {_origin(period)} |" for name, period in PERIODS.items())
    yield from ("", _MERMAID, "---", "displayMode: compact", "---", "gantt")
    yield f"    title {_START} to {_END}, fiscal year from {_FISCAL_START:%B}: milestones by their first day"
    yield from ("    dateFormat YYYY-MM-DD", "    inclusiveEndDates", "    axisFormat %d %b")
    for name, period in PERIODS.items():
        for aligned in (False, True) if period.months > 1 else (False,):
            yield from _bars(name, aligned, "%d" if period.days else "%d %b")
    yield "```"


DRAWINGS: Final[dict[str, Callable[[], Iterator[str]]]] = {"statuses": statuses, "periods": periods}
"""By the name in the markers."""


def drawn(text: str) -> str:
    """The page with every picture drawn anew. ValueError when it doesn't have a place for each, once."""
    places = [match[2] for match in _PLACE.finditer(text)]
    if sorted(places) != sorted(DRAWINGS):
        raise ValueError(f"places for drawings: {places}, the page needs one for each of {sorted(DRAWINGS)}")
    return _PLACE.sub(lambda place: place[1] + "".join(f"{line}\n" for line in DRAWINGS[place[2]]()) + place[3], text)


def _length(period: Period) -> str:
    if period.days:
        return f"{period.days} days"
    if period.months:
        return f"{period.months} month{'s' if period.months > 1 else ''}"
    return "the whole span"


def _origin(period: Period) -> str:
    if period.days:
        return "the account's `week_start`"
    if period.months > 1:
        return "January; with `align_to_fiscal_year` the fiscal year's first month"
    return "the first of the month" if period.months else "the start date; needs an end date"


def _bars(duration: Duration, aligned: bool, named: str) -> Iterator[str]:
    """The milestones of a goal over the example's span, as a section of the chart."""
    yield f"    section {duration}{' aligned' if aligned else ''}"
    who = (Contributor("team", "first-line", target=1),)
    measure = TEMPLATES["tickets-closed"]
    goal = Goal("example", "Example", 1, "tickets-closed", measure, duration, _START, _END, aligned, False, who)
    for one in milestones(goal, Account(fiscal_year_start_month=_FISCAL_START.month)):
        yield f"    {one.start:{named}} :{one.start}, {one.end}"


if __name__ == "__main__":
    CONCEPTS.write_text(drawn(CONCEPTS.read_text("utf-8")), "utf-8")
