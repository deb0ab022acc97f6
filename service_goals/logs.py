"""Logs go to stderr: readable lines at a terminal and in a log file, JSON when something collects them."""

import asyncio
import logging
import sys
from typing import Final

import structlog
from structlog.typing import Processor

QUIET: Final = ("aiokafka", "kafka", "mode.timers")
"""Loggers of what is also raised, or of timers that come late: shown when debugging only."""
_TELLS_SECRETS: Final = "aiokafka.conn"
"""When debugging it shows every request as it is sent, the one with the password too."""

_CANCELLED_ACTORS: Final = ("faust.agents.actor", "faust.agents.agent")
"""Faust restarts its actors at each rebalance and stop by cancelling them, and logs that as a crash."""


def configure_logs(level: str = "warning", *, as_json: bool = False) -> None:
    """Send all logs to stderr; `level` as in SERVICE_GOALS_LOG_LEVEL."""
    shared: list[Processor] = [
        structlog.contextvars.merge_contextvars,
        structlog.stdlib.add_logger_name,
        structlog.stdlib.add_log_level,
        structlog.processors.TimeStamper(fmt="iso"),
    ]
    structlog.configure(
        processors=[*shared, structlog.stdlib.ProcessorFormatter.wrap_for_formatter],
        logger_factory=structlog.stdlib.LoggerFactory(),
        wrapper_class=structlog.stdlib.BoundLogger,
        cache_logger_on_first_use=True,
    )
    handler = logging.StreamHandler(sys.stderr)
    handler.setFormatter(structlog.stdlib.ProcessorFormatter(foreign_pre_chain=shared, processors=_rendered(as_json)))
    logging.basicConfig(handlers=[handler], level=level.upper(), force=True)
    for name in QUIET:
        logging.getLogger(name).setLevel(level.upper() if level == "debug" else logging.CRITICAL)
    for name in _CANCELLED_ACTORS:
        logging.getLogger(name).addFilter(_is_no_cancellation)
    if level == "debug":
        logging.getLogger(_TELLS_SECRETS).setLevel(logging.INFO)


def _is_no_cancellation(record: logging.LogRecord) -> bool:
    return not (record.exc_info and isinstance(record.exc_info[1], asyncio.CancelledError))


def _rendered(as_json: bool) -> list[Processor]:
    meta = structlog.stdlib.ProcessorFormatter.remove_processors_meta
    if as_json:
        return [meta, structlog.processors.format_exc_info, structlog.processors.JSONRenderer()]
    # The default shows the local variables of each frame, and so passwords and whole records.
    plain = structlog.dev.plain_traceback
    return [meta, structlog.dev.ConsoleRenderer(colors=sys.stderr.isatty(), exception_formatter=plain)]
