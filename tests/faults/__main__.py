"""Rounds of faults, each with a seed of its own: `make faults ARGS="--rounds 100 --seed 1 --minutes 40"`.

Exits with 1 when a round was not exact: its seed, its story and where its logs are have been printed. The same seed
makes the same plan; what meets what is up to the machine.
"""

import argparse
import asyncio
import logging
import shutil
import sys
import tempfile
import time
from collections import Counter
from pathlib import Path

from service_goals.embedded import EmbeddedKafka
from tests.faults.round import ON_DISK, Outcome, play

ROUNDS_A_BROKER = 8
"""A broker that has seen many namespaces takes longer to come back."""


async def rounds(arguments: argparse.Namespace, place: Path) -> list[Outcome]:
    """Play until there were enough, or the time is over."""
    outcomes: list[Outcome] = []
    end = time.monotonic() + 60 * arguments.minutes
    while len(outcomes) < arguments.rounds and time.monotonic() < end:
        data = place / f"kafka-{len(outcomes)}"
        data.mkdir()
        with EmbeddedKafka(data) as broker:
            for _ in range(min(ROUNDS_A_BROKER, arguments.rounds - len(outcomes))):
                seed = arguments.seed + len(outcomes)
                (here := place / f"round-{seed}").mkdir()
                outcomes.append(await play(broker, seed, here, on_disk=arguments.on_disk))
                tell(outcomes[-1], here)
                if time.monotonic() > end:
                    break
        shutil.rmtree(data)
    return outcomes


def tell(outcome: Outcome, place: Path) -> None:
    """One line; of a round that was not exact everything."""
    struck = sum(outcome.faults.values())
    verdict = f"{len(outcome.deviations)} DEVIATIONS" if outcome.deviations else "exact"
    print(f"seed {outcome.seed}: {outcome.seconds:5.1f} s, {struck:3} faults, {verdict}", flush=True)
    if outcome.deviations:
        print("\n".join([*outcome.story, *outcome.deviations[:40], f"logs: {place}"]), flush=True)
    else:
        shutil.rmtree(place)


def summary(outcomes: list[Outcome]) -> None:
    """What happened in all rounds, by kind."""
    faults: Counter[str] = Counter()
    for outcome in outcomes:
        faults += outcome.faults
    wrong = [outcome.seed for outcome in outcomes if outcome.deviations]
    print(f"{len(outcomes)} rounds, {sum(faults.values())} faults; not exact: {wrong or 'none'}")
    for kind, count in sorted(faults.items()):
        print(f"  {count:5}  {kind}")


def main() -> int:
    """Play, tell, sum up."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--rounds", type=int, default=100)
    parser.add_argument("--seed", type=int, default=1, help="of the first round; the next has one more")
    parser.add_argument("--minutes", type=float, default=60.0, help="no further round is begun after them")
    parser.add_argument(
        "--on-disk", type=float, default=ON_DISK, help="the share of the workers with tables on disk: 0 none, 1 all"
    )
    arguments = parser.parse_args()
    logging.disable(logging.ERROR)  # aiokafka tells each retry while the broker is away
    place = Path(tempfile.mkdtemp(prefix="faults-"))
    outcomes = asyncio.run(rounds(arguments, place))
    summary(outcomes)
    wrong = any(outcome.deviations for outcome in outcomes)
    if not wrong:
        shutil.rmtree(place)
    return 1 if wrong else 0


if __name__ == "__main__":
    sys.exit(main())
