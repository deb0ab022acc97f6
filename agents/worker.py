"""Runs one worker of the group in this process until it is told to stop."""

import asyncio
import gc
import logging
import sys

import faust
import structlog

from agents.app import build_app
from agents.config import EngineConfig
from agents.topics import ensure_topics

_YOUNG = 200_000
"""Allocations between two collections: a run makes many objects and no cycles (a fifth of a run's time otherwise)."""


def run_worker(config: EngineConfig, log_level: str = "info") -> None:
    """Make sure of the topics, then run until SIGINT or SIGTERM; exits the process with 1 after a crash.

    Raises:
        agents.topics.MisconfiguredError: one line with the remedy; nothing was started.
    """
    _log_to_stderr(log_level)
    partitions = asyncio.run(ensure_topics(config))
    gc.set_threshold(_YOUNG, 20, 100)
    loop = asyncio.new_event_loop()
    asyncio.set_event_loop(loop)
    app = build_app(config, partitions)
    worker = faust.Worker(app, loglevel="WARN", quiet=True, loop=loop, redirect_stdouts=False, logging_config=_LOGGING)
    worker.execute_from_commandline()


def _log_to_stderr(level: str) -> None:
    structlog.configure(
        processors=[
            structlog.processors.add_log_level,
            structlog.processors.TimeStamper(fmt="iso", utc=True),
            structlog.processors.format_exc_info,
            structlog.dev.ConsoleRenderer(colors=sys.stderr.isatty()),
        ],
        wrapper_class=structlog.make_filtering_bound_logger(logging.getLevelNamesMapping()[level.upper()]),
        logger_factory=structlog.PrintLoggerFactory(sys.stderr),
    )


_LOGGING = {
    "version": 1,
    "disable_existing_loggers": False,
    "formatters": {"line": {"format": "%(asctime)s [%(levelname)s] %(name)s: %(message)s"}},
    "handlers": {"stderr": {"class": "logging.StreamHandler", "formatter": "line", "stream": "ext://sys.stderr"}},
    "root": {"handlers": ["stderr"], "level": "WARNING"},
    # A broker that still completes the last transaction answers so; the producer tries again at once.
    "loggers": {"aiokafka.producer.sender": {"level": "ERROR"}},
}
"""Faust's and aiokafka's own words, from warnings on: what they tell at INFO is no news for an operator."""
