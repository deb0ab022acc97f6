"""Commands in their wire form (SPEC 2.2, 4): what `read_command` reads as the same command."""

from datetime import date

import msgspec

from schemas.control import Account, Command, Pipeline, SnapshotRequest, Team, User
from schemas.durations import format_duration
from schemas.goals import Contributor, Goal, Override
from schemas.measures import SHARE_SCALE, Measure, Unit, unit_of


def wire_form(command: Command) -> dict[str, object]:
    """The command as JSON has it, complete; the key is not part of it, but for a goal's id and a request's date."""
    match command:
        case Goal():
            return goal_wire(command)
        case User():
            return _user_wire(command)
        case Team() | Pipeline():
            return {"name": command.name}
        case Account():
            return account_wire(command)
        case SnapshotRequest():
            return {"as_of": command.as_of.isoformat()}


def goal_wire(goal: Goal) -> dict[str, object]:
    """Dates as text, targets in their unit, no end date when none was given, a measure for custom only."""
    unit = unit_of(goal.measure)
    optional: dict[str, object] = {
        "measure": measure_wire(goal.measure) if goal.template == "custom" else None,
        "end_date": goal.end_date.isoformat() if goal.end_date else None,
    }
    return {
        "goal_id": goal.goal_id,
        "name": goal.name,
        "version": goal.version,
        "template": goal.template,
        "duration": goal.duration,
        "start_date": goal.start_date.isoformat(),
        **_given(optional),
        "align_to_fiscal_year": goal.align_to_fiscal_year,
        "forecast": goal.forecast,
        "contributors": [_contributor_wire(contributor, unit) for contributor in goal.contributors],
    }


def measure_wire(measure: Measure) -> dict[str, object]:
    """With the default of `better` filled in, without the parts its statistic has not."""
    parts: dict[str, object] = msgspec.to_builtins(measure)
    return {name: part for name, part in parts.items() if part not in (None, (), [])}


def target_wire(target: int, unit: Unit) -> int | float:
    """A target in its unit: whole, or a share of at most 4 decimals."""
    return target / SHARE_SCALE if unit == "share" else target


def account_wire(account: Account) -> dict[str, object]:
    """All settings; `keep_days` only when tickets are not kept for ever."""
    keep = {} if account.keep_days is None else {"keep_days": account.keep_days}
    return {
        "time_zone": account.time_zone,
        "fiscal_year_start_month": account.fiscal_year_start_month,
        "week_start": account.week_start,
        "freeze_grace": format_duration(account.freeze_grace),
        **keep,
    }


def _contributor_wire(contributor: Contributor, unit: Unit) -> dict[str, object]:
    optional: dict[str, object] = {
        "target": target_wire(contributor.target, unit) if contributor.target is not None else None,
        "pipelines": list(contributor.pipelines) or None,
        "milestones": [_override_wire(override, unit) for override in contributor.milestones] or None,
        "notify": [{"user_id": one.user_id, "on": list(one.on)} for one in contributor.notify] or None,
    }
    return {"kind": contributor.kind, "id": contributor.id, **_given(optional)}


def _override_wire(override: Override, unit: Unit) -> dict[str, object]:
    optional: dict[str, object] = {
        "target": target_wire(override.target, unit) if override.target is not None else None,
        "pipelines": list(override.pipelines) if override.pipelines is not None else None,
    }
    return {"start": override.start.isoformat(), **_given(optional)}


def _user_wire(user: User) -> dict[str, object]:
    teams: dict[str, object] = {}
    if len(user.teams) == 1 and user.teams[0].from_day == 0:
        teams = {"team_id": user.teams[0].team_id}
    elif user.teams:
        since = [(one.team_id, date.fromordinal(one.from_day).isoformat()) for one in user.teams]
        teams = {"teams": [{"team_id": team_id, "from": day} for team_id, day in since]}
    return {"name": user.name, "email": user.email, "active": user.active, **teams}


def _given(optional: dict[str, object]) -> dict[str, object]:
    return {name: part for name, part in optional.items() if part is not None}
