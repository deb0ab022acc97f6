"""Answers that come late, or not as hoped: nothing older is shown over something newer, and no failure goes unseen."""

import json
import re
from urllib.parse import parse_qs, urlsplit

from playwright.sync_api import Page, Route, expect

from tests.e2e.cli_kit import until
from tests.e2e.page.conftest import Open
from tests.e2e.page.desk import Desk
from tests.e2e.page.test_details import address
from tests.e2e.page.test_overview import rows
from tests.e2e.page.test_wizard import choose, forward

HEAR = """async () => {
    const { subscribe } = await import(new URL("base/live.js", document.querySelector("script").src));
    window.heard = new Promise((resolve) => subscribe("directory", resolve));
}"""
REFUSAL = {"title": "Conflict", "detail": "not now"}


def refuse(route: Route) -> None:
    """As the API refuses."""
    route.fulfill(status=409, json=REFUSAL, content_type="application/problem+json")


def hold(page: Page, address: str, times: int | None = None) -> list[Route]:
    """Questions to the address, once they are asked; each waits until it is let go."""
    held: list[Route] = []
    page.route(address, lambda route: held.append(route), times=times)
    return held


def drawn(page: Page, milliseconds: int) -> None:
    """What has come is drawn by then: waited for is what must not be."""
    page.evaluate("ms => new Promise((done) => setTimeout(done, ms))", milliseconds)


def came(page: Page, held: list[Route]) -> bool:
    """Whether a question is held; routes are called while Playwright is."""
    page.evaluate("0")
    return bool(held)


def go(page: Page, place: str) -> None:
    """Within the page, as a link does."""
    page.evaluate("place => { location.hash = place; }", place)


def set_goals(desk: Desk, *goal_ids: str) -> None:
    """Each for Eva and Fay."""
    for goal_id in goal_ids:
        people = [{"kind": "user", "id": user, "target": 4} for user in ("eva", "fay")]
        goal = {"goal_id": goal_id, "name": f"Goal {goal_id}", "template": "tickets-closed", "duration": "monthly"}
        span = {"start_date": desk.this_month.isoformat(), "contributors": people}
        answer = desk.client.post("/api/goals", json={**goal, **span})
        assert answer.status_code < 300, answer.text
    until(lambda: all(desk.shown(goal_id=each)["items"] for each in goal_ids), "the goals have statuses")


def people_of(desk: Desk, goal_id: str) -> list[str]:
    return [each["id"] for each in desk.client.get(f"/api/goals/{goal_id}").json()["goal"]["contributors"]]


def begin_deleting(page: Page) -> None:
    """Eva is taken out of the first goal, and of the second."""
    for goal in ("one", "two"):
        page.get_by_role("checkbox", name=f"Tick Eva Meijer, Goal {goal}").first.check()
    page.get_by_role("button", name="Delete 2 contributors").click()
    page.get_by_role("dialog").get_by_role("button", name="Delete").click()


def test_of_several_contributors_the_one_that_failed_is_deleted_by_another_try(desk: Desk, open_page: Open) -> None:
    set_goals(desk, "one", "two")
    page = open_page("#/?goal_id=one&goal_id=two")
    page.route("**/api/goals/one/contributors/**", refuse, times=1)
    begin_deleting(page)
    dialog = page.get_by_role("dialog")
    expect(dialog.get_by_role("alert")).to_have_text("not now")
    assert (people_of(desk, "one"), people_of(desk, "two")) == (["eva", "fay"], ["fay"])
    dialog.get_by_role("button", name="Delete").click()
    expect(dialog).to_be_hidden()
    assert people_of(desk, "one") == ["fay"]
    expect(rows(page, "Eva Meijer")).to_have_count(0)


def test_a_failure_after_its_dialog_was_closed_is_said(desk: Desk, open_page: Open) -> None:
    page = open_page("#/?goal_id=close&milestone=current")
    held = hold(page, "**/api/goals/close/contributors/**")
    page.get_by_role("checkbox", name="Tick Ann de Boer").first.check()
    page.get_by_role("button", name="Delete 1 contributor").click()
    page.get_by_role("dialog").get_by_role("button", name="Delete").click()
    until(lambda: came(page, held), "it is asked for")
    page.keyboard.press("Escape")
    expect(page.get_by_role("dialog")).to_have_count(0)
    refuse(held.pop())
    expect(page.locator(".toast")).to_contain_text("not now")


def test_totals_are_those_of_the_filters_that_were_set_last(desk: Desk, open_page: Open) -> None:
    page = open_page("#/?goal_id=close")
    totals = page.locator(".totals")
    until(lambda: "1\nMissed" in totals.inner_text(), "the totals of all are drawn")
    held: list[Route] = []

    def late(route: Route) -> None:
        asked = parse_qs(urlsplit(route.request.url).query)
        if asked.get("milestone") == ["past"] and asked["limit"] == ["1"]:
            held.append(route)
        else:
            route.continue_()

    page.route("**/api/statuses?*", late)
    page.locator("summary", has_text="Milestone").click()
    page.get_by_label("Past").check()
    until(lambda: came(page, held), "the totals of the past are asked for")
    page.get_by_label("Past").uncheck()
    page.get_by_label("Running", exact=True).check()
    until(lambda: "0\nMissed" in totals.inner_text(), "the totals of what runs are drawn")
    shown = totals.inner_text()
    with page.expect_response("**/api/statuses?*milestone=past*limit=1"):
        held.pop().continue_()
    drawn(page, 50)
    assert totals.inner_text() == shown


