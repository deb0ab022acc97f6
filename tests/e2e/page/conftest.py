"""A service desk for all tests of the page, and a page in a real Chromium for each."""

from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any, Literal
from uuid import uuid4

import pytest
from playwright.sync_api import (
    Browser,
    ConsoleMessage,
    Page,
    Request,
    Response,
    ViewportSize,
    expect,
    sync_playwright,
)

from tests.e2e.chromium import ABSENT, chromium
from tests.e2e.page.desk import Desk, opened

PATIENCE_MS = 15_000
DESKTOP: ViewportSize = {"width": 1440, "height": 900}
Open = Callable[..., Page]
Scheme = Literal["light", "dark"]


class Reader:
    """Someone's browser: its settings, and a tab that stays open, so that the next one needn't start from nothing."""

    def __init__(self, browser: Browser, desk: Desk, settings: dict[str, Any]) -> None:
        self.context = browser.new_context(**{"locale": "en-GB", "reduced_motion": "reduce", **settings})
        self.context.set_default_timeout(PATIENCE_MS)
        self._idle = self.context.new_page()
        self._idle.goto(f"{desk.url}/healthz")

    def forget(self) -> None:
        """What a page has stored; what was fetched to be kept is kept."""
        self.context.clear_cookies()
        self._idle.evaluate("localStorage.clear()")


@pytest.fixture(scope="session")
def desk(kafka: str, valkey: str, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Desk]:
    """The service desk that the page shows."""
    with opened(kafka, valkey, f"page{uuid4().hex[:8]}", tmp_path_factory.mktemp("page")) as desk:
        yield desk


@pytest.fixture(scope="package")
def browser(desk: Desk) -> Iterator[Browser]:
    """For these tests, not the session: while Playwright runs, no other event loop can in this thread."""
    with sync_playwright() as playwright:
        executable = chromium(playwright)
        if executable is None:
            pytest.fail(ABSENT, pytrace=False)
        expect.set_options(timeout=PATIENCE_MS)
        browser = playwright.chromium.launch(executable_path=executable, args=["--disable-gpu", "--process-per-site"])
        yield browser
        browser.close()


@pytest.fixture(scope="package")
def readers() -> dict[str, Reader]:
    """By their settings."""
    return {}


@pytest.fixture
def open_page(browser: Browser, desk: Desk, readers: dict[str, Reader]) -> Iterator[Open]:
    """Opens the page at an address, for a reader who is new; fails when it asks elsewhere, or says an error."""
    opened: list[Page] = []
    complaints: list[str] = []

    def open_(
        address: str = "", color_scheme: Scheme = "light", viewport: ViewportSize = DESKTOP, **settings: str
    ) -> Page:
        name = str(settings)
        if name not in readers:
            readers[name] = Reader(browser, desk, settings)
        readers[name].forget()
        page = readers[name].context.new_page()
        opened.append(page)
        page.emulate_media(color_scheme=color_scheme)
        page.set_viewport_size(viewport)
        _listen(page, desk.url, complaints)
        page.goto(f"{desk.url}/{address}")
        return page

    yield open_
    for page in opened:
        page.close()
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
    folder = Path(__file__).parents[3] / "docs" / "images"

    def take(page: Page, name: str) -> None:
        if request.config.getoption("--pictures"):
            folder.mkdir(exist_ok=True)
            page.screenshot(path=folder / f"{name}.png")

    return take
