"""A Faust worker in an event loop of ours. Importing this loads Faust, which only the worker needs."""

import faulthandler
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

STOP_PATIENCE = 20.0
"""Seconds; less than the 30 that Kubernetes gives before it kills."""


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
            # When in doubt, exit, and tell where it hung: what is not committed is done again by the next owner.
            faulthandler.dump_traceback_later(STOP_PATIENCE, exit=True)
            await running.stopped()
    reason: BaseException | None = running.crash_reason
    return reason


class CommandWorker(faust.Worker):
    """Faust's worker inside our event loop, without its spinner and its own logging."""

    # Faust cancels this future on a signal; ours runs in `asyncio.run`, which needs no cancelling.
    _starting_fut = None

    async def stopped(self) -> None:
        """Stop. What a signal has begun is waited for: `stop` returns at once to who comes second, and the end of the
        event loop would then cancel it halfway."""
        if self._signal_stop_future is not None:
            await self._signal_stop_future
        else:
            await self.stop()

    async def on_first_start(self) -> None:
        """Leave stdout alone."""
        self.spinner = None
        await super().on_first_start()
