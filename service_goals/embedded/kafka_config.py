"""The settings of the embedded Kafka: one node, loopback only, sized for one machine, keeping data for ever."""

from collections.abc import Mapping
from pathlib import Path

from service_goals.embedded.claims import HOST

MAX_MESSAGE_BYTES = 8 * 1024 * 1024
FOR_EVER = "2147483647"

JVM = (
    "-Xms64m",
    "-Xmx512m",
    "-XX:+ExitOnOutOfMemoryError",
    "-XX:TieredStopAtLevel=1",
    "--sun-misc-unsafe-memory-access=allow",
    "--enable-native-access=ALL-UNNAMED",
    "-Djava.awt.headless=true",
    "-Djava.io.tmpdir=tmp",
    "-Dlog4j2.configurationFile=log4j2.properties",
)

LOG4J = """\
status = error
appender.out.type = Console
appender.out.name = out
appender.out.layout.type = PatternLayout
appender.out.layout.pattern = [%d] %p %m (%c)%n
rootLogger.level = warn
rootLogger.appenderRef.out.ref = out
"""


def server_properties(log_dir: Path, port: int, controller_port: int, settings: Mapping[str, str]) -> str:
    """The text of `server.properties`; `settings` go before what is set here."""
    properties = {
        "process.roles": "broker,controller",
        "node.id": "1",
        "controller.quorum.voters": f"1@{HOST}:{controller_port}",
        "controller.listener.names": "CONTROLLER",
        "listeners": f"PLAINTEXT://{HOST}:{port},CONTROLLER://{HOST}:{controller_port}",
        "advertised.listeners": f"PLAINTEXT://{HOST}:{port}",
        "log.dirs": str(log_dir),
        **BROKER_SETTINGS,
        **settings,
    }
    return "".join(f"{name}={_escaped(value)}\n" for name, value in properties.items())


_ONE_NODE = {
    "offsets.topic.replication.factor": "1",
    "transaction.state.log.replication.factor": "1",
    "transaction.state.log.min.isr": "1",
    "share.coordinator.state.topic.replication.factor": "1",
    "share.coordinator.state.topic.min.isr": "1",
    "auto.create.topics.enable": "false",
    "auto.leader.rebalance.enable": "false",
}

# A killed broker comes back only when its old session has timed out; a group's first member need not wait for others.
_QUICK = {
    "broker.session.timeout.ms": "2000",
    "broker.heartbeat.interval.ms": "500",
    "group.initial.rebalance.delay.ms": "0",
    "group.min.session.timeout.ms": "1000",
}

_SMALL = {
    "offsets.topic.num.partitions": "8",
    "transaction.state.log.num.partitions": "8",
    "num.network.threads": "2",
    "num.io.threads": "4",
    "log.cleaner.dedupe.buffer.size": str(32 * 1024 * 1024),
    "message.max.bytes": str(MAX_MESSAGE_BYTES),
    "replica.fetch.max.bytes": str(MAX_MESSAGE_BYTES),
}

# A machine that was switched off for weeks goes on where it stopped: group offsets and transactional ids stay.
_KEEP = {
    "log.retention.ms": "-1",
    "offsets.retention.minutes": FOR_EVER,
    "transactional.id.expiration.ms": FOR_EVER,
}


BROKER_SETTINGS = {**_ONE_NODE, **_QUICK, **_SMALL, **_KEEP}
"""What the broker in docker-compose.yml is set to as well."""


def _escaped(value: str) -> str:
    """As a Java properties file wants it."""
    return value.replace("\\", "\\\\").encode("ascii", "backslashreplace").decode("ascii").replace("\\x", "\\u00")
