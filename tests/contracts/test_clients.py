"""Each service has one place where its clients are made: security settings that reach that place reach all of them."""

import ast
from collections.abc import Iterator
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
PACKAGES = ("schemas", "streams", "agents", "serving", "service_goals")
KAFKA = {"AIOKafkaConsumer", "AIOKafkaProducer", "AIOKafkaAdminClient", "AIOKafkaClient", "create_conn"}
REDIS = {"Redis", "StrictRedis", "Valkey", "from_url", "ConnectionPool", "BlockingConnectionPool"}


def calls(source: str) -> Iterator[str]:
    """The last name of everything that is called: `Redis` and `from_url` for `redis.Redis.from_url(…)`."""
    for node in ast.walk(ast.parse(source)):
        if isinstance(node, ast.Call):
            match node.func:
                case ast.Name(id=name) | ast.Attribute(attr=name):
                    yield name


def makers(names: set[str]) -> set[str]:
    """The files of the program that call one of them."""
    files = (file for package in PACKAGES for file in (ROOT / package).rglob("*.py"))
    return {str(file.relative_to(ROOT)) for file in files if names & set(calls(file.read_text()))}


def test_clients_of_kafka_are_made_in_one_place() -> None:
    assert makers(KAFKA) == {"agents/clients.py"}


def test_clients_of_redis_are_made_in_one_place() -> None:
    assert makers(REDIS) == {"service_goals/redis_client.py"}


@pytest.mark.parametrize(
    "source", ["AIOKafkaConsumer(x)", "await aiokafka.conn.create_conn()", "a = [x.AIOKafkaClient()]"]
)
def test_a_client_made_elsewhere_would_be_found(source: str) -> None:
    assert KAFKA & set(calls(source))


def test_the_clients_that_faust_makes_itself_get_the_same() -> None:
    source = (ROOT / "agents" / "app.py").read_text()
    (app,) = [
        node
        for node in ast.walk(ast.parse(source))
        if isinstance(node, ast.Call) and isinstance(node.func, ast.Name) and node.func.id == "ServiceGoalsApp"
    ]
    assert "broker_credentials" in {keyword.arg for keyword in app.keywords}
