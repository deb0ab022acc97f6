"""How the page looks: accessible, on a phone and on a wall, in two languages, without asking anyone else."""

from collections.abc import Callable
from typing import Any
from urllib.parse import quote

from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import Page, ViewportSize, expect

from tests.e2e.page.conftest import DESKTOP, Open
from tests.e2e.page.desk import Desk
from tests.e2e.page.test_wizard import begin, choose, forward

RULES = {
    "runOnly": ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa", "best-practice"],
    "resultTypes": ["violations"],
}
CONTRAST = {"runOnly": {"type": "rule", "values": ["color-contrast"]}, "resultTypes": ["violations"]}
PHONE: ViewportSize = {"width": 360, "height": 780}
WALL: ViewportSize = {"width": 3840, "height": 2160}
CUT = """() => [...document.querySelectorAll('.tabulator-col-title, .tabulator-cell[tabulator-field="status"]')]
    .filter(cell => cell.scrollWidth > cell.clientWidth).map(cell => cell.textContent)"""
LOOKS = """async folder => {
    const { STATUSES, badge } = await import(`${folder}parts/status.js`);
    return STATUSES.map(status => {
        const shown = document.body.appendChild(badge({ status }));
        return [shown.textContent, shown.querySelector("svg").innerHTML, getComputedStyle(shown).color];
    });
}"""
TOPS = "parts => [...new Set(parts.filter(part => part.offsetParent).map(part => part.offsetTop))]"


def accessible(page: Page) -> None:
    """Axe finds nothing, in the dark neither, where only the colours are others; and the view fits."""
    assert violations(page, RULES) == []
    page.emulate_media(color_scheme="dark")
    expect(page.locator("html")).to_have_attribute("data-theme", "dark")
    assert violations(page, CONTRAST) == []
    page.emulate_media(color_scheme="light")
    expect(page.locator("html")).to_have_attribute("data-theme", "light")
    fits(page)


def violations(page: Page, options: dict[str, Any]) -> list[tuple[str, str]]:
    """Rules that are broken, each with an element that breaks it."""
    found: list[Any] = Axe().run(page, options=options).response["violations"]
    return [(each["id"], each["nodes"][0]["html"]) for each in found]


def fits(page: Page) -> None:
    """Nothing sticks out at the side."""
    assert page.evaluate("document.documentElement.scrollWidth <= innerWidth")


def tidy(page: Page) -> None:
    """The overview's filters stand in one line; no heading and no status is cut off."""
    expect(page.locator(".tabulator-row").first).to_be_visible()
    assert len(page.locator(".filters > *:not([hidden])").evaluate_all(TOPS)) == 1
    assert page.evaluate(CUT) == []


def test_the_overview(desk: Desk, open_page: Open, picture: Callable[[Page, str], None]) -> None:
    page = open_page("#/?goal_id=close&goal_id=answer")
    expect(page.locator(".tabulator-row").first).to_be_visible()
    accessible(page)
    for theme in ("dark", "light"):
        page.emulate_media(color_scheme=theme)
        picture(page, f"overview-{theme}")
    page.locator("summary", has_text="Status").click()
    accessible(page)
    page.set_viewport_size(PHONE)
    expect(page.locator(".status-card").first).to_be_visible()
    accessible(page)


def test_the_overview_on_a_desk_and_on_a_wall_in_both_languages(desk: Desk, open_page: Open) -> None:
    for locale in ("en-GB", "nl-NL"):
        page = open_page(locale=locale)
        tidy(page)
        page.set_viewport_size(WALL)
        page.reload()
        tidy(page)
        fits(page)


def test_each_status_has_a_word_an_icon_and_a_colour_of_its_own(open_page: Open) -> None:
    page = open_page()
    entry = page.locator("script[type=module]").evaluate("script => script.src")
    looks = page.evaluate(LOOKS, entry.removesuffix("main.js"))
    words, icons, colours = zip(*looks, strict=True)
    assert words == ("Exceeded", "Achieved", "Missed", "In progress", "Pending", "Stopped")
    assert len(set(icons)) == len(set(colours)) == len(words)


