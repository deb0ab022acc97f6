"""Options that several commands have."""

from typing import Annotated

import typer

AsJson = Annotated[bool, typer.Option("--json", help="Print one JSON value, for machines.")]
Topics = Annotated[list[str] | None, typer.Option("--topic", help="Rejected from this topic; may be repeated.")]
Reason = Annotated[str | None, typer.Option("--reason", metavar="TEXT", help="With this text in the reason.")]
Since = Annotated[
    str | None,
    typer.Option("--since", metavar="TIME", help="Published since then: a date (of UTC) or an RFC 3339 time."),
]
