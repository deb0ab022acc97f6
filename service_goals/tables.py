"""Statuses and results as a table for people: durations as people say them, progress as a bar."""

from collections import Counter
from typing import Any, Final

from rich.table import Table
from rich.text import Text

COLOURS: Final = {
    "exceeded": "green", "achieved": "green", "missed": "red",
    "in_progress": "cyan", "pending": "bright_black", "stopped": "yellow",
}  # fmt: skip
_BAR: Final = 12
_NARROW: Final = 6


def status_table(statuses: list[dict[str, Any]], title: str | None = None, *, compact: bool = False) -> Table:
    """One row a status; `compact` leaves out what a narrow terminal has no room for."""
    table = Table(title=Text(title) if title else None)
    tickets = [] if compact else ["tickets"]
    for heading in ("goal", "who", "milestone", "target", "actual", *tickets, "progress", "status"):
        table.add_column(heading, no_wrap=True, overflow="ellipsis")
    for each in statuses:
        start, end = each["milestone"]["start"], each["milestone"]["end"]
        no_data = " (no data)" if each["no_data"] and not compact else ""
        table.add_row(
            Text(each["goal_name"]),
            Text(each["contributor"]["name"] or each["contributor"]["id"]),
            start if compact else f"{start} – {end}",
            amount(each["target"], each["unit"]),
            amount(each["actual"], each["unit"]),
            *([] if compact else [f"{each['count']:,}"]),
            bar(each["progress"], COLOURS[each["status"]], _NARROW if compact else _BAR),
            Text(each["status"] + no_data, COLOURS[each["status"]]),
        )
    return table


def latest(statuses: list[dict[str, Any]]) -> list[dict[str, Any]]:
    """Of each contributor's share of a goal the latest milestone, in the order given."""
    found: dict[tuple[str, str, str], dict[str, Any]] = {}
    for each in statuses:
        share = each["goal_id"], each["contributor"]["kind"], each["contributor"]["id"]
        if share not in found or found[share]["milestone"]["start"] < each["milestone"]["start"]:
            found[share] = each
    return list(found.values())


def tally(statuses: list[dict[str, Any]]) -> str:
    """How many of each status: `3 exceeded, 1 missed`."""
    counts = Counter(each["status"] for each in statuses)
    return ", ".join(f"{counts[status]} {status}" for status in COLOURS if counts[status])


def amount(value: float | None, unit: str) -> str:
    """`4 h 05 m`, `12`, `83.5 %`; a dash for nothing."""
    if value is None:
        return "–"
    if unit == "share":
        return f"{value:.1%}".replace("%", " %")
    return duration(value) if unit == "ms" else f"{value:,.0f}"


def duration(ms: float) -> str:
    """The two largest units that are not zero."""
    seconds = round(ms / 1000)
    days, hours, minutes = seconds // 86_400, seconds // 3_600 % 24, seconds // 60 % 60
    if days:
        return f"{days} d {hours:02} h"
    return f"{hours} h {minutes:02} m" if hours else f"{minutes} m {seconds % 60:02} s"


def bar(progress: float | None, colour: str, width: int = _BAR) -> Text:
    """Full at the target; the number says how far beyond."""
    if progress is None:
        return Text("–")
    full = min(width, int(progress * width))
    return Text.assemble(("█" * full, colour), ("░" * (width - full), "bright_black"), f" {min(progress, 9.99):4.0%}")
