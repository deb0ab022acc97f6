"""The net change of day cells over a run: old facts taken back, new ones counted, coalesced by cell.

The law: what a run contributes is the difference of its tickets' facts after and before, so contributions add up to the
facts whatever the runs were.
"""

from collections.abc import Iterable, Iterator

from schemas.contributions import CellKey, Change
from schemas.rows import Row
from streams.crediting import Crediting
from streams.derive import Fact, Plan, attributes, facts, passes

Cell = tuple[str, int, str | None, int]
"""The members of a `CellKey`, as a plain tuple: cheaper to make and to hash."""


class NetChanges:
    """Collects the changes of one run (or one scan)."""

    def __init__(self) -> None:
        self._cells: dict[Cell, Change] = {}

    def count(self, row: Row, crediting: Crediting, plan: Plan, sign: int) -> None:
        """Count the row's facts in (`sign` 1), or take them back (-1)."""
        values = None
        for fact in facts(row, crediting):
            chosen = plan.plain[fact.name]
            if filtered := plan.filtered[fact.name]:
                values = attributes(row) if values is None else values
                chosen = (*chosen, *(one for one in filtered if passes(one[1].filter, values)))
            for index, accumulator in chosen:
                within = accumulator.threshold is not None and fact.value <= accumulator.threshold
                self._add(fact, index, sign, sign * within, keep=accumulator.values)

    def _add(self, fact: Fact, index: int, sign: int, within: int, keep: bool) -> None:
        _, value, user_id, team_id, pipeline_id, day = fact
        cells = self._cells
        pipeline = pipeline_id or None
        for contributor in (
            user_id and "user:" + user_id,
            team_id and "team:" + team_id,
            pipeline_id and "pipeline:" + pipeline_id,
        ):
            if not contributor:
                continue
            key = (contributor, index, pipeline, day)
            change = cells.get(key)
            if change is None:
                change = cells[key] = Change()
            change.count += sign
            change.sum += sign * value
            change.within += within
            if keep:
                change.values[value] = change.values.get(value, 0) + sign

    def drain(self) -> Iterator[tuple[CellKey, Change]]:
        """The cells that changed after all, each once."""
        cells, self._cells = self._cells, {}
        for key, change in cells.items():
            if change.values:
                change.values = {value: times for value, times in change.values.items() if times}
            if change.count or change.sum or change.within or change.values:
                yield CellKey(*key), change


def chunked(changes: Iterable[tuple[CellKey, Change]], weight: int) -> Iterator[list[tuple[CellKey, Change]]]:
    """Cut into lists of about `weight` numbers, so that no record grows too large."""
    chunk: list[tuple[CellKey, Change]] = []
    size = 0
    for item in changes:
        chunk.append(item)
        size += 1 + len(item[1].values)
        if size >= weight:
            yield chunk
            chunk, size = [], 0
    if chunk:
        yield chunk
