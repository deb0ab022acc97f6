"""The judge: every command once, in one order, against what is in force (SPEC 2.2, 4).

Accepted commands go to the spine, in their complete wire form; refused ones, byte for byte, to `control-rejected`.
The verdict depends on the spine so far, the record and `now` alone.
"""

from collections.abc import Callable, Mapping
from typing import Final, cast

import msgspec

from schemas.control import Account, Command, Entry, SnapshotRequest
from schemas.decode_control import read_command
from schemas.decode_goal import NO_VERSION
from schemas.entries import encode_entry
from schemas.goals import Contributor, Goal
from schemas.reading import Refused, parse_json, shown, to_json
from schemas.records import Output, Record, reject_headers
from schemas.topics import ACCOUNT, CONTROL_REJECTED, DIRECTORY, GOALS, SNAPSHOT_REQUESTS
from streams.control import ControlState
from streams.fold import fold
from streams.goal_rules import check_goal, check_milestones

MAX_BYTES: Final = 4_000_000
"""Of a command's value and of its entry: with headers and framing they stay below the topics' 4 MiB."""
MAX_VERSION: Final = 10**15
"""The highest version that a record may ask for; defaults go on from there."""

_CALENDAR: Final = ("time_zone", "week_start", "fiscal_year_start_month")


class Judge:
    """Stands at the end of the spine; its own verdicts move it on."""

    def __init__(self, state: ControlState) -> None:
        """`state`: after the last entry of the spine."""
        self.state = state

    def judge(self, topic: str, record: Record, now: int, least_cut: Mapping[str, tuple[int, ...]]) -> Output:
        """The entry for the spine, or the rejected record with its reason.

        `now`: milliseconds since the epoch. `least_cut`: the ticket topics' end offsets; for snapshot requests.
        """
        try:
            key, command = _read(topic, record)
            if isinstance(command, SnapshotRequest):
                command = msgspec.structs.replace(command, least_cut=dict(least_cut))
            command = _CHECKS[topic](self.state, key, command, now)
            output = encode_entry(topic, key, command, now)
            _check_size(output.value or b"", "once complete")
        except Refused as refused:
            return _rejected(topic, record, str(refused))
        self.state = fold(self.state, Entry(-1, topic, key, command, now))
        return output


def _read(topic: str, record: Record) -> tuple[str, Command | None]:
    if record.key is None:
        raise Refused("key: missing, give the record the key that names what it is about")
    try:
        key = record.key.decode()
    except UnicodeDecodeError:
        raise Refused("key: not UTF-8, give it as UTF-8 text") from None
    if record.value is None:
        return key, read_command(topic, key, None)
    _check_size(record.value, "as sent")
    value = parse_json(record.value)
    if value is None:
        raise Refused("value: the JSON null, to delete send a record without a value")
    return key, read_command(topic, key, value)


def _check_size(value: bytes, when: str) -> None:
    if len(value) > MAX_BYTES:
        raise Refused(f"value: {len(value)} bytes {when}, at most {MAX_BYTES} fit, split it")


def _rejected(topic: str, record: Record, reason: str) -> Output:
    return Output(
        CONTROL_REJECTED, record.key, record.value, partition=0, headers=reject_headers(topic, record, reason)
    )


def _check_directory(_state: ControlState, _key: str, command: Command | None, _now: int) -> Command | None:
    """Nothing beyond its form: also what isn't there can be deleted."""
    return command


def _check_account(state: ControlState, _key: str, command: Command | None, _now: int) -> Command | None:
    account = cast(Account | None, command) or Account()
    changed = [name for name in _CALENDAR if getattr(account, name) != getattr(state.account, name)]
    settled = "a milestone is closed" if state.any_closed else "tickets have expired"
    for name in changed:
        new, old = shown(getattr(account, name)), shown(getattr(state.account, name))
        if state.calendar_fixed:
            raise Refused(f"{name}: {new}, {settled}, so it can't change any more, leave it at {old}")
        if name != "time_zone":
            _check_goals(state, account, f"{name}: {new}")
    return command


def _check_goals(state: ControlState, account: Account, change: str) -> None:
    for goal_id, goal in state.goals.items():
        try:
            check_milestones(goal, account)
        except Refused as refused:
            raise Refused(f"{change}, the goal {goal_id} doesn't allow it, edit that first: {refused}") from None


def _check_goal(state: ControlState, key: str, command: Command | None, _now: int) -> Command | None:
    goal, before = cast(Goal | None, command), state.goal(key)
    if goal is None:
        if before is None:
            raise Refused(f"key: {shown(key)}, there is no such goal to delete, give the goal_id of one in force")
        return None
    if before is None and key in state.used_ids:
        raise Refused(f"goal_id: {shown(key)}, a deleted goal has results under it, take another goal_id")
    if before is not None and goal.version <= before.version and _same(goal, before):
        return before
    goal = _with_version(goal, before)
    check_goal(state, goal)
    return goal


def _with_version(goal: Goal, before: Goal | None) -> Goal:
    in_force = before.version if before is not None else 0
    if goal.version == NO_VERSION:
        return msgspec.structs.replace(goal, version=in_force + 1)
    if goal.version <= in_force:
        raise Refused(f"version: {goal.version}, not higher than {in_force} in force, give a higher one or none")
    if goal.version > MAX_VERSION:
        raise Refused(f"version: {goal.version}, give at most {MAX_VERSION}")
    return goal


def _same(goal: Goal, other: Goal) -> bool:
    """Do they say the same, versions apart? The order of contributors and of overrides says nothing."""
    return to_json(_in_order(goal)) == to_json(_in_order(other))


def _in_order(goal: Goal) -> Goal:
    contributors = sorted((_by_start(contributor) for contributor in goal.contributors), key=lambda one: one.key)
    return msgspec.structs.replace(goal, version=NO_VERSION, contributors=tuple(contributors))


def _by_start(contributor: Contributor) -> Contributor:
    overrides = sorted(contributor.milestones, key=lambda override: override.start)
    return msgspec.structs.replace(contributor, milestones=tuple(overrides))


def _check_snapshot(state: ControlState, _key: str, command: Command | None, now: int) -> Command | None:
    as_of, today = cast(SnapshotRequest, command).as_of, state.crediting.days.today(now)
    if as_of > today:
        raise Refused(f'as_of: "{as_of}", it is after today, give {today} or earlier')
    return command


_CHECKS: Final[dict[str, Callable[[ControlState, str, Command | None, int], Command | None]]] = {
    ACCOUNT: _check_account,
    DIRECTORY: _check_directory,
    GOALS: _check_goal,
    SNAPSHOT_REQUESTS: _check_snapshot,
}
"""What is accepted comes back as it will be in force; the rest raises Refused."""
