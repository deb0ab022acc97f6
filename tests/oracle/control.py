"""Account and directory (SPEC 2.2), folded from the accepted control entries.

Decisions where the page is silent:
- A record of `account` or `directory` replaces what stood under its key; a part that is left out takes its default.
- A deleted user has no team any more: events that named none are then credited to none (as far as not yet frozen).
- A user whose key was set to null is deleted, even when nothing stood there; one the directory never heard of is not.
- Of two teams from the same date, the greater id counts (`in any order` must not matter).
"""

from dataclasses import dataclass, field
from datetime import date
from typing import Any


@dataclass
class Account:
    """The account's settings."""

    time_zone: str = "UTC"
    fiscal_year_start_month: int = 1
    week_start: str = "monday"

    @classmethod
    def of(cls, value: dict[str, Any] | None) -> "Account":
        """The settings of a record of `account`."""
        given = {name: each for name, each in (value or {}).items() if each is not None}
        return cls(
            time_zone=given.get("time_zone", "UTC"),
            fiscal_year_start_month=given.get("fiscal_year_start_month", 1),
            week_start=given.get("week_start", "monday"),
        )


@dataclass
class Directory:
    """What stands under each key; None where it was deleted."""

    entries: dict[str, dict[str, Any] | None] = field(default_factory=dict)

    def name(self, kind: str, identity: str) -> str | None:
        """The name of a contributor, None where nobody knows it."""
        return self._known(f"{kind}:{identity}").get("name")

    def email(self, user: str) -> str | None:
        """The user's email, None where nobody knows it."""
        return self._known(f"user:{user}").get("email")

    def stopped(self, kind: str, identity: str) -> bool:
        """True for a user who was deactivated or deleted; teams and pipelines are never stopped."""
        if kind != "user" or f"user:{identity}" not in self.entries:
            return False
        entry = self.entries[f"user:{identity}"]
        return entry is None or entry.get("active") is False

    def team(self, user: str, day: date) -> str | None:
        """The user's team on a local day."""
        entry = self._known(f"user:{user}")
        if not entry.get("teams"):
            return entry.get("team_id")
        begun = [each for each in entry["teams"] if date.fromisoformat(each["from"]) <= day]
        return max(begun, key=lambda each: (each["from"], each["team_id"] or ""))["team_id"] if begun else None

    def _known(self, key: str) -> dict[str, Any]:
        return self.entries.get(key) or {}
