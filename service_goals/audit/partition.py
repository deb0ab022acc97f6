"""The audit of one contributors partition: its results and news snapshot by snapshot, then what is live."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from datetime import date
from itertools import pairwise
from typing import NamedTuple

import orjson

from schemas.contributions import CellKey, Change
from schemas.control import SnapshotRequest
from schemas.goals import Assignment
from schemas.statuses import Status, contributor_of
from schemas.topics import CONTROL_ACCEPTED
from service_goals.audit.differences import Body, Difference, Scope
from service_goals.audit.epochs import Cut, falls
from service_goals.audit.expected import (
    as_body,
    differing,
    key_of,
    live_body,
    news_body,
    scope_of,
    snapshot_status,
)
from service_goals.audit.published import Published
from service_goals.audit.recompute import Added, Cells
from streams.control import ControlState
from streams.notify import notification_id


class Shot(NamedTuple):
    """One snapshot request."""

    entry: int
    """Its offset in the spine."""
    request: SnapshotRequest
    state: ControlState
    """As of the request."""
    cut: Cut | None
    """None: nobody states it, as it froze nothing."""
    epoch: int
    """Of the cut; without one, of the last before, -1 when there is none."""

    @property
    def as_of(self) -> date:
        """Its date."""
        return self.request.as_of


@dataclass
class Tally:
    """What was compared, and what was expected; over all partitions."""

    results: int = 0
    news: int = 0
    statuses: int = 0
    aggregates: int = 0
    expected: set[str] = field(default_factory=set)
    """Keys of results and ids of news."""
    cutless: set[date] = field(default_factory=set)
    """Snapshots whose news can't be recomputed."""


class PartitionAudit:
    """Add what each epoch adds, then ask for the differences: `snapshots` first, `live` after it."""

    def __init__(self, published: Published, added: Mapping[int, list[Added]], walked: int, tally: Tally) -> None:
        """`added`: by epoch; `walked`: the spine offset up to which the partition's results must be out."""
        self._published, self._added, self._walked, self._tally = published, added, walked, tally
        self._cells = Cells()
        self._epoch = -1
        self._frozen: dict[str, bytes] = {}
        """The status of each frozen milestone."""

    def snapshots(self, shots: list[Shot], contributors: Mapping[int, list[str]]) -> Iterator[Difference]:
        """What differs in results and news; `contributors`: the partition's own, by snapshot entry.

        A milestone that the snapshot before let go of (streams.retention) is not taken any more.
        """
        for before, shot in zip([None, *shots], shots, strict=False):
            kept_from = before.state.kept_from if before else 0
            self._advance(shot.epoch)
            for contributor in contributors[shot.entry]:
                if not shot.state.stopped(contributor):
                    for assignment in shot.state.assignments(contributor):
                        if assignment.milestone.start.toordinal() >= kept_from:
                            yield from self._snapshot(shot, assignment)

    def _advance(self, epoch: int) -> None:
        while self._epoch < epoch:
            self._epoch += 1
            for one in self._added.get(self._epoch, ()):
                self._cells.add(one.key, one.change)

    def _snapshot(self, shot: Shot, assignment: Assignment) -> Iterator[Difference]:
        key = key_of(assignment)
        if key in self._frozen:
            return
        _, status, kind = snapshot_status(shot.state, assignment, self._cells, shot.as_of)
        scope = scope_of(shot.state, assignment, shot.epoch, shot.as_of)
        if status.frozen:
            self._frozen[key] = orjson.dumps(as_body(status))
            yield from self._result(shot, key, status, scope)
        elif kind is not None and shot.cut is None:
            self._tally.cutless.add(shot.as_of)
            return
        if kind is not None:
            identity = notification_id(
                assignment.goal.goal_id, assignment.contributor.key, assignment.milestone.start, kind
            )
            if identity not in self._tally.expected:
                body = news_body(shot.state, assignment, kind, status)
                yield from self._news(shot, identity, body, key, scope)

    def _result(self, shot: Shot, key: str, status: Status, scope: Scope) -> Iterator[Difference]:
        self._tally.expected.add(key)
        bodies = self._published.results.get(key, [])
        if not bodies and shot.entry <= self._walked:
            yield Difference("result", key, "published", False, True, (key,), scope)
        cut = {**(shot.cut or {}), CONTROL_ACCEPTED: [shot.entry + 1]}
        for body in bodies:
            self._tally.results += 1
            yield from differing("result", key, orjson.loads(body), as_body(status) | {"cut": cut}, scope)

    def _news(self, shot: Shot, identity: str, expected: Body, key: str, scope: Scope) -> Iterator[Difference]:
        self._tally.expected.add(identity)
        bodies = self._published.news.get(identity, [])
        if not bodies and shot.entry <= self._walked:
            what = f"{key} ({expected['kind']})"
            yield Difference("notification", what, "published", False, True, (key,), scope)
        for body in bodies:
            self._tally.news += 1
            yield from differing("notification", f"{key} ({expected['kind']})", orjson.loads(body), expected, scope)

    def live(
        self, state: ControlState, epoch: int, kept: Mapping[CellKey, Change], contributors: list[str]
    ) -> Iterator[Difference]:
        """The workers' cells against those of the last epoch; `contributors`: the partition's, in `state`.

        Only of days that have to be kept: what workers still have of others, nobody counts.
        """
        self._advance(epoch)
        cells = self._cells.by_key()
        self._tally.aggregates += len(cells)
        watching = {one: state.assignments(one) for one in contributors}
        for key in sorted(kept.keys() | cells.keys(), key=repr):
            mine, logs = kept.get(key, Change()), cells.get(key, Change())
            if mine != logs and key.day >= state.kept_from:
                concerned = tuple(_adding_up(state, key, watching.get(key.contributor, ())))
                yield from _cell(state, key, mine, logs, concerned, epoch)

    def statuses(
        self, state: ControlState, epoch: int, statuses: Mapping[str, bytes], contributors: list[str], today: date
    ) -> Iterator[Difference]:
        """Every status of these contributors that is out, and every one that should be; after `live`."""
        expected = {key_of(one): one for contributor in contributors for one in state.assignments(contributor)}
        for key in sorted(statuses.keys() | expected.keys()):
            self._tally.statuses += 1
            if key not in expected or key not in statuses:
                yield Difference("status", key, "published", key in statuses, key in expected, (key,))
                continue
            body, assignment = orjson.loads(statuses[key]), expected[key]
            if key in self._frozen:
                yield from differing("status", key, body, orjson.loads(self._frozen[key]))
            elif state.stopped(contributor_of(key)) or assignment.milestone.start.toordinal() < state.kept_from:
                yield from differing("status", key, body, {"status": "stopped", "frozen": False}, whole=False)
            else:
                scope = scope_of(state, assignment, epoch)
                recomputed = live_body(state, assignment, self._cells, today)
                body.pop("as_of", None)
                yield from differing("status", key, body, recomputed, scope)


