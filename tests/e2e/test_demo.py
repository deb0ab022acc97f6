"""The demo as people see it: it opens its page, there real tickets move numbers until a goal is reached and told."""

import re
import signal
import subprocess
from collections.abc import Iterator
from pathlib import Path

import pytest
from playwright.sync_api import Locator, Page, expect, sync_playwright

from service_goals.embedded.claims import free_port
from tests.e2e.chromium import ABSENT, chromium
from tests.e2e.cli_kit import Cli, alive, descendants, until

PATIENCE_MS = 60_000


@pytest.fixture
def cli(tmp_path: Path) -> Cli:
    """On a desktop whose browser writes down what it is to open."""
    (tmp_path / "tmp").mkdir()
    browser = tmp_path / "browser"
    browser.write_text(f'#!/bin/sh\necho "$1" >{tmp_path}/opened\n')
    browser.chmod(0o700)
    cli = Cli(tmp_path, api_port=free_port(), partitions=2)
    cli.environment |= {"TMPDIR": f"{tmp_path}/tmp", "DISPLAY": ":0", "BROWSER": f"{browser} %s"}
    cli.environment.pop("SSH_CONNECTION", None)
    return cli


@pytest.fixture
def demo(cli: Cli) -> Iterator[subprocess.Popen[str]]:
    """`demo`, as it is without options."""
    demo = cli.start("demo")
    yield demo
    demo.kill()
    demo.wait()


@pytest.fixture
def page() -> Iterator[Page]:
    """A page in a real Chromium."""
    with sync_playwright() as playwright:
        executable = chromium(playwright)
        if executable is None:
            pytest.fail(ABSENT, pytrace=False)
        browser = playwright.chromium.launch(executable_path=executable, args=["--disable-gpu"])
        page = browser.new_page(locale="en-GB", viewport={"width": 1440, "height": 900})
        page.set_default_timeout(PATIENCE_MS)
        yield page
        browser.close()


def share(page: Page, name: str, goal: str) -> Locator:
    """The row of someone's first milestone of a goal."""
    return page.locator(".tabulator-row").filter(has_text=name).filter(has_text=goal).first


def test_it_opens_the_page_a_goal_is_reached_and_told_and_nothing_is_left(
    cli: Cli, demo: subprocess.Popen[str], page: Page
) -> None:
    opened = cli.directory / "opened"
    until(lambda: (opened.exists() and opened.read_text() != "") or demo.poll() is not None, "the page is opened")
    address = opened.read_text().strip()
    assert f"the page: {address}\n" in cli.errors("demo")
    page.goto(address)
    page.evaluate("window.neverReloaded = true")
    closed = share(page, "Group 70", "Tickets closed in 2016").locator("[tabulator-field=actual]")
    first = closed.inner_text()
    expect(closed).not_to_have_text(first, timeout=PATIENCE_MS)
    told = page.get_by_role("status").locator(".toast", has_text="Resolver 201, 24 tickets closed a month")
    expect(told).to_contain_text("Exceeded", timeout=PATIENCE_MS)
    expect(share(page, "Resolver 201", "24 tickets").locator(".progress")).to_have_text(re.compile(r"1\d\d%"))
    assert page.evaluate("window.neverReloaded")

    started = descendants(demo.pid)
    demo.send_signal(signal.SIGINT)
    assert demo.wait(60) == 0
    assert alive(started) == set()
    assert list((cli.directory / "tmp").iterdir()) == []
    assert cli.errors("demo").splitlines()[-1] == "stopping"
