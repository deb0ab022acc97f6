"""A goal (SPEC 4), read strictly: all that can be checked without account, directory and what is in force."""

from datetime import date
from typing import Final, get_args

from schemas.decode_measure import read_measure, read_target
from schemas.goals import (
    Contributor,
    ContributorKind,
    Duration,
    Goal,
    NotificationKind,
    Notify,
    Override,
    Template,
)
from schemas.measures import TEMPLATES, Measure
from schemas.reading import Fields, Node, Refused

TEMPLATE_NAMES: Final[tuple[Template, ...]] = get_args(Template)
DURATIONS: Final[tuple[Duration, ...]] = get_args(Duration)
CONTRIBUTOR_KINDS: Final[tuple[ContributorKind, ...]] = get_args(ContributorKind)
NOTIFICATION_KINDS: Final[tuple[NotificationKind, ...]] = get_args(NotificationKind)

NO_VERSION: Final = 0
"""The version of a goal whose record gives none: the judge fills it in."""
MAX_YEARS: Final = 50
"""How many calendar years a goal may touch, so that its milestones stay countable."""


def read_goal(node: Node) -> Goal:
    """The goal, its version NO_VERSION when none is given. Refused with the path of the first thing wrong."""
    fields = node.fields(*Goal.__struct_fields__)
    template = fields.need("template").choice(TEMPLATE_NAMES)
    measure = _read_measure(fields, template)
    version = fields.get("version")
    end = fields.get("end_date")
    goal = Goal(
        goal_id=fields.need("goal_id").text(),
        name=_read_name(fields.need("name")),
        version=version.whole(1) if version else NO_VERSION,
        template=template,
        measure=measure,
        duration=fields.need("duration").choice(DURATIONS),
        start_date=fields.need("start_date").date(),
        end_date=end.date() if end else None,
        align_to_fiscal_year=_read_flag(fields.get("align_to_fiscal_year")),
        forecast=_read_flag(fields.get("forecast")),
        contributors=tuple(_read_contributor(item, measure) for item in fields.need("contributors").items()),
    )
    _check_span(goal, fields)
    _check_contributors(goal, fields)
    return goal


def _read_measure(fields: Fields, template: Template) -> Measure:
    measure = fields.get("measure")
    if template == "custom":
        return read_measure(measure or fields.need("measure", "the template custom needs it"))
    if measure is not None:
        raise measure.refuse(f"the template {template} brings its own, leave it out or take the template custom")
    return TEMPLATES[template]


def _read_name(node: Node) -> str:
    if not node.text():
        raise node.refuse("give a name that is not empty")
    return node.text()


def _read_flag(node: Node | None) -> bool:
    return node.flag() if node else False


def _read_contributor(node: Node, measure: Measure) -> Contributor:
    fields = node.fields(*Contributor.__struct_fields__)
    target, overrides, notify = fields.get("target"), fields.get("milestones"), fields.get("notify")
    return Contributor(
        kind=fields.need("kind").choice(CONTRIBUTOR_KINDS),
        id=fields.need("id").identifier(),
        target=read_target(target, measure) if target else None,
        pipelines=_read_pipelines(fields.get("pipelines")) or (),
        milestones=_read_overrides(overrides, measure) if overrides else (),
        notify=_read_notify(notify) if notify else (),
    )


def _read_pipelines(node: Node | None) -> tuple[str, ...] | None:
    """As given, each once."""
    return tuple(dict.fromkeys(item.identifier() for item in node.items())) if node else None


def _read_overrides(node: Node, measure: Measure) -> tuple[Override, ...]:
    overrides: dict[date, Override] = {}
    for item in node.items():
        fields = item.fields(*Override.__struct_fields__)
        start, target = fields.need("start"), fields.get("target")
        override = Override(
            start=start.date(),
            target=read_target(target, measure) if target else None,
            pipelines=_read_pipelines(fields.get("pipelines")),
        )
        if override.target is None and override.pipelines is None:
            raise item.refuse("give a target, pipelines or both")
        if override.start in overrides:
            raise start.refuse("there is another override of this milestone, give one")
        overrides[override.start] = override
    return tuple(overrides.values())


def _read_notify(node: Node) -> tuple[Notify, ...]:
    recipients: dict[str, Notify] = {}
    for item in node.items():
        fields = item.fields(*Notify.__struct_fields__)
        user = fields.need("user_id")
        on = {kind.choice(NOTIFICATION_KINDS) for kind in fields.need("on").items()}
        recipient = Notify(user.identifier(), tuple(kind for kind in NOTIFICATION_KINDS if kind in on))
        if recipient.user_id in recipients:
            raise user.refuse("the user is named twice, put all kinds into one")
        recipients[recipient.user_id] = recipient
    return tuple(recipients.values())


def _check_span(goal: Goal, fields: Fields) -> None:
    if goal.duration == "custom":
        if goal.end_date is None:
            raise fields.refuse("end_date", "missing, the duration custom needs it")
        if goal.align_to_fiscal_year:
            raise fields.refuse("align_to_fiscal_year", "true, the duration custom can't be aligned, leave it out")
    if goal.end_date is not None and goal.end_date < goal.start_date:
        raise fields.need("end_date").refuse(f"it is before the start_date, give {goal.start_date} or later")
    if goal.end_date is not None and goal.end_date.year - goal.start_date.year >= MAX_YEARS:
        raise fields.need("end_date").refuse(f"a goal touches at most {MAX_YEARS} calendar years, end it earlier")
    if goal.forecast and goal.duration == "yearly":
        raise fields.refuse("forecast", "true, yearly milestones have no forecast, leave it out")


def _check_contributors(goal: Goal, fields: Fields) -> None:
    if not goal.contributors:
        raise fields.refuse("contributors", "an empty list, give at least one")
    seen: dict[str, int] = {}
    for index, contributor in enumerate(goal.contributors):
        first = seen.setdefault(contributor.key, index)
        if first != index:
            raise Refused(
                f"contributors[{index}].id: {contributor.key} is contributors[{first}] already, give each one once"
            )
