"""`audit`: is what was published what the logs say?"""

from typing import Final

import typer

from service_goals.audit.progress import steps
from service_goals.audit.run import audit as run_audit
from service_goals.audit.work import Report
from service_goals.commands.options import AsJson
from service_goals.output import print_json, print_line, say
from service_goals.settings import load_settings
from service_goals.signals import run, until_stopped

_STOPPED: Final = 130
"""Exit status after Ctrl-C or SIGTERM, as shells have it."""


def register(app: typer.Typer, panel: str) -> None:
    """Add the command."""
    app.command("audit", rich_help_panel=panel)(audit)


def audit(as_json: AsJson = False) -> int:
    """Recompute from the logs every frozen result at its own cut, every notification, and every live aggregate; print
    what differs.

    Exits with 1 when anything differs. Workers may go on meanwhile; statuses that are in motion are left out, with a
    note. A line names a few of the tickets that a number is about, --json all of them. Sorts the log in a temporary
    directory (TMPDIR) of up to the log's own size.

    Example:  service-goals audit
    """
    config = load_settings().engine()
    report = None
    with until_stopped(), steps() as shown:
        report = run(run_audit(config, shown))
    if report is None:
        return _STOPPED
    if as_json:
        print_json([each.as_json() for each in report.differences])
    else:
        for each in report.differences:
            print_line(str(each))
    _say(report)
    return 1 if report.differences else 0


def _say(report: Report) -> None:
    tally = report.tally
    for note in report.notes:
        say(f"note: {note}")
    counts = f"{tally.results:,} results, {tally.news:,} notifications, {tally.aggregates:,} aggregates, "
    say(f"recomputed from {report.records:,} ticket events: {counts}{tally.statuses:,} statuses")
    say(f"{len(report.differences) or 'no'} differences")
