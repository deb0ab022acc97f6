"""`rejects replay`: publish again what would be accepted now."""

import asyncio
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Annotated

import typer

from agents.clock import now
from agents.config import EngineConfig
from schemas import topics
from service_goals.client.files import read_bytes
from service_goals.client.publisher import publishing
from service_goals.client.rejects import find_rejects, read_rejects
from service_goals.commands.options import AsJson, Reason, Since, Topics
from service_goals.errors import UsageError
from service_goals.output import fail, print_json, reading, say
from service_goals.rejects.replay import Candidate, Replay, as_it_was, read_mended, with_value
from service_goals.rejects.selection import Place, Selection, read_place, read_selection
from service_goals.settings import load_settings

Ids = Annotated[list[str] | None, typer.Argument(metavar="[ID]...", help="PARTITION:OFFSET, as listed.")]
All = Annotated[bool, typer.Option("--all", help="All that lie there.")]
Value = Annotated[Path | None, typer.Option("--value", metavar="FILE", help="The mended value of the one ID named.")]
Mended = Annotated[
    Path | None,
    typer.Option("--mended", metavar="FILE", help="Mended objects of rejects list --json; - for standard input."),
]
DryRun = Annotated[bool, typer.Option("--dry-run", help="Check only, publish nothing.")]
_TOLD = 20
"""Refusals that are told one by one."""


def replay(
    ids: Ids = None,
    topic: Topics = None,
    reason: Reason = None,
    since: Since = None,
    everything: All = False,
    value: Value = None,
    mended: Mended = None,
    dry_run: DryRun = False,
    as_json: AsJson = False,
) -> int:
    """Publish rejected ticket events again to the topics they came from: as they were, or mended.

    Each is checked first by the workers' own rules: what they would reject again is not published but told, and the
    exit status is 1. As it was, an event passes when it is no longer ahead of its record (it is published with the
    time of now), or when this version accepts what an earlier one didn't. A mended event gets its ticket_id as key.

    Safe to repeat: an event that is known changes nothing. One that a worker rejects all the same is listed anew.

    Example:  service-goals rejects replay --reason occurred_at --dry-run

    One event:  service-goals rejects show 3:17 --raw > event.json, mend it, then
    service-goals rejects replay 3:17 --value event.json

    Many:  service-goals rejects list --reason user_id --json > rejects.json, mend "value", then
    service-goals rejects replay --mended rejects.json
    """
    selection = read_selection(topic or (), topics.TICKET_TOPICS, reason, since)
    places = [read_place(each) for each in ids or ()]
    _refuse_mixed(places, selection, everything, value, mended)
    config = load_settings().engine()
    candidates = read_candidates(config, places, selection, value, mended)
    done = Replay(now())
    asyncio.run(_replay(config, candidates, done, dry_run))
    _tell(done, dry_run, as_json)
    return 1 if done.refused else 0


def _refuse_mixed(
    places: list[Place], selection: Selection, everything: bool, value: Path | None, mended: Path | None
) -> None:
    """Exactly one way to say what is meant. Raises UsageError."""
    ways = [bool(places), selection != Selection(), everything, mended is not None]
    if sum(ways) != 1:
        raise UsageError("say what to replay in one way: by IDs, by --topic, --reason, --since, by --mended, or --all")
    if value is not None and len(places) != 1:
        raise UsageError("--value: name the one ID that it is the value of")


async def read_candidates(
    config: EngineConfig, places: list[Place], selection: Selection, value: Path | None, mended: Path | None
) -> AsyncIterator[Candidate]:
    """What is meant, one after the other. CommandError: an ID or a file is wrong, before anything was yielded."""
    if mended is not None:
        for candidate in list(read_mended(mended)):
            yield candidate
    elif places:
        content = None if value is None else read_bytes(value)
        for reject in await find_rejects(config, topics.TICKET_EVENTS_REJECTED, places):
            yield as_it_was(reject) if content is None else with_value(reject, content)
    else:
        with reading() as on_progress:
            async for reject in read_rejects(config, topics.TICKET_EVENTS_REJECTED, on_progress):
                if selection.holds(reject):
                    yield as_it_was(reject)


async def _replay(config: EngineConfig, candidates: AsyncIterator[Candidate], replay: Replay, dry_run: bool) -> None:
    if dry_run:
        async for candidate in candidates:
            replay.consider(candidate)
        return
    async with publishing(config) as publication:
        async for candidate in candidates:
            if (event := replay.consider(candidate)) is not None:
                await publication.add(*event)


def _tell(done: Replay, dry_run: bool, as_json: bool) -> None:
    if as_json:
        refused = [{"id": each.place, "reason": each.reason} for each in done.refused]
        published = 0 if dry_run else done.accepted
        print_json({"accepted": done.accepted, "published": published, "repeated": done.repeated, "refused": refused})
    repeated = f", {done.repeated:,} repetitions left out" if done.repeated else ""
    verb = "would be" if dry_run else "are"
    say(f"{done.accepted:,} events {verb} published again{repeated}")
    if done.accepted and not dry_run:
        say("workers judge them anew: what they reject all the same, service-goals rejects list has once more")
    refusals = [f"{each.place}: {each.reason}" for each in done.refused[:_TOLD]]
    if (more := len(done.refused) - _TOLD) > 0:
        refusals.append(f"and {more:,} more that would be rejected again")
    fail(tuple(refusals))
