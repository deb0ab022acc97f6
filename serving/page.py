"""The page: the files of `serving/web`, as they are; no build step, nothing from elsewhere.

Its entry at `/` is asked for anew each time and names the other files under a digest of them all. What lies there never
changes, so that a browser keeps it; the scripts of a page are of one version, whatever is installed meanwhile.
"""

import re
from pathlib import Path
from typing import Final

from fastapi import FastAPI, Request, Response
from starlette.exceptions import HTTPException

from serving.packed import Packed, pack, short

WEB: Final = Path(__file__).parent / "web"
ENTRY: Final = "index.html"
FOR_EVER: Final = "public, max-age=31536000, immutable"
_NAMED: Final = re.compile(r'\b(href|src)="')


def mount_page(app: FastAPI, web: Path = WEB) -> None:
    """Serve the page at `/`, as the files are now: after a change of them the server is started again."""
    files = _files(web)
    version = digest(files)
    text = _NAMED.sub(rf'\1="assets/{version}/', files[ENTRY].plain.decode())
    entry = pack(ENTRY, text.encode())

    async def get_entry(request: Request) -> Response:
        return entry.answer(request, "no-cache")

    async def get_file(request: Request) -> Response:
        file = files.get(request.path_params["name"])
        if file is None:
            raise HTTPException(404)
        return file.answer(request, FOR_EVER)

    app.add_route("/", get_entry, methods=["GET"], include_in_schema=False)
    app.add_route(f"/assets/{version}/{{name:path}}", get_file, methods=["GET"], include_in_schema=False)


def digest(files: dict[str, Packed]) -> str:
    """Of names and contents."""
    return short("\n".join(f"{name} {file.etag}" for name, file in files.items()).encode())


def _files(web: Path) -> dict[str, Packed]:
    paths = {path.relative_to(web).as_posix(): path for path in web.rglob("*") if path.is_file()}
    return {name: pack(name, path.read_bytes()) for name, path in sorted(paths.items())}
