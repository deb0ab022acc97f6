"""Where a Chromium is for the tests of the page, and what to do when there is none."""

import os
import shutil
import sys
from pathlib import Path

from playwright.sync_api import Playwright, sync_playwright

NAMES = ("chromium", "chromium-browser", "google-chrome-stable", "google-chrome")
ABSENT = (
    "no Chromium for the tests of the page: install one (Debian, Ubuntu: apt-get install chromium; elsewhere: "
    ".venv/bin/playwright install chromium), or name one with CHROMIUM=PATH"
)


def chromium(playwright: Playwright) -> str | None:
    """$CHROMIUM, one on the PATH, or Playwright's own; None: there is none."""
    named = os.environ.get("CHROMIUM")
    found = [shutil.which(named)] if named else [*map(shutil.which, NAMES), shutil.which(playwright.chromium.executable_path)]
    return next((path for path in found if path), None)


def main() -> int:
    """Exit with 0 when there is one; scripts/browser asks."""
    with sync_playwright() as playwright:
        return 0 if chromium(playwright) else 1


if __name__ == "__main__":
    sys.path.insert(0, str(Path(__file__).parents[2]))
    sys.exit(main())
