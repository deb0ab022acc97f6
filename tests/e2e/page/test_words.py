"""What is typed and what is said: amounts, and a dictionary without holes."""

import re
from pathlib import Path
from typing import Any

import pytest

from tests.e2e.page.conftest import Open

WEB = Path(__file__).parents[3] / "serving" / "web" / "js"
MINUTE, HOUR, DAY = 60_000, 3_600_000, 86_400_000

TYPED: dict[tuple[str, str], float | None] = {
    ("2h 30m", "ms"): 2.5 * HOUR,
    ("2h30", "ms"): 2.5 * HOUR,
    ("2:30", "ms"): 2.5 * HOUR,
    ("1.5 d", "ms"): 36 * HOUR,
    ("1,5 dagen", "ms"): 36 * HOUR,
    ("2 uur en 5 minuten", "ms"): 125 * MINUTE,
    ("1 day, 2 hours", "ms"): 26 * HOUR,
    ("45 MIN", "ms"): 45 * MINUTE,
    ("1 w", "ms"): 7 * DAY,
    ("90 s", "ms"): 90_000,
    ("250 ms", "ms"): 250,
    ("40", "ms"): None,
    ("2 x", "ms"): None,
    ("h", "ms"): None,
    ("-2 h", "ms"): None,
    ("0 h", "ms"): None,
    ("", "ms"): None,
    ("40", "tickets"): 40,
    ("1,200", "tickets"): 1_200,
    ("1.200", "tickets"): 1_200,
    ("1.5", "tickets"): None,
    ("0", "tickets"): None,
    ("60 %", "share"): 0.6,
    ("60", "share"): 0.6,
    ("0.6", "share"): 0.6,
    ("0,605", "share"): 0.605,
    ("12.345 %", "share"): 0.1235,
    ("1", "share"): 1,
    ("101 %", "share"): None,
}
READ = """async cases => {
    const { parseAmount } = await import(new URL("base/amounts.js", document.querySelector("script").src));
    return cases.map(([text, unit]) => parseAmount(text, unit));
}"""
WRITTEN = """async cases => {
    const amounts = new URL("base/amounts.js", document.querySelector("script").src);
    const { formatAmount, parseAmount, writeAmount } = await import(amounts);
    return cases.map(([value, unit]) => [formatAmount(value, unit), parseAmount(writeAmount(value, unit), unit).value]);
}"""
NEARLY = """async () => {
    const base = document.querySelector("script").src;
    const { formatAmount } = await import(new URL("base/amounts.js", base));
    const { progressBar } = await import(new URL("parts/status.js", base));
    const shown = (progress) => progressBar({ progress, status: "in_progress" }).textContent;
    return [shown(0.994), shown(0.996), shown(1), formatAmount(0.9996, "share"), formatAmount(1, "share")];
}"""


@pytest.mark.parametrize("locale", ["en-GB", "nl-NL"])
def test_amounts_as_people_type_them(open_page: Open, locale: str) -> None:
    read: list[dict[str, Any]] = open_page(locale=locale).evaluate(READ, [list(case) for case in TYPED])
    assert {case: each.get("value") for case, each in zip(TYPED, read, strict=True)} == TYPED
    assert all(each.get("value") or each["error"] for each in read)


@pytest.mark.parametrize("locale", ["en-GB", "nl-NL"])
def test_what_is_written_reads_as_the_same(open_page: Open, locale: str) -> None:
    values = [[ms, "ms"] for ms in (1, 999, 1_000, HOUR, 3 * DAY + 4 * HOUR + 5 * MINUTE + 6_007)]
    values += [[1_234_567, "tickets"], [0.6, "share"], [0.1235, "share"], [1, "share"]]
    written = open_page(locale=locale).evaluate(WRITTEN, values)
    assert [value for _, value in written] == [value for value, _ in values]
    assert written[4][0] == ("3 d 4 h" if locale == "en-GB" else "3 d 4 u")


def test_what_is_not_reached_is_not_rounded_up_to_it(open_page: Open) -> None:
    assert open_page().evaluate(NEARLY) == ["99%", "99%", "100%", "99.9%", "100%"]


def test_both_languages_have_all_words() -> None:
    names = {language: _names(WEB / "base" / f"words-{language}.js") for language in ("en", "nl")}
    assert names["en"] == names["nl"]
    sources = [path.read_text() for path in WEB.rglob("*.js") if not path.name.startswith("words-")]
    said = {name for source in sources for name in re.findall(r'\bt\(\s*"([^"]+)"', source)}
    assert said - names["en"] == set()


def _names(dictionary: Path) -> set[str]:
    return set(re.findall(r'^  "?([\w.-]+)"?:', dictionary.read_text(), re.MULTILINE))
