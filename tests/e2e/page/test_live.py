"""Numbers that move: whatever overtakes what on the way to the page, in the end it shows what is."""

from datetime import UTC, datetime

from playwright.sync_api import APIResponse, Route, expect

from tests.e2e.cli_kit import until
from tests.e2e.page.conftest import Open
from tests.e2e.page.desk import Desk
from tests.e2e.page.test_details import address
from tests.e2e.page.test_overview import rows

BURST = """
async (base) => {
  const { gathered } = await import(`${base}base/dom.js`);
  const pause = (ms) => new Promise((resolve) => setTimeout(resolve, ms));
  let done = 0;
  const act = gathered(() => { done += 1; }, 20);
  for (let calls = 0; calls < 40; calls += 1) act();
  await pause(200);
  const atOnce = done;
  for (let calls = 0; calls < 40; calls += 1) {
    act();
    await pause(5);
  }
  return [atOnce, done - atOnce];
}
"""
FAILING = """
async (base) => {
  const { gathered } = await import(`${base}base/dom.js`);
  let tries = 0;
  await new Promise((resolve) => gathered(async () => {
    tries += 1;
    if (tries === 1) throw new Error("the server is away");
    resolve();
  }, 1)());
  return tries;
}
"""


def number_of(desk: Desk, user: str, goal_id: str = "close") -> int:
    """Tickets closed by a user this month, as the API says."""
    return int(desk.shown(goal_id=goal_id, milestone="current", user=user)["items"][0]["count"])


def close_one(desk: Desk, user: str, goal_id: str = "close") -> None:
    """Returns when the API shows it."""
    count = number_of(desk, user, goal_id)
    desk.close_tickets(user, datetime.now(UTC))
    until(lambda: number_of(desk, user, goal_id) == count + 1, "the API shows the ticket")


def test_a_view_moves_while_events_never_pause(open_page: Open) -> None:
    page = open_page()
    entry = page.locator("script[type=module]").evaluate("script => script.src").removesuffix("main.js")
    at_once, meanwhile = page.evaluate(BURST, entry)
    assert at_once == 1
    assert meanwhile > 1
    assert page.evaluate(FAILING, entry) == 2


def test_tickets_that_lag_behind_their_number_are_asked_for_again(desk: Desk, open_page: Open) -> None:
    page = open_page(address(desk, "close", "user:bob"))
    count = number_of(desk, "bob")
    tickets = page.get_by_role("region", name="Tickets behind the number").locator("tbody tr")
    expect(tickets).to_have_count(count)
    before = desk.client.get(f"/api/statuses/{desk.key('close', 'user:bob', desk.this_month)}/tickets?limit=50").text
    page.route("**/tickets?*", lambda route: route.fulfill(body=before, content_type="application/json"), times=1)
    desk.close_tickets("bob", datetime.now(UTC))
    expect(tickets).to_have_count(count + 1)


def test_what_came_before_the_stream_stood_is_not_missed(desk: Desk, open_page: Open) -> None:
    page = open_page()
    waiting: list[Route] = []
    page.route("**/api/events", lambda route: waiting.append(route))
    page.goto(f"{desk.url}/#/?goal_id=close&milestone=current&user=ann")
    page.reload()
    actual = rows(page, "Ann de Boer").locator("[tabulator-field=actual]")
    count = number_of(desk, "ann")
    expect(actual).to_have_text(str(count))
    close_one(desk, "ann")
    assert actual.text_content() == str(count)
    waiting.pop().continue_()
    expect(actual).to_have_text(str(count + 1))


def test_who_leaves_while_the_table_is_built_or_asks_meets_no_error(desk: Desk, open_page: Open) -> None:
    page = open_page()
    for _ in range(5):
        page.evaluate("location.hash = '#/notifications'; setTimeout(() => { location.hash = '#/'; })")
        with page.expect_request("**/api/statuses?*limit=500*"):
            pass
        page.evaluate("location.hash = '#/notifications'")
        expect(page.get_by_role("heading", name="Notifications")).to_be_visible()


def test_an_answer_that_an_event_overtook_does_not_undo_it(desk: Desk, open_page: Open) -> None:
    page = open_page("#/?goal_id=crowd&milestone=current&sort=contributor")
    table = page.locator(".tabulator-tableholder")
    expect(rows(page, "Clerk 0000")).to_be_visible()
    held: list[tuple[Route, APIResponse]] = []
    page.route("**/api/statuses?*cursor=*", lambda route: held.append((route, route.fetch())), times=1)

    after = rows(page, "Clerk 0500")

    def asked_for_more() -> bool:
        table.evaluate("table => { table.scrollTop = table.scrollHeight; }")
        return bool(held)

    def scrolled_there() -> bool:
        table.evaluate("table => { table.scrollTop += 50; }")
        return after.is_visible()

    until(asked_for_more, "the second page of rows is asked for")
    with page.expect_response("**/api/statuses?*limit=1"):
        close_one(desk, "u0500", goal_id="crowd")
    route, answer = held.pop()
    route.fulfill(response=answer)
    until(scrolled_there, "its row is drawn")
    expect(after.locator("[tabulator-field=actual]")).to_have_text("1")
