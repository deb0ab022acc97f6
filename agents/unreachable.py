"""Says in one line why no client gets through to Kafka: aiokafka's own say only that none could be reached."""

import ssl

from aiokafka.conn import collect_hosts
from aiokafka.errors import (
    AuthenticationFailedError,
    KafkaError,
    SaslAuthenticationFailed,
    UnsupportedSaslMechanismError,
)

from agents.clients import connection
from agents.config import EngineConfig


async def why_unreachable(config: EngineConfig) -> str:
    """The setting, its value and the remedy; never a secret."""
    for host, port, _ in collect_hosts(config.broker, randomize=False):
        try:
            (await connection(config, host, port)).close()
        except (OSError, KafkaError, TimeoutError) as error:
            if told := _told(config, f"{host}:{port}", error):
                return told
    return f"SERVICE_GOALS_BROKER={config.broker}: no Kafka answers there, start one (service-goals up) or name another"


def _told(config: EngineConfig, server: str, error: Exception) -> str | None:
    """What a server that is there said; None when nobody is."""
    security = config.security
    protocol = f"SERVICE_GOALS_KAFKA_SECURITY_PROTOCOL={security.protocol}"
    match error:
        case SaslAuthenticationFailed() | AuthenticationFailedError():
            return (
                f"SERVICE_GOALS_KAFKA_USERNAME={security.username}: {server} refuses this user with this password; "
                "set the two as the broker knows them"
            )
        case UnsupportedSaslMechanismError():
            mechanism = f"SERVICE_GOALS_KAFKA_SASL_MECHANISM={security.mechanism}"
            return f"{mechanism}: {server} has no such mechanism; set one that it has"
        case ssl.SSLCertVerificationError():
            file = security.ca_file or ""
            return (
                f"SERVICE_GOALS_KAFKA_CA_FILE={file}: the certificate of {server} is not trusted "
                f"({error.verify_message.rstrip('.')}); name the file of the authority that signed it, "
                "and the host as the certificate does"
            )
        case ssl.SSLError() | KafkaError() | ConnectionResetError() | ConnectionAbortedError():
            return f"{protocol}: {server} closes the connection; set what this listener demands, see if it is well"
    return None
