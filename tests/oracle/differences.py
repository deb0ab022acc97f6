"""Comparison of what was published with the recomputation, in lines that a human can read."""

import json
from collections.abc import Iterable, Mapping
from itertools import pairwise
from typing import Any

from tests.oracle.evaluate import measure_of
from tests.oracle.goals import replay
from tests.oracle.log import CONTROL_ACCEPTED, TICKET_TOPICS, Accepted, Cut, Record, Result
from tests.oracle.recompute import Recipients, Told, freeze, news, told_as, told_early

Lines = list[str]


def key_of(published: Result) -> str:
    """The key that a result or status must have, from its fields."""
    contributor = published["contributor"]
    return f"{published['goal_id']}|{contributor['kind']}:{contributor['id']}|{published['milestone']['start']}"


def cuts_of(published: Iterable[Result], accepted: Accepted) -> dict[int, Cut]:
    """The cut of each snapshot that froze something, by the offset of its request: that of its first result."""
    requests = [(offset, entry["value"]) for offset, entry in accepted if entry["topic"] == "snapshot-requests"]
    cuts: dict[int, Cut] = {}
    for result in published:
        limit = result["cut"][CONTROL_ACCEPTED][0]
        fitting = [at for at, value in requests if value and value["as_of"] == result["as_of"] and at < limit]
        if fitting:
            cuts.setdefault(fitting[-1], result["cut"])
    return cuts


def check(published: Iterable[Result], records: Iterable[Record], accepted: Accepted) -> Lines:
    """Every difference between the published results (the values, repeats included) and the recomputation."""
    results, everything = list(published), list(records)
    cuts = cuts_of(results, accepted)
    first: dict[str, Result] = {}
    lines = _cut_lines(cuts)
    for result in results:
        before = first.setdefault(key_of(result), result)
        lines += _field_lines("first published", before, without_time(result), exact=True)
    expected: dict[str, Result] = {}
    for snapshot in replay(accepted)[0]:
        if snapshot.offset in cuts:
            expected |= freeze(snapshot, everything, cuts)
        else:
            lines += [f"{share.key}: not published (due as of {snapshot.as_of})" for share in snapshot.due]
    return lines + compare(first, expected, _percentiles(accepted))


def check_live(published: Mapping[str, Result | None], expected: Mapping[str, Result], accepted: Accepted) -> Lines:
    """Every difference between the last published statuses by key (null: deleted) and those of `live`."""
    present = {key: value for key, value in published.items() if value is not None}
    return compare(present, expected, _percentiles(accepted))


def check_notifications(
    published: Iterable[Result], records: Iterable[Record], accepted: Accepted, cut_of: Mapping[int, Cut]
) -> Lines:
    """Every difference between the published notifications and the recomputation.

    Of a snapshot without a known cut (it froze nothing), what it may have told early is neither required nor refused.
    """
    everything, required, possible = list(records), dict[Told, Recipients](), set[Told]()
    for snapshot in replay(accepted)[0]:
        if snapshot.offset in cut_of:
            required = news(snapshot, everything, cut_of) | required
        else:
            early = [share for share in snapshot.running if told_early(share)]
            possible |= {told_as(share, kind) for share in early for kind in ("achieved", "exceeded")}
    ids: dict[Told, Result] = {}
    lines = []
    for each in published:
        told = _told(each)
        lines += _field_lines("first published", ids.setdefault(told, each), without_time(each), exact=True)
        if told not in required and told not in possible:
            lines.append(f"{'|'.join(told)}: notification published, none is due")
    lines += [f"{'|'.join(told)}: notification not published" for told in required if told not in ids]
    if len({each["notification_id"] for each in ids.values()}) < len(ids):
        lines.append("two notifications share a notification_id")
    for told in required.keys() & (ids.keys() - possible):
        named = sorted(ids[told]["recipients"], key=lambda each: str(each["user_id"]))
        if named != required[told]:
            lines.append(f"{'|'.join(told)}: recipients: published {named}, recomputed {required[told]}")
    return lines


def compare(published: Mapping[str, Result], expected: Mapping[str, Result], percentiles: set[str]) -> Lines:
    """Missing, unexpected and different entries; only fields that the expected ones have are looked at."""
    lines = [f"{key}: not published" for key in expected if key not in published]
    lines += [f"{key}: published, the recomputation has none" for key in published if key not in expected]
    for key in expected.keys() & published.keys():
        lines += _field_lines("recomputed", expected[key], published[key], exact=key not in percentiles)
    return sorted(lines)


def without_time(published: Result) -> Result:
    """The fields that a repeat must have alike."""
    return {name: value for name, value in published.items() if name != "computed_at"}


def _field_lines(word: str, expected: Result, published: Result, exact: bool) -> Lines:
    lines = []
    for name in expected.keys() - {"computed_at"}:
        mine, theirs = expected[name], published.get(name, "absent")
        if name == "no_data" and published.get("status") == "pending":
            continue
        if name == "pipelines" and published["contributor"]["kind"] == "pipeline":
            mine, theirs = mine or [published["contributor"]["id"]], theirs or [published["contributor"]["id"]]
        near = not exact and name in ("actual", "progress", "projected") and _near(theirs, mine)
        if not near and _plain(name, mine) != _plain(name, theirs):
            lines.append(f"{key_of(published)}: {name}: published {theirs!r}, {word} {mine!r}")
    return sorted(lines)


def _plain(name: str, value: Any) -> str:
    """A text that is the same for the same JSON; numbers by value, pipelines in any order."""
    if isinstance(value, int | float) and not isinstance(value, bool):
        return repr(int(value) if value == int(value) else value)
    return json.dumps(sorted(value) if name == "pipelines" else value, sort_keys=True)


def _near(published: Any, exact: Any) -> bool:
    """A shown percentile may be off by 1 %, and so may what is divided by it."""
    if not isinstance(published, int | float) or not isinstance(exact, int | float):
        return False
    return exact / 1.0102 - 0.001 <= published <= exact * 1.0102 + 0.001


def _percentiles(accepted: Accepted) -> set[str]:
    snapshots, state = replay(accepted)
    shares = [share for snapshot in snapshots for share in snapshot.due] + list(state.shares())
    return {share.key for share in shares if measure_of(share.goal)["statistic"] == "percentile"}


def _told(published: Result) -> Told:
    contributor = f"{published['contributor']['kind']}:{published['contributor']['id']}"
    return Told(published["goal_id"], contributor, published["milestone"]["start"], published["kind"])


def _cut_lines(cuts: Mapping[int, Cut]) -> Lines:
    """Cuts name every topic, and never go back from one snapshot to the next."""
    lines = []
    names = {*TICKET_TOPICS, CONTROL_ACCEPTED}
    ordered = sorted(cuts.items())
    lines += [f"cut of request {at}: topics {sorted(cut)}" for at, cut in ordered if set(cut) != names]
    for (_, earlier), (at, later) in pairwise(ordered):
        for topic in names & set(earlier) & set(later):
            if any(was > now for was, now in zip(earlier[topic], later[topic], strict=True)):
                lines.append(f"cut of request {at}: {topic} went back from {earlier[topic]} to {later[topic]}")
    return lines
