"""The real services, started once for all tests that need them, each on a free port of the loopback interface."""

from collections.abc import Iterator
from uuid import uuid4

import pytest
from hypothesis import settings

from service_goals.embedded import EmbeddedKafka, EmbeddedValkey

# A law holds or doesn't, however busy the machine is.
settings.register_profile("unhurried", deadline=None)
settings.load_profile("unhurried")


def pytest_addoption(parser: pytest.Parser) -> None:
    """--pictures: the tests of the page write the documentation's pictures."""
    parser.addoption("--pictures", action="store_true", help="write docs/images anew")


@pytest.fixture(scope="session")
def kafka(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """The `host:port` of a Kafka for all tests of the session; keep apart by `namespace`."""
    with EmbeddedKafka(tmp_path_factory.mktemp("kafka")) as broker:
        yield broker.bootstrap


@pytest.fixture(scope="session")
def valkey() -> Iterator[str]:
    """The `redis://` URL of a Valkey for all tests of the session; keep apart by `namespace`."""
    with EmbeddedValkey() as server:
        yield server.url


@pytest.fixture
def namespace() -> str:
    """A namespace for this test alone."""
    return "t" + uuid4().hex[:10]