def test_the_preview_is_of_the_dates_that_stand_in_the_fields(desk: Desk, open_page: Open) -> None:
    page = open_page("#/new")
    page.get_by_label("Name").fill("Late answer")
    forward(page, "Whose goal is it?")
    choose(page, "Users and teams", "Fay Mulder")
    forward(page, "When does it run?")
    page.get_by_label("First day").fill("2026-03-01")
    preview = page.locator(".preview")
    expect(preview).to_contain_text("March 2026")
    held = hold(page, "**/api/milestones?*duration=weekly*")
    page.get_by_label("Weekly").check()
    until(lambda: came(page, held), "weeks are asked for")
    page.get_by_label("Quarterly").check()
    expect(preview).to_contain_text("4 milestones")
    with page.expect_response("**/api/milestones?*duration=weekly*"):
        held.pop().continue_()
    drawn(page, 50)
    assert re.match("4 milestones", preview.inner_text())


def test_a_session_that_ended_asks_for_the_token_again(desk: Desk, open_page: Open) -> None:
    page = open_page("healthz")
    session = {"name": "Fay", "role": "manager", "access": "token", "csrf": "x"}
    page.route("**/api/events", lambda route: route.fulfill(status=401, json={}))
    page.route("**/api/session", lambda route: route.fulfill(status=401, json={}))
    page.route("**/api/session", lambda route: route.fulfill(json=session), times=1)
    page.goto(f"{desk.url}/")
    expect(page.locator("#token")).to_be_visible()


def test_a_name_that_changed_is_asked_for_again(desk: Desk, open_page: Open) -> None:
    page = open_page("#/?user=u2400")
    chips = page.locator(".menu", has_text="Users and teams").locator(".chips")
    expect(chips).to_have_text("Clerk 2400")
    page.evaluate(HEAR)
    desk.rename("u2400", "Somebody Else")
    page.evaluate("window.heard.then(() => null)")
    page.get_by_label("Sort by").select_option("-start")
    expect(chips).to_have_text("Somebody Else")


def test_a_contributor_stays_ticked_while_a_milestone_is_left(desk: Desk, open_page: Open) -> None:
    page = open_page("healthz")
    held = hold(page, "**/api/events")
    page.goto(f"{desk.url}/#/?goal_id=close&user=ann")
    ticks = page.get_by_role("checkbox", name="Tick Ann de Boer")
    ticks.first.check()
    for month, count in ((desk.last_month, 2), (desk.this_month, 1)):
        event = json.dumps({"key": desk.key("close", "user:ann", month), "status": None})
        until(lambda: came(page, held), "the stream is asked for")
        held.pop().fulfill(body=f"retry: 10\nevent: status\ndata: {event}\n\n", content_type="text/event-stream")
        expect(ticks).to_have_count(count)
        expect(ticks.first).to_be_checked()
        expect(page.get_by_role("button", name="Delete 1 contributor")).to_be_visible()


def test_an_address_that_is_none_shows_that_nothing_is_there(open_page: Open) -> None:
    page = open_page("#/notifications")
    expect(page.get_by_role("heading", name="Notifications")).to_be_visible()
    for wrong in ("#/status/%", "#/constructor"):
        go(page, wrong)
        expect(page.get_by_role("heading", name="There is nothing here")).to_be_visible()


def test_a_panel_opens_once_where_it_was_asked_for_and_changes_are_not_dropped_unasked(
    desk: Desk, open_page: Open
) -> None:
    page = open_page(address(desk, "close", "user:bob"))
    held = hold(page, "**/api/goals/close", times=1)
    page.get_by_role("button", name="Edit goal").click()
    until(lambda: came(page, held), "the goal is asked for")
    go(page, "#/notifications")
    expect(page.get_by_role("heading", name="Notifications")).to_be_visible()
    with page.expect_response("**/api/statuses?*frozen=true*"):
        held.pop().continue_()
    drawn(page, 100)
    expect(page.get_by_role("dialog")).to_have_count(0)
    page.go_back()
    page.get_by_role("button", name="Edit goal").dblclick()
    panel = page.get_by_role("dialog", name="Edit goal")
    expect(panel).to_be_visible()
    drawn(page, 100)
    expect(page.locator("dialog")).to_have_count(1)
    page.keyboard.press("Escape")
    expect(panel).to_have_count(0)
    page.get_by_role("button", name="Edit goal").click()
    panel.get_by_label("Name").fill("Mine")
    question = page.get_by_role("dialog", name="Discard your changes?")
    for _ in range(2):
        page.keyboard.press("Escape")
        expect(question).to_be_visible()
        page.keyboard.press("Escape")
        expect(question).to_have_count(0)
        expect(panel.get_by_label("Name")).to_have_value("Mine")
    page.keyboard.press("Escape")
    question.get_by_role("button", name="Discard changes").click()
    expect(page.locator("dialog")).to_have_count(0)


def test_a_deletion_that_ends_elsewhere_leaves_the_reader_there(desk: Desk, open_page: Open) -> None:
    set_goals(desk, "three")
    page = open_page(address(desk, "three", "user:eva"))
    held = hold(page, "**/api/goals/three/contributors/**")
    page.get_by_role("button", name="Delete").click()
    page.get_by_role("dialog").get_by_role("button", name="Delete").click()
    until(lambda: came(page, held), "it is asked for")
    go(page, "#/notifications")
    expect(page.get_by_role("heading", name="Notifications")).to_be_visible()
    with page.expect_response("**/api/goals/three/contributors/**"):
        held.pop().continue_()
    drawn(page, 100)
    expect(page).to_have_url(f"{desk.url}/#/notifications")
