"""Side by side with Faust as its documentation shows it: the same log, one worker each, in turns.

    .venv/bin/python -m benchmarks.peers [--tickets 20000] [--rounds 3]

The peer (benchmarks/plain_faust.py) does less, and its numbers are compared too: a run that counts wrong fails.
"""

import argparse
import asyncio
import os
import subprocess
import sys
import tempfile
import time
from collections import Counter
from pathlib import Path
from statistics import median

import orjson
import psutil
from aiokafka import TopicPartition
from aiokafka.admin import NewTopic

from agents.asking import committed_offsets
from agents.changelog import ends_of, read_rows
from agents.config import EngineConfig
from agents.topics import ensure_topics
from benchmarks import plain_faust
from benchmarks.throughput import cpu_of, measure
from benchmarks.workload import Load, generate, publish
from service_goals.client.kafka import administering
from service_goals.embedded import EmbeddedKafka
from service_goals.embedded.process import tied

FIGURES = ("events/s", "CPU s per million", "without start-up")


async def measure_peer(broker: str, load: Load, number: int) -> dict[str, float]:
    """One run of the peer; the figures by name, as `throughput.measure` has them."""
    config = EngineConfig(broker=broker, namespace=f"peer-{os.getpid()}-{number}", partitions=plain_faust.PARTITIONS)
    await ensure_topics(config)
    async with administering(config) as admin:  # Faust would make it too, and now and then not see it in time
        await admin.create_topics([NewTopic(plain_faust.between(config), plain_faust.PARTITIONS, 1)])
    await publish(config, load)
    with tempfile.TemporaryDirectory() as place:
        worker = start(config, place)
        try:
            processes = [psutil.Process(worker.pid)]
            while not any((await committed(config)).values()) and worker.poll() is None:
                await asyncio.sleep(0.02)
            begin, start_up = time.perf_counter(), cpu_of(processes)
            await worked_off(config)
            seconds, cpu = time.perf_counter() - begin, cpu_of(processes)
        finally:
            worker.terminate()
            worker.wait(30)
    assert await counted(config) == expected(load), "the peer counts other than was generated"
    values = (load.size / seconds, cpu / load.size * 1e6, (cpu - start_up) / load.size * 1e6)
    return dict(zip(FIGURES, values, strict=True))


def start(config: EngineConfig, place: str) -> subprocess.Popen[bytes]:
    """The peer's worker, its own files in `place`."""
    command = [sys.executable, "-m", "benchmarks.plain_faust", "--datadir", place, "worker", "--without-web"]
    environment = os.environ | {"PEER_BROKER": config.broker, "PEER_NAMESPACE": config.namespace}
    return subprocess.Popen(tied([*command, "-l", "warn"]), env=environment, stdout=subprocess.DEVNULL)


def partitions(topics: list[str]) -> list[TopicPartition]:
    """All of these topics'."""
    return [TopicPartition(topic, number) for topic in topics for number in range(plain_faust.PARTITIONS)]


async def committed(config: EngineConfig) -> dict[TopicPartition, int]:
    """How far the peer's group is."""
    async with administering(config) as admin:
        return await committed_offsets(admin, plain_faust.group(config))


async def worked_off(config: EngineConfig) -> None:
    """Until the peer has committed all, of the topic between its agents too."""
    sources = partitions([config.topic(topic) for topic in plain_faust.SOURCES])
    while True:
        before = await ends_of(config, [*sources, *partitions([plain_faust.between(config)])])
        done = await committed(config)
        # Nothing more can come of the topic between once the sources are done.
        if all(done.get(tp, 0) >= before[tp] for tp in before):
            return
        await asyncio.sleep(0.1)


async def counted(config: EngineConfig) -> Counter[str]:
    """Resolutions by user, from the changelog of the peer's second table."""
    found: Counter[str] = Counter()
    for tp in partitions([f"{plain_faust.group(config)}-days-changelog"]):
        for key, value in (await read_rows(config, tp)).items():
            found[orjson.loads(key).partition("|")[0]] += orjson.loads(value)[0]
    return found


def expected(load: Load) -> Counter[str]:
    """The same, as generated."""
    users = {
        who: count for (fact, who, figure), count in load.expected.items() if (fact, figure) == ("closed", "count")
    }
    return Counter({who.removeprefix("user:"): count for who, count in users.items() if who.startswith("user:")})


async def main() -> None:
    """In turns, so that the machine's moods meet both."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--tickets", type=int, default=20_000)
    parser.add_argument("--rounds", type=int, default=3)
    arguments = parser.parse_args()
    load = generate(arguments.tickets)
    print(f"{load.size:,} events, {plain_faust.PARTITIONS} partitions, one worker, {os.cpu_count()} cores")
    runs: dict[str, list[dict[str, float]]] = {"plain Faust": [], "service-goals": []}
    with tempfile.TemporaryDirectory() as data, EmbeddedKafka(Path(data)) as broker:
        for number in range(arguments.rounds):
            runs["plain Faust"].append(await measure_peer(broker.bootstrap, load, number))
            runs["service-goals"].append(await measure(broker.bootstrap, load, 1, number))
            for name, done in runs.items():
                print(f"  {name}: " + ", ".join(f"{figure} {done[-1][figure]:,.1f}" for figure in FIGURES), flush=True)
    for figure in FIGURES:
        peer, ours = ([run[figure] for run in runs[name]] for name in runs)
        ratios = [b / a for a, b in zip(peer, ours, strict=True)]
        line = f"plain Faust {median(peer):,.1f}, service-goals {median(ours):,.1f}, ratio {median(ratios):.2f}"
        print(f"{figure:18} {line} ({min(ratios):.2f} – {max(ratios):.2f})")


if __name__ == "__main__":
    asyncio.run(main())
