"""`audit`: is what was published what the logs say?"""

import asyncio
from typing import Annotated

import typer

from service_goals.audit.run import audit as run_audit
from service_goals.output import print_json, print_line, say
from service_goals.settings import load_settings


def register(app: typer.Typer, panel: str) -> None:
    """Add the command."""
    app.command("audit", rich_help_panel=panel)(audit)


def audit(
    as_json: Annotated[bool, typer.Option("--json", help="Print the differences as one JSON list.")] = False,
) -> int:
    """Recompute every frozen result from the logs and its cut, and every live status; print what differs.

    Exits with 1 when anything differs.

    Example:  service-goals audit
    """
    report = asyncio.run(run_audit(load_settings().engine()))
    if as_json:
        print_json([each.as_json() for each in report.differences])
    else:
        for each in report.differences:
            print_line(str(each))
    for note in report.notes:
        say(note)
    count = len(report.differences)
    say(f"{report.results:,} results and {report.statuses:,} statuses recomputed, {count:,} differences")
    return 1 if report.differences else 0
