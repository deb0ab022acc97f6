"""All of them against a real server: `make bad-requests ARGS="--count 10000 --seed 1"`.

Exits with 1 when one was not refused, or when what was in force before is not in force after.
"""

import argparse
import asyncio
import sys
import tempfile
import time
from pathlib import Path

from service_goals.embedded import EmbeddedKafka, EmbeddedValkey
from tests.bad_requests.generate import World, bad_requests
from tests.bad_requests.kept import faults, memory, prepared, state_of
from tests.bad_requests.run import Outcome, run
from tests.integration.api_system import Api, running


def main() -> int:
    """Start everything, send them, compare, tell."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--count", type=int, default=10_000)
    parser.add_argument("--seed", type=int, default=1)
    arguments = parser.parse_args()
    with (
        tempfile.TemporaryDirectory() as data,
        EmbeddedKafka(Path(data) / "kafka") as kafka,
        EmbeddedValkey() as valkey,
    ):
        (logs := Path(data) / "logs").mkdir()
        with running(kafka.bootstrap, valkey.url, "bad-requests", logs) as api:
            return asyncio.run(sent(api, prepared(api), arguments.seed, arguments.count))


async def sent(api: Api, world: World, seed: int, count: int) -> int:
    """Send them; 0 when all were refused and nothing was lost."""
    before, held, begin = await state_of(api), memory(api), time.monotonic()
    outcome = await run(api.port, bad_requests(seed, count, world))
    taken = time.monotonic() - begin
    print(f"{count:,} requests in {taken:.1f} s; the server: {held:.0f} MiB, then {memory(api):.0f} MiB")
    wrong = [*outcome.wrong, *faults(api)]
    lost = [name for name, value in (await state_of(api)).items() if value != before[name]]
    tell(outcome, wrong, lost)
    return 1 if wrong or lost else 0


def tell(outcome: Outcome, wrong: list[str], lost: list[str]) -> None:
    """By kind and status, then what went wrong."""
    for kind in dict.fromkeys(kind for kind, _ in outcome.statuses):
        found = {status: count for (own, status), count in sorted(outcome.statuses.items()) if own == kind}
        print(f"  {kind:16}" + "  ".join(f"{status or 'closed'}: {count:,}" for status, count in found.items()))
    print("slowest: {:.2f} s, {:.100}".format(*outcome.slowest))
    print(f"not refused: {len(wrong)}; lost or changed: {lost or 'nothing'}")
    for line in wrong[:40]:
        print(line)


if __name__ == "__main__":
    sys.exit(main())
