"""The page: the files of `serving/web`, as they are; no build step, nothing from elsewhere.

Its entry at `/` is asked for anew each time and names the other files under a digest of them all. What lies there never
changes, so that a browser keeps it; the scripts of a page are of one version, whatever is installed meanwhile.
"""

import hashlib
import re
from os import PathLike, stat_result
from pathlib import Path
from typing import Final

from fastapi import FastAPI, Request, Response
from fastapi.staticfiles import StaticFiles
from starlette.types import Scope

WEB: Final = Path(__file__).parent / "web"
ENTRY: Final = "index.html"
FOR_EVER: Final = "public, max-age=31536000, immutable"
_NAMED: Final = re.compile(r'\b(href|src)="')


class _Versioned(StaticFiles):
    def file_response(
        self, full_path: str | PathLike[str], stat_result: stat_result, scope: Scope, status_code: int = 200
    ) -> Response:
        response = super().file_response(full_path, stat_result, scope, status_code)
        response.headers["Cache-Control"] = FOR_EVER
        return response


def mount_page(app: FastAPI, web: Path = WEB) -> None:
    """Serve the page at `/`, as the files are now: after a change of them the server is started again."""
    version = digest(web)
    text = _NAMED.sub(rf'\1="assets/{version}/', (web / ENTRY).read_text(encoding="utf-8"))
    headers = {"Cache-Control": "no-cache", "ETag": f'"{_short(text.encode())}"'}

    async def entry(request: Request) -> Response:
        if headers["ETag"] in request.headers.get("If-None-Match", ""):
            return Response(status_code=304, headers=headers)
        return Response(text, headers=headers, media_type="text/html")

    app.add_route("/", entry, methods=["GET"], include_in_schema=False)
    app.mount(f"/assets/{version}", _Versioned(directory=web), name="page")


def digest(folder: Path) -> str:
    """Names and contents of all files in a folder, as 16 hexadecimal digits."""
    files = sorted(path for path in folder.rglob("*") if path.is_file())
    lines = (f"{path.relative_to(folder).as_posix()} {_short(path.read_bytes())}" for path in files)
    return _short("\n".join(lines).encode())


def _short(content: bytes) -> str:
    return hashlib.sha256(content).hexdigest()[:16]
