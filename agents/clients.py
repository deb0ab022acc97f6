"""The one place where clients of Kafka are made, so that TLS and a password reach every one of them."""

import asyncio
import functools
import ssl
from typing import Any

from aiokafka import AIOKafkaConsumer, AIOKafkaProducer
from aiokafka.admin import AIOKafkaAdminClient
from aiokafka.conn import AIOKafkaConnection, create_conn
from aiokafka.errors import KafkaError

from agents.config import EngineConfig, KafkaSecurity

ADMIN_TIMEOUT_MS = 20_000
STOP_PATIENCE = 3.0
"""Seconds; after that a group's session runs out, and an open transaction is aborted."""


def consumer(config: EngineConfig, **arguments: Any) -> AIOKafkaConsumer:
    """A consumer; `arguments` are aiokafka's own, apart from where and as whom to connect."""
    return AIOKafkaConsumer(bootstrap_servers=config.broker, **security_arguments(config.security), **arguments)


async def stop(client: AIOKafkaConsumer | AIOKafkaProducer) -> None:
    """Release a client's connections, within some seconds.

    aiokafka's own `stop` may not end, or end more than the client. While no broker answers, the cancellation of its
    fetches escapes and ends whoever stops it, as if that had been cancelled, without a word; a fetch that is just
    leaving an assignment swallows its cancellation and is waited for; a producer waits for what it can't send, or
    raises what its last request came to, such as that it was fenced: whoever stops it wants nothing of it any more.
    """
    try:
        async with asyncio.timeout(STOP_PATIENCE):
            await client.stop()
    except (TimeoutError, KafkaError):
        await _abandon(client)
    except asyncio.CancelledError:
        await _abandon(client)
        task = asyncio.current_task()
        if task is None or task.cancelling():
            raise


async def _abandon(client: AIOKafkaConsumer | AIOKafkaProducer) -> None:
    """Close the connections that `stop` hasn't come to."""
    if isinstance(client, AIOKafkaProducer):
        sender = client._sender.sender_task if client._sender is not None else None
        if sender is not None:
            sender.cancel()
        await client.client.close()
    else:
        await client._client.close()


def producer(config: EngineConfig, **arguments: Any) -> AIOKafkaProducer:
    """A producer, likewise."""
    return AIOKafkaProducer(bootstrap_servers=config.broker, **security_arguments(config.security), **arguments)


def admin(config: EngineConfig) -> AIOKafkaAdminClient:
    """For topics and groups."""
    security = security_arguments(config.security)
    return AIOKafkaAdminClient(bootstrap_servers=config.broker, request_timeout_ms=ADMIN_TIMEOUT_MS, **security)


async def connection(config: EngineConfig, host: str, port: int) -> AIOKafkaConnection:
    """One connection to one broker, authenticated. What fails is raised as it is: clients only log it."""
    security = security_arguments(config.security)
    return await create_conn(host, port, request_timeout_ms=ADMIN_TIMEOUT_MS, **security)


def security_arguments(security: KafkaSecurity) -> dict[str, Any]:
    """What aiokafka's clients are told about TLS and SASL."""
    arguments: dict[str, Any] = {"security_protocol": security.protocol}
    if security.tls:
        arguments["ssl_context"] = ssl_context(security)
    if security.mechanism is not None:
        arguments |= {
            "sasl_mechanism": security.mechanism,
            "sasl_plain_username": security.username,
            "sasl_plain_password": security.password,
        }
    return arguments


@functools.cache
def ssl_context(security: KafkaSecurity) -> ssl.SSLContext:
    """Certificates and host names are checked; without a CA file against those that the machine trusts.

    Raises OSError (ssl.SSLError is one) when a file can't be read.
    """
    context = ssl.create_default_context(cafile=security.ca_file)
    if security.certificate_file is not None:
        # An encrypted key must not make OpenSSL ask at the terminal.
        context.load_cert_chain(security.certificate_file, security.key_file, password="")
    return context
