"""The page: the files of `serving/web`, as they are; no build step, nothing from elsewhere."""

from pathlib import Path
from typing import Final

from fastapi import FastAPI
from fastapi.staticfiles import StaticFiles

WEB: Final = Path(__file__).parent / "web"


def mount_page(app: FastAPI) -> None:
    """Serve the page at `/`. Call it last: whatever route was added before wins."""
    app.mount("/", StaticFiles(directory=WEB, html=True), name="page")
