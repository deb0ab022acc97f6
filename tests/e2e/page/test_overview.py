"""The overview: filters, totals, live numbers, CSV, many rows, deleting."""

import csv
from datetime import UTC, datetime

from playwright.sync_api import Locator, Page, expect

from tests.e2e.cli_kit import until
from tests.e2e.page.conftest import Open
from tests.e2e.page.desk import MANY, Desk


def rows(page: Page, *texts: str) -> Locator:
    """The rows in which all of these texts stand."""
    found = page.locator(".tabulator-row")
    for text in texts:
        found = found.filter(has_text=text)
    return found


def test_a_status_is_told_by_word_and_icon_and_progress_by_a_bar(desk: Desk, open_page: Open) -> None:
    page = open_page("#/?goal_id=close")
    month = f"{desk.last_month:%B %Y}"
    achieved = rows(page, "Ann de Boer", month)
    expect(achieved.locator(".badge")).to_have_text("Achieved")
    expect(achieved.locator(".badge svg")).to_be_visible()
    expect(achieved.locator(".progress")).to_have_text("100%")
    expect(achieved.get_by_text("Frozen")).to_be_attached()
    expect(rows(page, "Bob Jansen", month).locator(".badge")).to_have_text("Missed")
    expect(rows(page, "Bob Jansen", month).locator(".progress")).to_have_text("40%")
    expect(rows(page, "Ann de Boer", f"{desk.this_month:%B %Y}").locator(".badge")).to_have_text("In progress")


def test_a_number_moves_without_a_reload(desk: Desk, open_page: Open) -> None:
    page = open_page("#/?goal_id=close&milestone=current&user=ann")
    actual = rows(page, "Ann de Boer").locator("[tabulator-field=actual]")
    before = desk.shown(goal_id="close", milestone="current", user="ann")["items"][0]["actual"]
    expect(actual).to_have_text(str(before))
    expect(page.get_by_text("Live", exact=True)).to_be_visible()
    desk.close_tickets("ann", datetime.now(UTC))
    expect(actual).to_have_text(str(before + 1))


def test_filters_live_in_the_address(desk: Desk, open_page: Open) -> None:
    page = open_page()
    page.get_by_role("searchbox", name="Goal name").fill("closed a MONTH")
    page.locator("summary", has_text="Milestone").click()
    page.get_by_label("Past").check()
    page.keyboard.press("Escape")
    page.locator("summary", has_text="Users and teams").click()
    page.get_by_role("combobox", name="Users and teams").fill("ann de")
    page.get_by_role("option", name="Ann de Boer").click()
    page.keyboard.press("Escape")
    expect(rows(page, "Ann de Boer")).to_have_count(1)
    expect(page.locator(".tabulator-row")).to_have_count(1)
    for fold, value in (("Template", "Tickets closed"), ("Duration", "Monthly"), ("Status", "Achieved")):
        page.locator("summary", has_text=fold).click()
        page.get_by_label(value, exact=True).check()
        page.keyboard.press("Escape")
    ticked = ("milestone=past", "user=ann", "template=tickets-closed", "duration=monthly", "status=achieved")
    for part in ("goal_name=closed+a+MONTH", *ticked):
        assert part in page.url
    page.reload()
    expect(page.locator(".tabulator-row")).to_have_count(1)
    expect(page.get_by_role("searchbox", name="Goal name")).to_have_value("closed a MONTH")
    page.get_by_role("button", name="Clear filters").click()
    expect(page.locator(".tabulator-row").nth(5)).to_be_visible()


def test_totals_are_filters_too(desk: Desk, open_page: Open) -> None:
    page = open_page("#/?goal_id=close")
    missed = page.get_by_role("button", name="Missed")
    expect(missed.locator(".total")).to_have_text("1")
    missed.click()
    expect(page.locator(".tabulator-row")).to_have_count(1)
    expect(missed).to_have_attribute("aria-pressed", "true")
    assert "status=missed" in page.url


def test_progress_and_dates_filter(desk: Desk, open_page: Open) -> None:
    page = open_page("#/?goal_id=close")
    page.locator("summary", has_text="Dates, progress, data").click()
    page.get_by_label("To", exact=True).fill(desk.last_month.isoformat())
    page.get_by_label("Progress to, %").fill("50")
    page.keyboard.press("Tab")
    expect(page.locator(".tabulator-row")).to_have_count(1)
    expect(rows(page, "Bob Jansen")).to_be_visible()
    assert "progress_max=0.5" in page.url


