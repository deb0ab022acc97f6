"""Composition: one Faust app with the three stages over one consumer, and the spine beside them."""

import asyncio
import gc

import faust
from faust.auth import SASLCredentials, SSLCredentials
from faust.types.auth import CredentialsT
from yarl import URL

from agents.clients import ssl_context
from agents.config import EngineConfig, KafkaSecurity
from agents.contributors import ContributorsStage
from agents.judge import JudgeStage
from agents.lane import LaneTransport
from agents.monitor.meters import Meters
from agents.monitor.worker import WorkerMonitor
from agents.purge import Purge
from agents.recovery import Recovery
from agents.spine import SpineReader
from agents.tables import OwnersTables
from agents.tickets import TicketsStage

_RARE_COLLECTIONS = (200_000, 20, 100)
"""A run makes many objects and no cycles; with Python's own thresholds collecting took a third of the CPU time."""


class ServiceGoalsApp(faust.App):
    """The Faust app of a worker."""

    worker_monitor: WorkerMonitor
    """Whether it is well; may be asked from any thread."""

    def _create_directories(self) -> None:
        """None: owners have their own (agents.disk), where they need any; Faust would leave empty ones behind."""


def build_app(config: EngineConfig, partitions: int, meters: Meters) -> ServiceGoalsApp:
    """The app over `partitions` partitions of tickets and contributors; `topics.ensure_topics` came before.

    What it does moves the `meters`, which must be a worker's.
    """
    app = ServiceGoalsApp(
        config.group,
        broker=f"kafka://{config.broker}",
        broker_credentials=_credentials(config.security),
        store="memory://",
        origin="agents",
        autodiscover=False,
        TableManager=OwnersTables,
        topic_partitions=partitions,
        topic_allow_declare=False,
        topic_disable_leader=True,
        stream_wait_empty=False,
        stream_buffer_maxsize=16,
        broker_session_timeout=config.session_timeout,
        broker_heartbeat_interval=config.heartbeat_interval,
        broker_rebalance_timeout=max(10.0, config.session_timeout),
        broker_max_poll_records=config.max_run_records,
        consumer_max_fetch_size=1024 * 1024,
        consumer_auto_offset_reset="earliest",
        worker_redirect_stdouts=False,
        web_enabled=config.web_port is not None,
        web_port=config.web_port or 6066,
        web_bind="127.0.0.1",
        web_host="127.0.0.1",
    )
    gc.set_threshold(*_RARE_COLLECTIONS)
    app.transport = LaneTransport([URL(f"kafka://{config.broker}")], app)
    _compose(app, config, partitions, meters)
    return app


def _credentials(security: KafkaSecurity) -> CredentialsT | None:
    """What Faust hands to the clients it makes itself."""
    context = ssl_context(security) if security.tls else None
    if security.mechanism is not None:
        who = {"username": security.username, "password": security.password}
        return SASLCredentials(**who, ssl_context=context, mechanism=security.mechanism)
    return SSLCredentials(context) if context else None


def _compose(app: ServiceGoalsApp, config: EngineConfig, partitions: int, meters: Meters) -> None:
    def on_growth() -> None:
        for stage in (tickets, contributors):
            stage.poke()

    spine = SpineReader(config, on_growth)
    recovery = Recovery(config)
    judge = JudgeStage(app, config, spine, meters, recovery, 1)
    judge.ticket_partitions = partitions
    tickets = TicketsStage(app, config, spine, meters, recovery, partitions)
    contributors = ContributorsStage(app, config, spine, meters, recovery, partitions)
    stages = (judge, tickets, contributors)
    app.worker_monitor = monitor = WorkerMonitor(config, stages, spine)
    meters.read(monitor.readings)
    purge = Purge(config, contributors.worked_off)

    @app.service
    class Spine(faust.Service):  # the app starts services before it subscribes
        async def on_start(self) -> None:
            await self.add_runtime_dependency(monitor.ends)
            await self.add_runtime_dependency(spine)
            # When the worker crashes meanwhile, the reader stops where it is, and nobody would ever catch up.
            if not (await self.wait(spine.caught_up())).stopped:
                await self.add_runtime_dependency(purge)

        async def on_stop(self) -> None:
            await asyncio.gather(*(stage.close() for stage in stages))
