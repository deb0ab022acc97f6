"""What a command says: results on stdout (a table, or one JSON value), everything else on stderr."""

import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any, Final

import orjson
from rich.console import Console
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeRemainingColumn
from rich.table import Table

OUT: Final = Console()
ERR: Final = Console(stderr=True, highlight=False)


def say(text: str) -> None:
    """Tell people what is going on; never on stdout, that belongs to the result."""
    ERR.print(text, markup=False, soft_wrap=True)


def print_json(value: Any) -> None:
    """One JSON value, the only thing on stdout."""
    sys.stdout.buffer.write(orjson.dumps(value, option=orjson.OPT_INDENT_2 | orjson.OPT_APPEND_NEWLINE))
    sys.stdout.buffer.flush()


def print_line(text: str) -> None:
    """One line on stdout, at once."""
    sys.stdout.write(text + "\n")
    sys.stdout.flush()


def print_table(table: Table) -> None:
    """A table on stdout; into a file or a pipe as wide as it needs to be."""
    console = OUT if OUT.is_terminal else Console(width=200)
    console.print(table)


@contextmanager
def reading() -> Iterator[Callable[[int, int], None]]:
    """Show how far a long topic has been read, on a terminal: call it with the records read and those there are."""
    columns = (TextColumn("reading"), BarColumn(), MofNCompleteColumn(), TimeRemainingColumn())
    with Progress(*columns, console=ERR, disable=not ERR.is_terminal, transient=True) as progress:
        task = progress.add_task("reading", total=None)
        yield lambda read, there: progress.update(task, completed=read, total=there)


def shortened(value: str | bytes, length: int = 60) -> str:
    """A value inside an error line, quoted, no longer than need be."""
    text = value.decode(errors="replace") if isinstance(value, bytes) else value
    return repr(text if len(text) <= length else text[:length] + "…")


def fail(lines: tuple[str, ...]) -> None:
    """Errors, each on a line of its own."""
    for line in lines:
        sys.stderr.write(f"error: {line}\n")
    sys.stderr.flush()
