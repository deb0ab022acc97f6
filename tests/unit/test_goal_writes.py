"""A goal that is set is judged against what its writer was checked against, not against what has come meanwhile."""

import json

from schemas.encode_control import goal_wire
from schemas.topics import CONTROL_REJECTED
from serving.goals import judged, without_contributor, without_version
from tests.control_court import Court, reason_of

ANN, BOB, CAS = ({"kind": "user", "id": name, "target": 5} for name in ("ann", "bob", "cas"))


def test_who_was_overtaken_by_a_change_loses() -> None:
    court = Court()
    read_by_both = court.goal(goal_id="close", contributors=[ANN, BOB, CAS]), court.state
    court.goal(goal_id="close", contributors=[ANN, BOB])
    wire, state = read_by_both
    before = state.goal("close")
    assert before is not None
    edited = without_version(json.dumps({**wire, "name": "Mine"}).encode(), before.version)
    for body in (edited, without_contributor(before, "user:ann")):
        goal = judged(state, "close", body)
        assert goal.version == before.version + 1
        assert reason_of(court.send("goals", "close", goal_wire(goal))).startswith("version: 2, not higher than 2")


def test_who_was_overtaken_by_another_new_goal_changes_nothing() -> None:
    court = Court()
    nothing = court.state
    wire = court.goal(goal_id="close", name="Theirs", contributors=[ANN])
    mine = judged(nothing, "close", json.dumps({**wire, "name": "Mine"}).encode())
    assert court.send("goals", "close", goal_wire(mine)).topic == CONTROL_REJECTED
