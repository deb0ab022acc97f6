"""The real services, started once for all tests that need them, each on a free port of the loopback interface."""

from collections.abc import Iterator
from uuid import uuid4

import pytest
from hypothesis import settings
from xdist.remote import Producer
from xdist.scheduler import LoadFileScheduling

from service_goals.embedded import EmbeddedKafka, EmbeddedValkey

PAGE = "tests/e2e/page/"

# A law holds or doesn't, however busy the machine is.
settings.register_profile("unhurried", deadline=None)
settings.load_profile("unhurried")


def pytest_addoption(parser: pytest.Parser) -> None:
    """--pictures: the tests of the page write the documentation's pictures."""
    parser.addoption("--pictures", action="store_true", help="write docs/images anew")


class _Together(LoadFileScheduling):  # type: ignore[misc]  # it has no types
    def _split_scope(self, nodeid: str) -> str:
        file: str = super()._split_scope(nodeid)
        return PAGE if file.startswith(PAGE) else file


@pytest.hookimpl(optionalhook=True)
def pytest_xdist_make_scheduler(config: pytest.Config, log: Producer) -> LoadFileScheduling | None:
    """With --dist loadfile the tests of the page stay together like those of a file: they share a desk."""
    return _Together(config, log) if config.getvalue("dist") == "loadfile" else None


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
