"""`audit`: is what was published what the logs say?"""

import asyncio

import typer

from service_goals.audit.run import audit as run_audit
from service_goals.commands.options import AsJson
from service_goals.output import print_json, print_line, say
from service_goals.settings import load_settings


def register(app: typer.Typer, panel: str) -> None:
    """Add the command."""
    app.command("audit", rich_help_panel=panel)(audit)


def audit(as_json: AsJson = False) -> int:
    """Recompute from the logs every frozen result at its own cut, and every live aggregate; print what differs.

    Exits with 1 when anything differs. What is live is compared when the workers have caught up; if they are busy all
    the time, that part is left out, with a note. Needs memory for one row a ticket.

    Example:  service-goals audit
    """
    report = asyncio.run(run_audit(load_settings().engine()))
    if as_json:
        print_json([each.as_json() for each in report.differences])
    else:
        for each in report.differences:
            print_line(str(each))
    for note in report.notes:
        say(f"note: {note}")
    checked = f"{report.results:,} results, {report.aggregates:,} aggregates, {report.statuses:,} statuses"
    say(f"recomputed: {checked}; {len(report.differences) or 'no'} differences")
    return 1 if report.differences else 0
