"""Where a Chromium is for the tests of the page, and what to do when there is none."""

import os
import shutil
import sys

from playwright.sync_api import Playwright, sync_playwright

NAMES = ("chromium", "chromium-browser", "google-chrome-stable", "google-chrome")
ABSENT = (
    "no Chromium for the tests of the page: install one (Debian, Ubuntu: apt-get install chromium; elsewhere: "
    ".venv/bin/playwright install chromium), or name one with CHROMIUM=PATH"
)


def chromium(playwright: Playwright) -> str | None:
    """$CHROMIUM, one on the PATH, or Playwright's own; None: there is none."""
    named = os.environ.get("CHROMIUM")
    candidates = [named] if named else [*NAMES, playwright.chromium.executable_path]
    return next((path for path in map(shutil.which, candidates) if path), None)


if __name__ == "__main__":
    with sync_playwright() as started:
        sys.exit(0 if chromium(started) else 1)
