"""Everything the system promises, recomputed from the logs: frozen results, notifications, live statuses (SPEC 5, 6).

Decisions where the page is silent:
- A running count that was told as `exceeded` and falls back to exactly its target is then told as `achieved` (once).
- A snapshot of an earlier date than the last tells and freezes like any other, with the facts of the days before it.
- The live numbers hold all facts of the milestone's days so far, also of days to come.
- `projected` divides by the days begun so far, at most the milestone's; it is rounded to 3 decimals (a share to 4).
"""

from collections.abc import Iterable, Mapping
from datetime import date
from fractions import Fraction
from typing import Any, NamedTuple

from tests.oracle.evaluate import Numbers, evaluate, measure_of, shown, unit
from tests.oracle.facts import Fact, all_facts
from tests.oracle.goals import Assignment, Snapshot, replay
from tests.oracle.judge import valid_events
from tests.oracle.log import Accepted, Cut, Record, Result, within
from tests.oracle.times import local_day

Recipients = list[dict[str, Any]]


class MissingCut(Exception):  # noqa: N818  a finding, for the reader of the comparison
    """A snapshot that has something to say, and no cut is known for it."""


class Told(NamedTuple):
    """A notification, each at most once."""

    goal_id: str
    contributor: str
    milestone_start: str
    kind: str


def frozen_results(records: Iterable[Record], accepted: Accepted, cut_of: Mapping[int, Cut]) -> dict[str, Result]:
    """All frozen results by key, without `computed_at`; cut_of gives the cut by the offset of the snapshot request."""
    everything: list[Record] = list(records)
    results: dict[str, Result] = {}
    for snapshot in replay(accepted)[0]:
        if snapshot.due:
            results |= freeze(snapshot, everything, cut_of)
    return results


def freeze(snapshot: Snapshot, records: list[Record], cut_of: Mapping[int, Cut]) -> dict[str, Result]:
    """The results that one snapshot freezes."""
    facts = facts_at(snapshot, records, cut_of)
    return {share.key: result(share, snapshot, facts) | {"cut": cut_of[snapshot.offset]} for share in snapshot.due}


def notifications(records: Iterable[Record], accepted: Accepted, cut_of: Mapping[int, Cut]) -> dict[Told, Recipients]:
    """All notifications with their recipients, in the order in which they are due."""
    everything: list[Record] = list(records)
    told: dict[Told, Recipients] = {}
    for snapshot in replay(accepted)[0]:
        if snapshot.due or any(told_early(share) for share in snapshot.running):
            for each, named in news(snapshot, everything, cut_of).items():
                told.setdefault(each, named)
    return told


def news(snapshot: Snapshot, records: list[Record], cut_of: Mapping[int, Cut]) -> dict[Told, Recipients]:
    """What one snapshot has to tell, told before or not."""
    facts = facts_at(snapshot, records, cut_of)
    told = {}
    for share in snapshot.due + [share for share in snapshot.running if told_early(share)]:
        kind = evaluate(share, facts).verdict
        if kind != "missed" or share in snapshot.due:
            told[told_as(share, kind)] = recipients(share, kind, snapshot)
    return told


def told_early(share: Assignment) -> bool:
    """True for a count or sum where higher is better: its target, once reached, is news while it runs."""
    measure = measure_of(share.goal)
    return measure["statistic"] in ("count", "sum") and measure["better"] == "higher"


def told_as(share: Assignment, kind: str) -> Told:
    """The identity of a notification."""
    start = share.milestone.start.isoformat()
    return Told(share.goal["goal_id"], f"{share.kind}:{share.identity}", start, kind)


def recipients(share: Assignment, kind: str, snapshot: Snapshot) -> Recipients:
    """Who is named: switched on for the kind, and neither deactivated nor deleted; by user id."""
    users = {each["user_id"] for each in share.notify if kind in each["on"]}
    directory = snapshot.directory
    return [
        {"user_id": user, "name": directory.name("user", user), "email": directory.email(user)}
        for user in sorted(users)
        if not directory.stopped("user", user)
    ]


