"""The details of a contributor's milestone, the edit panel, and what people were told."""

import csv
from datetime import UTC, datetime
from urllib.parse import quote

from playwright.sync_api import expect

from tests.e2e.page.conftest import Open
from tests.e2e.page.desk import Desk
from tests.e2e.page.test_wizard import choose
from tests.oracle.generate import HOUR


def address(desk: Desk, goal_id: str, contributor: str, *, past: bool = False) -> str:
    key = desk.key(goal_id, contributor, desk.last_month if past else desk.this_month)
    return f"#/status/{quote(key, safe='')}"


def test_a_frozen_milestone_to_its_tickets(desk: Desk, open_page: Open) -> None:
    page = open_page(address(desk, "close", "user:ann", past=True))
    expect(page.get_by_role("heading", name="Ann de Boer")).to_be_visible()
    expect(page.locator(".facts")).to_contain_text("Frozen by the snapshot: it never changes")
    days = page.get_by_role("region", name="Day by day").get_by_role("row")
    expect(days.filter(has_text="15 ")).to_contain_text("33%")
    tickets = page.get_by_role("region", name="Tickets behind the number").locator("tbody tr")
    expect(tickets).to_have_count(3)
    expect(tickets.first).to_contain_text("Ann de Boer")
    expect(tickets.first).to_contain_text("Support")
    expect(page.locator(".told")).to_contain_text("To Cas Visser")
    with page.expect_download() as download:
        page.get_by_role("button", name="Save as CSV").click()
    lines = list(csv.DictReader(download.value.path().read_text(encoding="utf-8-sig").splitlines()))
    assert [line["user_id"] for line in lines] == ["ann"] * 3


def test_the_course_is_drawn_against_target_and_pace(desk: Desk, open_page: Open) -> None:
    page = open_page(address(desk, "close", "user:bob"))
    drawing = page.get_by_role("img", name="A line of the actual over the days")
    expect(drawing.locator("canvas")).to_be_visible()
    expect(page.locator(".legend")).to_contain_text("Target 30")
    expect(page.locator(".legend")).to_contain_text("Pace needed")
    painted = "canvas => canvas.getContext('2d').getImageData(0, 0, canvas.width, canvas.height).data.some(Boolean)"
    assert drawing.locator("canvas").evaluate(painted)
    page.goto(page.url.split("#")[0] + address(desk, "answer", "team:first"))
    expect(page.locator(".legend")).to_contain_text("Target 2 h")
    expect(page.locator(".legend")).not_to_contain_text("Pace needed")


def test_the_details_move_with_a_ticket(desk: Desk, open_page: Open) -> None:
    page = open_page(address(desk, "close", "user:bob"))
    count = desk.shown(goal_id="close", user="bob", milestone="current")["items"][0]["count"]
    tickets = page.get_by_role("region", name="Tickets behind the number").locator("tbody tr")
    expect(tickets).to_have_count(count)
    desk.close_tickets("bob", datetime.now(UTC))
    expect(page.locator(".facts div", has_text="Actual").locator("dd").first).to_have_text(str(count + 1))
    expect(tickets).to_have_count(count + 1)


def test_other_milestones_are_a_click_away_and_back_keeps_the_filters(desk: Desk, open_page: Open) -> None:
    page = open_page("#/?goal_id=close&user=bob&milestone=current")
    page.get_by_role("link", name="Bob Jansen").click()
    milestones = page.get_by_role("list", name="Milestones").get_by_role("listitem")
    expect(milestones).to_have_count(3)
    expect(milestones.nth(2)).to_contain_text("Missed")
    expect(milestones.nth(2)).to_contain_text("Frozen")
    milestones.nth(2).get_by_role("link").click()
    expect(page.locator(".facts")).to_contain_text("Frozen by the snapshot")
    page.get_by_role("link", name="To the overview").click()
    expect(page).to_have_url(f"{desk.url}/#/?goal_id=close&user=bob&milestone=current")
    page = open_page("healthz")
    page.goto(f"{desk.url}/{address(desk, 'close', 'user:bob')}")
    page.get_by_role("link", name="To the overview").click()
    expect(page).to_have_url(f"{desk.url}/#/")


