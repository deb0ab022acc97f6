"""How far a long command is, on the terminal."""

from collections.abc import Iterator
from contextlib import contextmanager

from rich.progress import BarColumn, MofNCompleteColumn, Progress, TaskID, TextColumn, TimeRemainingColumn

from service_goals.output import ERR


class Steps:
    """One bar after the other."""

    def __init__(self, progress: Progress) -> None:
        self._progress = progress
        self._task: TaskID | None = None

    def begin(self, what: str, total: int | None = None) -> None:
        """The step before is done; `total`: what this one counts up to, None when nobody knows."""
        if self._task is not None:
            self._progress.remove_task(self._task)
        self._task = self._progress.add_task(what, total=total)

    def advance(self, count: int = 1) -> None:
        """So much of the step more is done."""
        if self._task is not None:
            self._progress.advance(self._task, count)


@contextmanager
def steps() -> Iterator[Steps]:
    """Shown on stderr if that is a terminal, and gone afterwards."""
    columns = (TextColumn("{task.description}"), BarColumn(), MofNCompleteColumn(), TimeRemainingColumn())
    with Progress(*columns, console=ERR, disable=not ERR.is_terminal, transient=True) as progress:
        yield Steps(progress)
