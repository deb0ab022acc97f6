"""What OpenAPI promises is what the server does: schemathesis against a real one, and no request makes it fail."""

from typing import Any

import schemathesis
from hypothesis import HealthCheck, given, settings
from schemathesis import GenerationMode, checks
from schemathesis.core.result import Ok
from schemathesis.specs.openapi import checks as contract

from tests.integration.api_system import Api, goal

CHECKS = [
    checks.not_a_server_error,
    contract.status_code_conformance,
    contract.content_type_conformance,
    contract.response_schema_conformance,
    contract.negative_data_rejection,
    contract.unsupported_method,
]
EXAMPLES = 15
"""For each operation."""


def test_every_operation_keeps_its_contract(api: Api, goal_id: str) -> None:
    assert api.client.post("/api/goals", json=goal(goal_id)).status_code == 201
    api.until(lambda: api.get("/api/statuses", goal_id=goal_id)["total"] == 6, "statuses are there")
    schema = schemathesis.openapi.from_url(f"{api.url}/api/openapi.json")
    # A stream of events has no end to wait for.
    operations = [
        found.ok() for found in schema.exclude(path="/api/events").get_all_operations() if isinstance(found, Ok)
    ]
    assert len(operations) >= 18
    for operation in operations:

        @settings(max_examples=EXAMPLES, deadline=None, database=None, suppress_health_check=list(HealthCheck))
        @given(operation.as_strategy() | operation.as_strategy(generation_mode=GenerationMode.NEGATIVE))
        def keeps(case: Any) -> None:
            case.call_and_validate(checks=CHECKS)

        keeps()