def test_a_goal_is_edited_where_it_is_not_frozen(desk: Desk, open_page: Open) -> None:
    page = open_page(address(desk, "answer", "user:bob"))
    page.get_by_role("button", name="Edit goal").click()
    panel = page.get_by_role("dialog", name="Edit goal")
    locked = panel.get_by_role("row", name="Bob Jansen").locator("td.closed")
    expect(locked).to_have_count(1)
    expect(locked).to_contain_text("2 h")
    expect(locked.locator("input")).to_have_count(0)
    panel.get_by_label(f"Target of Bob Jansen for {desk.this_month:%B %Y}").fill("90 min")
    panel.get_by_role("tab", name="Notifications").click()
    box = panel.get_by_role("combobox", name="Notify about Bob Jansen")
    box.fill("eva")
    expect(panel.get_by_role("option", name="Eva Meijer")).to_be_visible()
    box.press("Enter")
    panel.get_by_role("button", name="Save").click()
    expect(panel).to_be_hidden()
    expect(page.locator(".facts div", has_text="Target")).to_contain_text("1 h 30 m")
    goal = desk.client.get("/api/goals/answer").json()["goal"]
    bob = next(each for each in goal["contributors"] if each["id"] == "bob")
    assert bob["notify"] == [{"user_id": "eva", "on": ["achieved", "exceeded", "missed"]}]
    assert desk.shown(goal_id="answer", user="bob", milestone="past")["items"][0]["target"] == 7_200_000


def test_a_contributor_joins_a_goal_that_runs(desk: Desk, open_page: Open) -> None:
    page = open_page(address(desk, "answer", "user:bob"))
    page.get_by_role("button", name="Edit goal").click()
    panel = page.get_by_role("dialog", name="Edit goal")
    choose(page, "Add a contributor", "Fay Mulder")
    row = panel.get_by_role("row", name="Fay Mulder")
    expect(row.locator("td.closed")).to_contain_text("–")
    panel.get_by_role("button", name="Save").click()
    target = panel.get_by_label(f"Target of Fay Mulder for {desk.this_month:%B %Y}")
    expect(target).to_have_attribute("aria-invalid", "true")
    target.fill("3 h")
    row.get_by_role("textbox").last.fill("4 h")
    panel.get_by_role("button", name="Save").click()
    expect(panel).to_be_hidden()
    page.goto(f"{desk.url}/#/?goal_id=answer&user=fay&milestone=current")
    expect(page.locator(".tabulator-row", has_text="Fay Mulder")).to_contain_text("3 h")
    targets = [each["target"] for each in desk.shown(goal_id="answer", user="fay", sort="start")["items"]]
    assert targets == [3 * HOUR, 4 * HOUR]


def test_a_lost_race_is_said(desk: Desk, open_page: Open) -> None:
    page = open_page(address(desk, "close", "user:bob"))
    page.get_by_role("button", name="Edit goal").click()
    panel = page.get_by_role("dialog", name="Edit goal")
    panel.get_by_label("Name").fill("Mine")
    answer = desk.client.get("/api/goals/close")
    other = {**answer.json()["goal"], "align_to_fiscal_year": answer.json()["goal"]["align_to_fiscal_year"]}
    other["contributors"][0]["notify"] = []
    del other["version"]
    written = desk.client.put("/api/goals/close", json=other, headers={"If-Match": answer.headers["etag"]})
    assert written.status_code == 200, written.text
    panel.get_by_role("button", name="Save").click()
    expect(panel.get_by_role("alert").filter(has_text="Someone else has changed this goal")).to_be_visible()


def test_notifications_are_listed(desk: Desk, open_page: Open) -> None:
    page = open_page("#/notifications")
    told = page.locator(".told li").filter(has_text="Tickets closed a month")
    expect(told.filter(has_text="Ann de Boer")).to_contain_text("Achieved")
    expect(told.filter(has_text="Bob Jansen")).to_contain_text("Missed")