def facts_at(snapshot: Snapshot, records: list[Record], cut_of: Mapping[int, Cut]) -> list[Fact]:
    """The facts of days before the snapshot's date, from the records before its cut."""
    if snapshot.offset not in cut_of:
        raise MissingCut(f"snapshot as of {snapshot.as_of} at offset {snapshot.offset}: no cut is known")
    events = valid_events(within(records, cut_of[snapshot.offset]))
    facts = all_facts(events, snapshot.directory, snapshot.account)
    return [fact for fact in facts if fact.day < snapshot.as_of]


def result(share: Assignment, snapshot: Snapshot, facts: list[Fact]) -> Result:
    """The fields of a frozen result, apart from `cut` and `computed_at`."""
    numbers = evaluate(share, facts)
    return {
        "goal_id": share.goal["goal_id"],
        "goal_name": share.goal["name"],
        "goal_version": share.goal["version"],
        "template": share.goal["template"],
        "duration": share.goal["duration"],
        "contributor": {
            "kind": share.kind,
            "id": share.identity,
            "name": snapshot.directory.name(share.kind, share.identity),
        },
        "milestone": {"start": share.milestone.start.isoformat(), "end": share.milestone.end.isoformat()},
        "pipelines": share.pipelines,
        **published(share, numbers),
        "status": numbers.verdict,
        "frozen": True,
        "as_of": snapshot.as_of.isoformat(),
    }


def published(share: Assignment, numbers: Numbers) -> Result:
    """The numbers as they are published."""
    in_unit = unit(measure_of(share.goal))
    return {
        "unit": in_unit,
        "target": share.target,
        "actual": shown(numbers.actual, in_unit),
        "sum": numbers.sum,
        "count": numbers.count,
        "progress": None if numbers.progress is None else float(numbers.progress),
        "no_data": numbers.no_data,
    }


def live(
    records: Iterable[Record], accepted: Accepted, now_ms: int, frozen: Mapping[str, Result] | None = None
) -> dict[str, Result]:
    """The live statuses by key: of what is frozen, the result in `frozen`; of who is stopped, the status alone.

    The others have `status`, the numbers of `published`, `goal_version`, and `projected` where a forecast runs.
    """
    _, state = replay(accepted)
    facts = all_facts(valid_events(records), state.directory, state.account)
    today = local_day(now_ms, state.account.time_zone)
    statuses: dict[str, Result] = {}
    for share in state.shares():
        if share.key in state.frozen:
            statuses[share.key] = (frozen or {}).get(share.key, {"frozen": True})
        elif state.directory.stopped(share.kind, share.identity):
            statuses[share.key] = {"status": "stopped", "frozen": False}
        else:
            statuses[share.key] = live_status(share, evaluate(share, facts), today)
    return statuses


def live_status(share: Assignment, numbers: Numbers, today: date) -> Result:
    """The status of a milestone that is not frozen."""
    status: Result = published(share, numbers) | {"goal_version": share.goal["version"], "frozen": False}
    status["status"] = "pending" if today < share.milestone.start else "in_progress"
    if share.goal.get("forecast") and status["status"] == "in_progress":
        status["projected"] = projected(share, numbers, today)
    return status


def projected(share: Assignment, numbers: Numbers, today: date) -> float | None:
    """Where the milestone is heading: a count or sum grows by the day, anything else stays."""
    if numbers.actual is None:
        return None
    measure, milestone = measure_of(share.goal), share.milestone
    days = (milestone.end - milestone.start).days + 1
    begun = min(days, (today - milestone.start).days + 1)
    grows = measure["statistic"] in ("count", "sum")
    heading = numbers.actual * Fraction(days, begun) if grows else numbers.actual
    return float(round(heading, 4 if unit(measure) == "share" else 3))
