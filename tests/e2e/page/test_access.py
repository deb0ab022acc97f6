"""The page where a token is asked for."""

from collections.abc import Iterator
from uuid import uuid4

import pytest
from playwright.sync_api import Browser, expect

from serving.access.tokens import TokenFile
from tests.integration.api_system import environment_of, serving


@pytest.fixture(scope="module")
def guarded(kafka: str, valkey: str, tmp_path_factory: pytest.TempPathFactory) -> Iterator[tuple[str, str]]:
    """The URL of a server that demands tokens, and a viewer's token."""
    directory = tmp_path_factory.mktemp("guarded")
    secret = TokenFile(directory / "api-tokens.json").create("eva", "viewer", "2026-01-01")
    environment = environment_of(kafka, valkey, f"guard{uuid4().hex[:8]}", directory)
    with serving({**environment, "SERVICE_GOALS_API_ACCESS": "token"}, directory / "api.log") as url:
        yield url, secret


def test_a_viewer_logs_in_reads_and_logs_out(guarded: tuple[str, str], browser: Browser) -> None:
    url, secret = guarded
    context = browser.new_context(locale="en-GB")
    page = context.new_page()
    page.goto(url)
    page.get_by_label("Token").fill("wrong")
    page.get_by_role("button", name="Log in").click()
    expect(page.get_by_role("alert")).to_have_text("This token is not known here.")
    page.get_by_label("Token").fill(secret)
    page.keyboard.press("Enter")
    expect(page.get_by_role("heading", name="Overview")).to_be_visible()
    expect(page.get_by_text("Live", exact=True)).to_be_visible()
    expect(page.get_by_role("link", name="New goal")).to_have_count(0)
    page.reload()
    page.get_by_role("button", name="Log out eva").click()
    expect(page.get_by_label("Token")).to_be_visible()
    context.close()
