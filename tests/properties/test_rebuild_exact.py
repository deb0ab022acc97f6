"""A rebuild at any time changes nothing about what is right, and leaves what the rows say where something was wrong."""

import msgspec
from hypothesis import given
from hypothesis import strategies as st

from schemas.contributions import Anew, CellKey, Change, Contributions
from streams.aggregate import copied, merge
from tests.contributors_kit import ANN, CLOSED, day
from tests.properties.test_contributors_interleaving import Script, World, plainly, recounted, scripts, steps

Scripts = list[Script]


def told(script: Script, source: int, generation: int, parts: int) -> list[Anew]:
    """All that the source has sent so far, as it tells it anew, in so many parts."""
    sums: dict[CellKey, Change] = {}
    for message in script:
        for key, change in message.changes if isinstance(message, Contributions) else ():
            if key in sums:
                merge(sums[key], change)
            else:
                sums[key] = copied(change)
    cells = list(sums.items())
    found = [Anew(source, generation, cells[part::parts]) for part in range(parts)]
    return [*found, Anew(source, generation, [], last=True)]


@st.composite
def rebuilt(draw: st.DrawFn) -> tuple[Scripts, Scripts]:
    """Scripts, and the same with one or two rebuilds in them, which each source comes to at its own time."""
    plain: Scripts = draw(scripts())
    with_rebuilds: Scripts = []
    generations = range(1, 1 + draw(st.integers(1, 2)))
    for source, script in enumerate(plain):
        places = sorted(draw(st.integers(0, len(script))) for _ in generations)
        longer: Script = []
        for at, message in enumerate([*script, None]):
            for generation, place in zip(generations, places, strict=True):
                if place == at:
                    longer += told(script[:at], source, generation, draw(st.integers(0, 2)) + 1)
            if message is not None:
                longer.append(message)
        with_rebuilds.append(longer)
    return plain, with_rebuilds


def interleaved(scripts: Scripts, actions: list[int], table: dict[bytes, bytes] | None = None) -> World:
    world = World(scripts)
    if table:
        world.table.update(table)
        world.commit()
        world.crash()
    for action in actions:
        world.step(action)
    world.finish()
    return world


@given(rebuilt(), steps)
def test_a_rebuild_of_what_is_right_changes_nothing(both: tuple[Scripts, Scripts], actions: list[int]) -> None:
    plain, world = plainly(both[0]), interleaved(both[1], actions)
    for topic in ("goal-notifications", "goal-status"):
        assert world.keyed(topic) == plain.keyed(topic)
    assert without_cuts(world) == without_cuts(plain)
    assert cells(world) == cells(plain)
    assert not [row for row in world.table if row[:1] in b"gh"]


@given(rebuilt(), steps)
def test_what_was_wrong_is_mended_also_in_what_is_watched(both: tuple[Scripts, Scripts], actions: list[int]) -> None:
    wrong = CellKey(ANN, CLOSED, "p", day(16).toordinal())
    table = {b"c" + msgspec.msgpack.encode(wrong): msgspec.msgpack.encode(Change(5, 5))}
    plain, world = plainly(both[0]), interleaved(both[1], actions, table)
    assert cells(world) == cells(plain)
    assert without_cuts(world) == without_cuts(plain)
    live = [status for status in world.keyed("goal-status").values() if not status["frozen"]]
    for status in live:
        assert status["status"] == "stopped" or (status["count"], status["sum"]) == recounted(status, both[0])


def cells(world: World) -> dict[bytes, object]:
    return {row: msgspec.msgpack.decode(value, strict=False) for row, value in world.table.items() if row[:1] == b"c"}


def without_cuts(world: World) -> dict[str, dict[str, object]]:
    """Results; the longer scripts have other offsets."""
    return {
        key: {name: value for name, value in body.items() if name != "cut"}
        for key, body in world.keyed("milestone-results").items()
    }