def test_filters_unfold_when_there_is_room_again(desk: Desk, open_page: Open) -> None:
    page = open_page(viewport=PHONE)
    expect(page.locator(".status-card").first).to_be_visible()
    expect(page.get_by_role("searchbox")).to_be_hidden()
    page.set_viewport_size(DESKTOP)
    expect(page.get_by_role("searchbox")).to_be_visible()


def test_the_details(desk: Desk, open_page: Open, picture: Callable[[Page, str], None]) -> None:
    key = desk.key("close", "user:bob", desk.this_month)
    page = open_page(f"#/status/{quote(key, safe='')}")
    expect(page.locator("canvas")).to_be_visible()
    expect(page.get_by_role("region", name="Tickets behind the number").locator("tbody tr").first).to_be_visible()
    accessible(page)
    picture(page, "details-light")
    page.set_viewport_size(PHONE)
    accessible(page)
    page.get_by_role("button", name="Edit goal").click()
    expect(page.get_by_role("dialog", name="Edit goal")).to_be_visible()
    accessible(page)
    page.set_viewport_size(DESKTOP)
    accessible(page)
    picture(page, "edit-light")
    page.get_by_role("tab", name="Notifications").click()
    accessible(page)
    page.evaluate("location.hash = '#/'")
    expect(page.get_by_role("heading", name="Overview")).to_be_visible()
    expect(page.get_by_role("dialog")).to_have_count(0)


def test_the_wizard(desk: Desk, open_page: Open, picture: Callable[[Page, str], None]) -> None:
    page = open_page("#/new")
    page.get_by_label("From scratch").check()
    page.get_by_role("button", name="Add a condition").click()
    accessible(page)
    page.get_by_role("button", name="Start over").click()
    page.get_by_role("dialog").get_by_role("button", name="Start over").click()
    expect(page.get_by_role("dialog")).to_have_count(0)
    begin(page, desk, "24 tickets closed a month")
    page.get_by_label("For the ticked rows").fill("24")
    page.get_by_role("button", name="Apply targets").click()
    accessible(page)
    picture(page, "targets-light")
    page.set_viewport_size(PHONE)
    accessible(page)
    page.set_viewport_size(DESKTOP)
    forward(page, "Who wants to know?")
    choose(page, "Notify about Ann de Boer", "Bob Jansen")
    accessible(page)
    forward(page, "All right so?")
    accessible(page)


def test_the_notifications(desk: Desk, open_page: Open) -> None:
    page = open_page("#/notifications", viewport=PHONE)
    expect(page.locator(".told li").first).to_be_visible()
    accessible(page)


def test_dutch(desk: Desk, open_page: Open) -> None:
    page = open_page("#/?goal_id=answer&team=first", locale="nl-NL")
    expect(page.get_by_role("heading", name="Overzicht")).to_be_visible()
    expect(page.locator("html")).to_have_attribute("lang", "nl")
    expect(page.locator(".tabulator-row").first).to_contain_text("2 u")
    page.get_by_label("Taal", exact=True).select_option("en")
    expect(page.get_by_role("heading", name="Overview")).to_be_visible()


def test_times_are_in_the_accounts_zone(desk: Desk, open_page: Open) -> None:
    page = open_page(timezone_id="Pacific/Auckland")
    zone = "new Date(instant).toLocaleTimeString('en-GB', {timeStyle: 'short', timeZone: 'Europe/Amsterdam'})"
    computed = desk.shown(limit=1)["computed_at"]
    expect(page.locator(".heading .hint")).to_contain_text(page.evaluate(f"instant => {zone}", computed))


def test_colours_can_be_chosen(desk: Desk, open_page: Open) -> None:
    page = open_page(color_scheme="light")
    page.get_by_label("Colours").select_option("dark")
    expect(page.locator("html")).to_have_attribute("data-theme", "dark")
    page.reload()
    expect(page.locator("html")).to_have_attribute("data-theme", "dark")
