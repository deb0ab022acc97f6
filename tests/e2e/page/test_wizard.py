"""The way to a new goal."""

import re

from playwright.sync_api import Page, expect

from tests.e2e.page.conftest import Open
from tests.e2e.page.desk import Desk
from tests.oracle.generate import HOUR


def choose(page: Page, label: str, *names: str) -> None:
    """Search as one types, and take what is found with the keyboard."""
    box = page.get_by_role("combobox", name=label)
    for name in names:
        box.fill(name)
        expect(page.get_by_role("option", name=name)).to_be_visible()
        box.press("Enter")
        expect(box).to_have_value("")


def forward(page: Page, heading: str) -> None:
    """The next step."""
    page.get_by_role("button", name="Next").click()
    expect(page.get_by_role("heading", name=heading)).to_be_visible()


def begin(page: Page, desk: Desk, name: str, template: str = "Tickets closed") -> None:
    """The first three steps, for two people and three months."""
    page.get_by_label(template).check()
    page.get_by_label("Name").fill(name)
    forward(page, "Whose goal is it?")
    choose(page, "Users and teams", "Ann de Boer", "First line")
    forward(page, "When does it run?")
    page.get_by_label("Last day").fill(desk.shown(goal_id="close", sort="-end")["items"][0]["milestone"]["end"])
    expect(page.locator(".preview")).to_contain_text("2 milestones")
    forward(page, "Which targets?")


def test_a_goal_is_made_with_the_keyboard_alone(desk: Desk, open_page: Open) -> None:
    page = open_page("#/new")
    expect(page.get_by_role("heading", name="What is the goal about?")).to_be_focused()
    press = page.keyboard.press
    press("Tab")
    press("ArrowDown")
    press("ArrowDown")
    expect(page.get_by_label("Tickets closed")).to_be_checked()
    press("Tab")
    page.keyboard.type("By keyboard")
    press("Enter")
    expect(page.get_by_role("heading", name="Whose goal is it?")).to_be_focused()
    press("Tab")
    press("Tab")
    page.keyboard.type("fay")
    expect(page.get_by_role("option", name="Fay Mulder")).to_be_visible()
    press("Enter")
    expect(page.get_by_role("button", name="Remove Fay Mulder")).to_be_visible()
    for _ in range(3):
        press("Tab")
        if page.get_by_role("button", name="Next").evaluate("button => button === document.activeElement"):
            break
    press("Enter")
    expect(page.get_by_role("heading", name="When does it run?")).to_be_focused()
    page.get_by_role("button", name="Next").press("Enter")
    expect(page.get_by_role("heading", name="Which targets?")).to_be_focused()
    page.get_by_label("For the ticked rows").press("4")
    page.keyboard.type("0")
    press("Enter")
    expect(page.get_by_label(f"Target of Fay Mulder for {desk.this_month:%B %Y}")).to_have_value("40")
    page.get_by_role("button", name="Next").press("Enter")
    expect(page.get_by_role("heading", name="Who wants to know?")).to_be_focused()
    page.get_by_role("button", name="Next").press("Enter")
    expect(page.get_by_role("heading", name="All right so?")).to_be_focused()
    page.get_by_role("button", name="Create goal").press("Enter")
    expect(page.get_by_role("heading", name="By keyboard is set")).to_be_focused()
    page.get_by_role("link", name="Watch it").press("Enter")
    expect(page.locator(".tabulator-row", has_text="Fay Mulder").first).to_be_visible()


