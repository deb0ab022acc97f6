"""One worker and one API server for all tests of the API that a process runs: each test has goals of its own."""

from collections.abc import Iterator
from uuid import uuid4

import pytest

from tests.integration.api_system import Api, running


@pytest.fixture(scope="session")
def api(kafka: str, valkey: str, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Api]:
    """The server; what is not a test's own may change under its hands."""
    with running(kafka, valkey, f"api{uuid4().hex[:8]}", tmp_path_factory.mktemp("api")) as api:
        yield api


@pytest.fixture
def goal_id() -> str:
    """A goal for this test alone."""
    return f"goal-{uuid4().hex[:8]}"
