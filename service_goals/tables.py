"""Statuses and results as a table for people: durations as people say them, progress as a bar."""

from typing import Any, Final

from rich.table import Table
from rich.text import Text

COLOURS: Final = {
    "exceeded": "green", "achieved": "green", "missed": "red",
    "in_progress": "cyan", "pending": "bright_black", "stopped": "yellow",
}  # fmt: skip
_BAR: Final = 12


def status_table(statuses: list[dict[str, Any]], title: str | None = None) -> Table:
    """One row a status."""
    table = Table(
        "goal",
        "who",
        "milestone",
        "target",
        "actual",
        "tickets",
        "progress",
        "status",
        title=Text(title) if title else None,
    )
    for each in statuses:
        table.add_row(
            Text(each["goal_name"]),
            Text(each["contributor"]["name"] or each["contributor"]["id"]),
            f"{each['milestone']['start']} – {each['milestone']['end']}",
            amount(each["target"], each["unit"]),
            amount(each["actual"], each["unit"]),
            f"{each['count']:,}",
            bar(each["progress"], COLOURS[each["status"]]),
            Text(each["status"] + (" (no data)" if each["no_data"] else ""), COLOURS[each["status"]]),
        )
    return table


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


def bar(progress: float | None, colour: str) -> Text:
    """Full at the target; the number says how far beyond."""
    if progress is None:
        return Text("–")
    full = min(_BAR, int(progress * _BAR))
    return Text.assemble(("█" * full, colour), ("░" * (_BAR - full), "bright_black"), f" {min(progress, 9.99):4.0%}")
