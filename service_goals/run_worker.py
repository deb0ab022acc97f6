"""A Faust worker in an event loop of ours. Importing this loads Faust, which only the worker needs."""

import os
import sys
from asyncio import get_running_loop

import faust

from agents.app import build_app
from agents.config import Address, EngineConfig
from agents.monitor.meters import Meters
from agents.monitor.server import monitored
from agents.topics import ensure_topics
from service_goals.output import say


async def run_worker(config: EngineConfig, monitor: Address | None) -> BaseException | None:
    """Work until a signal comes, and tell about it at `monitor`; return what it crashed with, if it did."""
    partitions = await ensure_topics(config)
    meters = Meters("worker")
    app = build_app(config, partitions, meters)
    running = CommandWorker(app, loop=get_running_loop(), stdout=sys.stderr, override_logging=False)
    with monitored(monitor, meters, app.worker_monitor.health) as url:
        say(f"worker {os.getpid()}: Kafka {config.broker}, group {config.group}, {partitions} partitions")
        say(f"health and metrics: {url}")
        try:
            await running.start()
        finally:
            await running.stop()
    reason: BaseException | None = running.crash_reason
    return reason


class CommandWorker(faust.Worker):
    """Faust's worker inside our event loop, without its spinner and its own logging."""

    # Faust cancels this future on a signal; ours runs in `asyncio.run`, which needs no cancelling.
    _starting_fut = None

    async def on_first_start(self) -> None:
        """Leave stdout alone."""
        self.spinner = None
        await super().on_first_start()