def test_a_pipeline_whose_tickets_count_filters(desk: Desk, open_page: Open) -> None:
    page = open_page("#/?goal_id=answer")
    expect(rows(page, "First line")).to_have_count(3)
    page.locator("summary", has_text="Tickets of pipeline").click()
    page.get_by_role("combobox", name="Tickets of pipeline").fill("returns")
    page.get_by_role("option", name="Returns").click()
    expect(rows(page, "First line")).to_have_count(0)
    expect(rows(page, "Bob Jansen")).to_have_count(3)
    assert "in_pipeline=returns" in page.url
    page.get_by_role("button", name="Remove Returns").click()
    expect(rows(page, "First line")).to_have_count(3)


def test_what_has_no_data_can_be_looked_at_alone_or_left_out(desk: Desk, open_page: Open) -> None:
    counts = {value: desk.shown(goal_id="answer", no_data=value)["total"] for value in ("true", "false")}
    assert all(counts.values())
    page = open_page("#/?goal_id=answer")
    fold = page.locator("summary", has_text="Dates, progress, data")
    fold.click()
    choice = page.get_by_role("combobox", name="Data", exact=True)
    for label, value in (("Without data", "true"), ("With data", "false")):
        choice.select_option(label=label)
        expect(page.locator(".tabulator-row")).to_have_count(counts[value])
        assert f"no_data={value}" in page.url
    page.reload()
    expect(page.locator(".tabulator-row")).to_have_count(counts["false"])
    fold.click()
    expect(choice).to_have_value("false")


def test_sorting_by_a_heading_and_by_the_list(desk: Desk, open_page: Open) -> None:
    page = open_page("#/?goal_id=close&milestone=past")
    first = page.locator(".tabulator-row").first
    page.locator(".tabulator-col", has_text="Progress").click()
    expect(first).to_contain_text("Bob Jansen")
    page.locator(".tabulator-col", has_text="Progress").click()
    expect(first).to_contain_text("Ann de Boer")
    page.get_by_label("Sort by").select_option(label="Least progress")
    expect(first).to_contain_text("Bob Jansen")
    assert "sort=progress" in page.url


def test_the_csv_holds_what_the_filters_leave(desk: Desk, open_page: Open) -> None:
    page = open_page("#/?goal_id=close&status=missed")
    with page.expect_download() as download:
        page.get_by_role("button", name="Save as CSV").click()
    lines = list(csv.DictReader(download.value.path().read_text(encoding="utf-8-sig").splitlines()))
    assert [line["status"] for line in lines] == ["missed"]


def test_ten_thousand_assignments_scroll_with_few_rows_drawn(desk: Desk, open_page: Open) -> None:
    assert desk.shown(goal_id="crowd")["total"] == 4 * MANY
    page = open_page("#/?goal_id=crowd&sort=contributor")
    expect(rows(page, "Clerk 0000").first).to_be_visible()
    end = "table => { table.scrollTop = table.scrollHeight; }"
    last = rows(page, f"Clerk {MANY - 1:04}").first
    table = page.locator(".tabulator-tableholder")

    def at_the_end() -> bool:
        table.evaluate(end)
        return last.is_visible()

    until(at_the_end, "the last row is drawn")
    assert page.locator(".tabulator-row").count() < 100


def test_ticked_contributors_are_deleted_with_a_word_of_what_stays(desk: Desk, open_page: Open) -> None:
    page = open_page("#/?goal_id=leave")
    page.get_by_role("checkbox", name="Tick Eva Meijer, Goal to leave").first.check()
    page.get_by_role("button", name="Delete 1 contributor").click()
    dialog = page.get_by_role("dialog", name="Delete this contributor?")
    expect(dialog).to_contain_text("What stays: results that are frozen")
    dialog.get_by_role("button", name="Delete").click()
    expect(dialog).to_be_hidden()
    expect(rows(page, "Eva Meijer", "Pending")).to_have_count(0)
    expect(rows(page, "Eva Meijer", "In progress")).to_have_count(0)
    expect(rows(page, "Dirk Smit").first).to_be_visible()
    page.get_by_role("checkbox", name="Tick Dirk Smit, Goal to leave").first.check()
    page.get_by_role("button", name="Delete 1 contributor").click()
    page.get_by_role("dialog").get_by_role("button", name="Delete").click()
    expect(rows(page, "In progress")).to_have_count(0)
    assert desk.client.get("/api/goals/leave").status_code == 404
