"""Whatever is sent is refused, and what was in force stays in force; `make bad-requests` sends more of it."""

from tests.bad_requests.generate import bad_requests
from tests.bad_requests.kept import faults, prepared, state_of
from tests.bad_requests.run import run
from tests.integration.api_system import Api

SEED, COUNT = 7, 4_000


async def test_bad_requests_are_refused_and_nothing_is_lost(api: Api) -> None:
    world = prepared(api)
    before = await state_of(api)
    outcome = await run(api.port, bad_requests(SEED, COUNT, world))
    assert outcome.wrong[:10] == []
    assert sum(outcome.statuses.values()) == COUNT
    assert faults(api) == []
    assert await state_of(api) == before