def test_targets_pipelines_and_notifications_reach_the_goal(desk: Desk, open_page: Open) -> None:
    page = open_page("#/new")
    begin(page, desk, "All of it", "Average response time")
    page.get_by_label("For the ticked rows").fill("2h 30m")
    page.get_by_role("button", name="Apply targets").click()
    page.get_by_label(f"Target of First line for {desk.this_month:%B %Y}").fill("1.5 d")
    page.get_by_role("checkbox", name="First line").uncheck()
    page.get_by_role("button", name="Apply pipelines").click()
    page.get_by_role("dialog").get_by_label("Support").check()
    page.get_by_role("dialog").get_by_role("button", name="Apply").click()
    forward(page, "Who wants to know?")
    choose(page, "Notify about Ann de Boer", "Bob Jansen")
    page.get_by_label("Exceeded").uncheck()
    forward(page, "All right so?")
    expect(page.get_by_text("1 d 12 h · 2 h 30 m")).to_be_visible()
    page.get_by_role("button", name="Create goal").click()
    expect(page.get_by_role("heading", name="All of it is set")).to_be_visible()
    goal = next(each["goal"] for each in desk.client.get("/api/goals?goal_name=All of it").json()["items"])
    start = desk.this_month.isoformat()
    notify = [{"user_id": "bob", "on": ["achieved", "missed"]}]
    ann, first = goal["contributors"]
    assert (ann["target"], ann["pipelines"], ann["notify"]) == (2.5 * HOUR, ["support"], notify)
    assert (first["target"], first["milestones"]) == (36 * HOUR, [{"start": _next(desk), "target": 2.5 * HOUR}]) or (
        first["target"],
        first["milestones"],
    ) == (2.5 * HOUR, [{"start": start, "target": 36 * HOUR}])


def _next(desk: Desk) -> str:
    month = desk.this_month.month % 12 + 1
    return desk.this_month.replace(year=desk.this_month.year + (month == 1), month=month).isoformat()


def test_a_half_made_goal_survives_a_reload(desk: Desk, open_page: Open) -> None:
    page = open_page("#/new")
    begin(page, desk, "Half made")
    field = page.get_by_label(f"Target of Ann de Boer for {desk.this_month:%B %Y}")
    field.fill("12")
    page.reload()
    expect(field).to_have_value("12")
    page.get_by_role("button", name="Start over").click()
    dialog = page.get_by_role("dialog", name="Start over?")
    dialog.get_by_role("button", name="Cancel").click()
    expect(field).to_have_value("12")
    page.get_by_role("button", name="Start over").click()
    dialog.get_by_role("button", name="Start over").click()
    expect(dialog).to_be_hidden()
    expect(page.get_by_label("Name")).to_have_value("")


def test_what_cannot_be_read_is_said_at_its_cell(desk: Desk, open_page: Open) -> None:
    page = open_page("#/new")
    begin(page, desk, "Unclear", "Average resolution time")
    field = page.get_by_label(f"Target of First line for {desk.this_month:%B %Y}")
    page.get_by_label("For the ticked rows").fill("3 d")
    page.get_by_role("button", name="Apply targets").click()
    field.fill("40")
    page.get_by_role("button", name="Next").click()
    expect(field).to_be_focused()
    expect(field).to_have_attribute("aria-invalid", "true")
    expect(page.get_by_text("“40” of what? Say 40m, 40h or 40d.")).to_be_visible()


def test_the_forecast_is_refused_with_words(desk: Desk, open_page: Open) -> None:
    page = open_page("#/new")
    page.get_by_label("Name").fill("Looking ahead")
    forward(page, "Whose goal is it?")
    choose(page, "Users and teams", "Ann de Boer")
    forward(page, "When does it run?")
    forecast = page.get_by_role("switch", name="Forecast")
    forecast.check()
    page.get_by_label("Yearly").check()
    expect(forecast).not_to_be_checked()
    expect(forecast).to_be_disabled()
    expect(page.get_by_text("No forecast for yearly milestones")).to_be_visible()
    page.get_by_label("Monthly").check()
    forecast.check()
    forward(page, "Which targets?")
    page.get_by_label("For the ticked rows").fill("4 h")
    page.get_by_role("button", name="Apply targets").click()
    page.get_by_role("button", name="Next").click()
    expect(page.get_by_text("needs exactly one pipeline in each milestone: Ann de Boer")).to_be_visible()
    page.get_by_role("button", name="Apply pipelines").click()
    page.get_by_role("dialog").get_by_label("Returns").check()
    page.get_by_role("dialog").get_by_role("button", name="Apply").click()
    forward(page, "Who wants to know?")


