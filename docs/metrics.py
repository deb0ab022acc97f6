"""Writes the list of metrics into metrics.md, from schemas/metrics: `make docs`. A test fails when the two differ."""

from collections.abc import Iterator
from pathlib import Path
from typing import Final

from schemas.metrics import METRICS

PAGE: Final = Path(__file__).with_name("metrics.md")
START: Final = "<!-- metrics: drawn by make docs -->\n"
END: Final = "<!-- metrics: end -->\n"


def listed(text: str) -> str:
    """The page with the list anew; what is around the markers is written by hand."""
    before, _, rest = text.partition(START)
    _, found, after = rest.partition(END)
    if not found:
        raise ValueError(f"{PAGE.name}: has no place for the list, put {START.strip()} and {END.strip()} in it")
    return "".join([before, START, *(f"{line}\n" for line in _lines()), END, after])


def _lines() -> Iterator[str]:
    yield from ("| metric | kind | unit | labels | of |", "|---|---|---|---|---|")
    for metric in METRICS:
        labels = ", ".join(f"`{label}`" for label in metric.labels)
        yield f"| `{metric.wire_name}` | {metric.kind} | {metric.unit} | {labels} | {', '.join(metric.processes)} |"
    for metric in METRICS:
        moves = metric.moves[0].lower() + metric.moves[1:]
        yield from ("", f"**`{metric.wire_name}`** {metric.tells}", f"*Moves:* {moves}")


if __name__ == "__main__":
    PAGE.write_text(listed(PAGE.read_text("utf-8")), "utf-8")
