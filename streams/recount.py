"""Crediting anew (SPEC 2.2, 4.1): what changes for the tickets already known when the crediting does."""

from typing import Final

from immutables import Map

from schemas.control import TeamSince
from schemas.events import Stamp
from schemas.rows import Row
from streams.contribute import NetChanges
from streams.crediting import Crediting
from streams.derive import Derivation

_NO_TEAMS: Final[tuple[TeamSince, ...]] = ()


class Recount:
    """From one crediting to the next. New accumulators concern every row, other teams only the rows of their users.

    Accumulators are only ever added at the end (`Crediting.accumulators`).
    """

    def __init__(self, old: Crediting, new: Crediting) -> None:
        """Finds out once what differs."""
        known = len(old.accumulators)
        self._before = Derivation(old)
        self._after = Derivation(new, stop=known)
        self._added = Derivation(new, start=known) if len(new.accumulators) > known else None
        self._all_moved = old.days != new.days
        self._users = _changed(old.teams, new.teams)

    def apply(self, row: Row, changes: NetChanges) -> None:
        """Add what changes for one ticket."""
        if self._all_moved or self._credited_by_directory(row.response) or self._credited_by_directory(row.close):
            changes.replace(self._before.facts(row), self._after.facts(row))
        if self._added is not None:
            changes.replace([], self._added.facts(row))

    def _credited_by_directory(self, stamp: Stamp | None) -> bool:
        """The event names no team, and its user's teams changed."""
        return stamp is not None and not stamp[4] and stamp[3] in self._users


def _changed(old: Map[str, tuple[TeamSince, ...]], new: Map[str, tuple[TeamSince, ...]]) -> frozenset[str]:
    """The users whose teams differ."""
    if old is new:
        return frozenset()
    return frozenset(user for user in {*old, *new} if old.get(user, _NO_TEAMS) != new.get(user, _NO_TEAMS))