def test_durations_are_cut_and_a_custom_one_needs_dates_and_is_not_aligned(desk: Desk, open_page: Open) -> None:
    page = open_page("#/new")
    page.get_by_label("Name").fill("Ten days")
    forward(page, "Whose goal is it?")
    page.get_by_label("Pipelines").check()
    choose(page, "Pipelines", "Returns")
    forward(page, "When does it run?")
    page.get_by_label("First day").fill("2026-03-11")
    preview = page.locator(".preview")
    for duration, count in (("Weekly", "43 milestones"), ("Monthly", "10 milestones"), ("Quarterly", "4 milestones")):
        page.get_by_label(duration).check()
        expect(preview).to_contain_text(count)
    page.get_by_label("Yearly").check()
    page.get_by_label("Align with the fiscal year").check()
    expect(preview).to_have_text(re.compile(r"^1 milestone, 11\s–\s31 Mar 2026: "))
    page.get_by_label("Custom").check()
    expect(page.get_by_label("Align with the fiscal year")).to_be_disabled()
    expect(page.get_by_text("Not for a custom duration")).to_be_visible()
    expect(page.get_by_role("alert").filter(has_text="A custom duration needs a last day.")).to_be_visible()
    page.get_by_label("Last day").fill("2026-03-01")
    expect(page.get_by_role("alert").filter(has_text="end_date")).to_be_visible()
    page.get_by_label("Last day").fill("2026-03-20")
    expect(preview).to_have_text(re.compile(r"^1 milestone, 11\s–\s20 Mar 2026: "))


def test_a_goal_from_scratch(desk: Desk, open_page: Open) -> None:
    page = open_page("#/new")
    page.get_by_label("From scratch").check()
    page.get_by_role("textbox", name="Within").fill("soon")
    page.get_by_label("Name").fill("Most within an hour")
    page.get_by_role("button", name="Next").click()
    expect(page.get_by_text("“soon” is no time.")).to_be_visible()
    page.get_by_role("textbox", name="Within").fill("45 min")
    page.get_by_role("button", name="Add a condition").click()
    page.get_by_label("Attribute").fill("priority")
    page.get_by_label("Values").fill("high, 1")
    forward(page, "Whose goal is it?")
    choose(page, "Users and teams", "Second line")
    forward(page, "When does it run?")
    forward(page, "Which targets?")
    page.get_by_label("For the ticked rows").fill("60%")
    page.get_by_role("button", name="Apply targets").click()
    for statistic in ("count", "share_within"):
        page.locator(".stepper button").first.click()
        page.get_by_label("How it is summed up").select_option(statistic)
        forward(page, "Whose goal is it?")
        forward(page, "When does it run?")
        forward(page, "Which targets?")
        cell = page.get_by_label(f"Target of Second line for {desk.this_month:%B %Y}")
        expect(cell).to_have_value("")
        cell.fill("40")
    page.get_by_label("For the ticked rows").fill("60%")
    page.get_by_role("button", name="Apply targets").click()
    forward(page, "Who wants to know?")
    forward(page, "All right so?")
    page.get_by_role("button", name="Create goal").click()
    expect(page.get_by_role("heading", name="Most within an hour is set")).to_be_visible()
    goal = desk.client.get("/api/goals?goal_name=Most within").json()["items"][0]["goal"]
    assert goal["contributors"][0]["target"] == 0.6
    measure = goal["measure"]
    assert (measure["fact"], measure["statistic"], measure["threshold"]) == ("response", "share_within", 0.75 * HOUR)
    assert measure["filter"] == [{"attribute": "priority", "in": ["high", "1", 1]}]
