"""Where a worker's time goes: samples of its stacks, taken by py-spy from outside, by part of the program."""

import re
import signal
import subprocess
import sys
from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

PARTS = (
    ("decoding events", ("schemas/events", "schemas/instants", "schemas/reading")),
    ("what a ticket's events come to", ("streams/tickets", "streams/merge", "streams/derive", "streams/retention")),
    ("the difference of the facts", ("streams/contribute", "streams/crediting")),
    ("rows and messages, packed and unpacked", ("schemas/",)),
    ("day cells, milestones, statuses", ("streams/",)),
    ("sending: batches, compression, transactions", ("agents/transaction", "aiokafka/producer", "aiokafka/codec")),
    ("fetching: Faust and its consumer", ("agents/lane", "agents/stage", "aiokafka/consumer", "faust/", "mode/")),
    ("tables and owners", ("agents/",)),
    ("sockets and the protocol", ("aiokafka/", "asyncio/")),
)
"""A part, and what its frames' files begin with; a sample belongs to the first part that its innermost frames name."""
WAITING = ("select (selectors.py)", "wait (threading.py)")
"""Innermost frames that py-spy may take for work."""
SAMPLES_A_SECOND = 200


@contextmanager
def sampled(pid: int, place: Path) -> Iterator[Counter[str]]:
    """Sample a process until the block ends; the counter then has the samples by part."""
    raw = place / "samples"
    command = [
        str(Path(sys.executable).with_name("py-spy")),
        "record",
        "--rate",
        str(SAMPLES_A_SECOND),
        "--format",
        "raw",
        "--output",
        str(raw),
    ]
    with subprocess.Popen([*command, "--pid", str(pid)], stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL) as spy:
        counter: Counter[str] = Counter()
        yield counter
        spy.send_signal(signal.SIGINT)
    for line in re.sub(r":\d+\)", ")", raw.read_text()).splitlines():
        stack, count = line.rsplit(" ", 1)
        if not stack.endswith(WAITING):
            counter[part_of(stack.split(";"))] += int(count)


def part_of(stack: list[str]) -> str:
    """Of frames like `decode_event (schemas/events.py:12)`, outermost first."""
    for frame in reversed(stack):
        file = frame.rpartition("(")[2]
        for part, beginnings in PARTS:
            if file.startswith(beginnings):
                return part
    return "the rest"


def told(samples: Counter[str]) -> str:
    """A line for each part, the largest first."""
    total = max(1, samples.total())
    return "\n".join(f"  {100 * count / total:5.1f} %  {part}" for part, count in samples.most_common())