def _adding_up(state: ControlState, key: CellKey, assignments: tuple[Assignment, ...]) -> Iterator[str]:
    """The milestones that the cell counts for."""
    for one in assignments:
        scope = scope_of(state, one, 0)
        if scope.accumulator == key.accumulator and scope.covers(key.pipeline, key.day):
            yield key_of(one)


def _cell(
    state: ControlState, key: CellKey, mine: Change, logs: Change, concerned: tuple[str, ...], epoch: int
) -> Iterator[Difference]:
    fact = state.accumulators[key.accumulator].fact
    named = f"{key.contributor}|{fact} {key.accumulator}|{key.pipeline}|{date.fromordinal(key.day)}"
    scope = Scope(epoch, key.contributor, key.accumulator, (key.pipeline,), key.day, key.day)
    for name in ("count", "sum", "within", "values"):
        if getattr(mine, name) != getattr(logs, name):
            yield Difference("aggregate", named, name, getattr(mine, name), getattr(logs, name), concerned, scope)


def wrong_cuts(shots: list[Shot], live: Cut) -> Iterator[Difference]:
    """Cuts that lack what was there when the snapshot was requested, or that fall back; `live`: after all of them."""
    cuts = [(f"snapshot as of {shot.as_of}", shot.cut) for shot in shots if shot.cut is not None]
    for shot in shots:
        for topic, least in shot.request.least_cut.items() if shot.cut is not None else ():
            if shot.cut is not None and any(at < to for at, to in zip(shot.cut[topic], least, strict=True)):
                what = f"snapshot as of {shot.as_of}"
                yield Difference("result", what, f"cut of {topic}", list(shot.cut[topic]), f"at least {list(least)}")
    for (_, before), (what, after) in pairwise([*cuts, ("what the workers have merged", live)]):
        for topic in falls(before, after):
            yield Difference("result", what, f"cut of {topic}", list(after[topic]), f"at least {list(before[topic])}")


def unexpected(published: Published, tally: Tally) -> Iterator[Difference]:
    """Results and news that no snapshot had to write; call it after all partitions."""
    for key in sorted(published.results.keys() - tally.expected):
        yield Difference("result", key, "published", True, False, (key,))
    for identity in sorted(published.news.keys() - tally.expected):
        body = orjson.loads(published.news[identity][0])
        if not (tally.cutless and not body.get("frozen")):
            key = f"{body.get('goal_id')}|{_who(body)}|{(body.get('milestone') or {}).get('start')}"
            named = f"{key} ({body.get('kind')})"
            yield Difference("notification", named, "published", True, False, (key,))


def _who(body: Body) -> str:
    who = body.get("contributor") or {}
    return f"{who.get('kind')}:{who.get('id')}"
