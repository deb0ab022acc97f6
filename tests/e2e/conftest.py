"""A service desk for all tests of the page, and a page in a real Chromium for each."""

from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any
from uuid import uuid4

import pytest
from playwright.sync_api import (
    Browser,
    BrowserContext,
    ConsoleMessage,
    Page,
    Request,
    Response,
    expect,
    sync_playwright,
)

from tests.e2e.chromium import ABSENT, chromium
from tests.e2e.desk import Desk, opened

PATIENCE_MS = 15_000
Open = Callable[..., Page]


@pytest.fixture(scope="session")
def desk(kafka: str, valkey: str, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Desk]:
    """The service desk that the page shows."""
    with opened(kafka, valkey, f"page{uuid4().hex[:8]}", tmp_path_factory.mktemp("page")) as desk:
        yield desk


@pytest.fixture(scope="module")
def browser(desk: Desk) -> Iterator[Browser]:
    """For a module, not the session: while Playwright runs, no other event loop can in this thread."""
    with sync_playwright() as playwright:
        executable = chromium(playwright)
        if executable is None:
            pytest.fail(ABSENT, pytrace=False)
        expect.set_options(timeout=PATIENCE_MS)
        browser = playwright.chromium.launch(executable_path=executable, args=["--disable-gpu"])
        yield browser
        browser.close()


@pytest.fixture
def open_page(browser: Browser, desk: Desk) -> Iterator[Open]:
    """Opens the page at an address, in a browser of its own; fails when it asks elsewhere, or says an error."""
    contexts: list[BrowserContext] = []
    complaints: list[str] = []

    def open_(address: str = "", **options: Any) -> Page:
        context = browser.new_context(**{"locale": "en-GB", "reduced_motion": "reduce", **options})
        context.set_default_timeout(PATIENCE_MS)
        contexts.append(context)
        page = context.new_page()
        _listen(page, desk.url, complaints)
        page.goto(f"{desk.url}/{address}")
        return page

    yield open_
    for context in contexts:
        context.close()
    assert complaints == []


def _listen(page: Page, url: str, complaints: list[str]) -> None:
    def said(message: ConsoleMessage) -> None:
        # What the API refuses is shown to the reader, and by the browser here; other failures are found below.
        if message.type in ("error", "warning") and not message.text.startswith("Failed to load resource"):
            complaints.append(message.text)

    def answered(response: Response) -> None:
        if response.status >= (500 if "/api/" in response.url else 400):
            complaints.append(f"{response.status} {response.url}")

    def asked(request: Request) -> None:
        if not request.url.startswith((url, f"blob:{url}")):
            complaints.append(request.url)

    page.on("console", said)
    page.on("pageerror", lambda error: complaints.append(str(error)))
    page.on("response", answered)
    page.on("request", asked)


@pytest.fixture(scope="session")
def picture(request: pytest.FixtureRequest) -> Callable[[Page, str], None]:
    """Takes the documentation's pictures, when asked to: they change with every run."""
    folder = Path(__file__).parents[2] / "docs" / "images"

    def take(page: Page, name: str) -> None:
        if request.config.getoption("--pictures"):
            folder.mkdir(exist_ok=True)
            page.screenshot(path=folder / f"{name}.png")

    return take
