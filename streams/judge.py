"""The judge: each command once, against what is in force; its verdict is an entry of the spine or a refusal (SPEC 2.2).

The judge's state is always the fold of the entries it has written, so a verdict is a function of the spine before it,
of the command, and of the time and cut that come in as arguments.
"""

import msgspec

from schemas.control import Account, Command, Entry, SnapshotRequest
from schemas.decode_control import read_command
from schemas.entries import encode_entry
from schemas.goals import Goal
from schemas.reading import Refused, parse_json
from schemas.records import Output, Record
from schemas.topics import CONTROL_REJECTED, GOALS
from streams.control import ControlState
from streams.fold import fold
from streams.goal_rules import check_goal, check_milestones
from streams.versions import numbered

Cut = dict[str, tuple[int, ...]]


class Judge:
    """Keeps what is in force while it judges."""

    def __init__(self, state: ControlState) -> None:
        """`state`: after the last entry of the spine."""
        self.state = state

    def judge(self, topic: str, record: Record, now: int, least_cut: Cut) -> Output:
        """The verdict as a record to write; what is accepted is in force from here on.

        `least_cut`: the end offsets of the ticket topics' partitions, which a snapshot has to cover at least.
        """
        try:
            key = _key(record.key)
            command = self._checked(topic, key, _command(topic, key, record.value), now, least_cut)
        except Refused as refusal:
            return _refused(topic, record, str(refusal))
        self.state = fold(self.state, Entry(-1, topic, key, command, now))
        return encode_entry(topic, key, command, now)

    def _checked(self, topic: str, key: str, command: Command | None, now: int, cut: Cut) -> Command | None:
        """The command as it is to be in force."""
        if isinstance(command, Goal):
            return self._goal(command)
        if isinstance(command, SnapshotRequest):
            return self._snapshot(command, now, cut)
        if topic == GOALS:
            self._check_delete(key)
        if isinstance(command, Account) or (command is None and key == topic):
            self._check_account(command if isinstance(command, Account) else Account())
        return command

    def _goal(self, goal: Goal) -> Goal:
        state, history = self.state, self.state.histories.get(goal.goal_id)
        if history is None and goal.goal_id in state.used_ids:
            raise Refused(f"goal_id: {goal.goal_id} has frozen results of a deleted goal, give the new goal another id")
        goal = numbered(goal, history.goal if history else None)
        check_goal(state, goal)
        return goal

    def _check_delete(self, goal_id: str) -> None:
        if goal_id not in self.state.histories:
            raise Refused(f"key: no goal {goal_id} is in force, name one that is")

    def _check_account(self, account: Account) -> None:
        before = self.state.account
        for field in ("time_zone", "week_start", "fiscal_year_start_month"):
            if self.state.any_closed and getattr(account, field) != getattr(before, field):
                raise Refused(
                    f"{field}: can't change from {getattr(before, field)} to {getattr(account, field)} any more, "
                    "a milestone is closed; leave it as it is"
                )
        for goal_id, goal in self.state.goals.items():
            try:
                check_milestones(goal, account)
            except Refused as refusal:
                raise Refused(f"goal {goal_id} would no longer be valid: {refusal}") from None

    def _snapshot(self, request: SnapshotRequest, now: int, cut: Cut) -> SnapshotRequest:
        today = self.state.crediting.days.today(now)
        if request.as_of > today:
            raise Refused(f"as_of: {request.as_of} is after the local today, give {today} or an earlier date")
        return msgspec.structs.replace(request, least_cut=cut)


def _key(key: bytes | None) -> str:
    if key is None:
        raise Refused("key: null, give the key of what the command is about")
    try:
        return key.decode()
    except UnicodeDecodeError:
        raise Refused(f"key: {key[:40]!r} is not UTF-8, give a text") from None


def _command(topic: str, key: str, value: bytes | None) -> Command | None:
    return read_command(topic, key, parse_json(value) if value is not None else None)


def _refused(topic: str, record: Record, reason: str) -> Output:
    headers = (
        ("reason", reason.encode(errors="replace")),
        ("topic", topic.encode()),
        ("partition", b"%d" % record.partition),
        ("offset", b"%d" % record.offset),
    )
    return Output(CONTROL_REJECTED, record.key, record.value, 0, headers, record.timestamp)
