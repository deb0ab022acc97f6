"""How the page's files are sent: kept by the browser as long as they are what they are, and no longer."""

import re
import shutil
from pathlib import Path

import httpx
import pytest
from fastapi import FastAPI

from serving.access.shield import HEADERS, SecurityHeaders
from serving.page import FOR_EVER, WEB, mount_page


def client(web: Path = WEB) -> httpx.AsyncClient:
    app = FastAPI()
    mount_page(app, web)
    app.add_middleware(SecurityHeaders)
    return httpx.AsyncClient(transport=httpx.ASGITransport(app), base_url="http://page")


async def folder(server: httpx.AsyncClient) -> str:
    """The address under which the entry names the other files."""
    (folder,) = set(re.findall(r'(?:href|src)="(assets/\w+)/', (await server.get("/")).text))
    return str(folder)


async def test_the_entry_names_files_that_are_there_to_be_kept_for_ever() -> None:
    async with client() as server:
        named = re.findall(r'(?:href|src)="([^"]+)"', (await server.get("/")).text)
        for address in named:
            answer = await server.get(address)
            assert (answer.status_code, answer.headers["cache-control"]) == (200, FOR_EVER)
        assert any(address.endswith("/js/main.js") for address in named)


async def test_every_answer_bears_the_security_headers() -> None:
    async with client() as server:
        base = await folder(server)
        for address in ("/", f"{base}/js/main.js", f"{base}/nothing.js"):
            headers = (await server.get(address)).headers
            assert {name: headers[name] for name in HEADERS} == HEADERS


async def test_what_a_browser_has_is_not_sent_again() -> None:
    async with client() as server:
        for address in ("/", f"{await folder(server)}/js/main.js"):
            first = await server.get(address)
            again = await server.get(address, headers={"If-None-Match": first.headers["etag"]})
            assert (again.status_code, again.content) == (304, b"")
            assert again.headers["cache-control"] == first.headers["cache-control"]
            other = await server.get(address, headers={"If-None-Match": '"other"'})
            assert (other.status_code, other.content) == (200, first.content)


async def test_the_entry_is_asked_for_anew_each_time() -> None:
    async with client() as server:
        assert (await server.get("/")).headers["cache-control"] == "no-cache"


@pytest.mark.parametrize("changed", ["js/base/times.js", "index.html", "css/new.css"])
async def test_a_changed_file_changes_every_address(changed: str, tmp_path: Path) -> None:
    web = shutil.copytree(WEB, tmp_path / "web")
    async with client() as old:
        before, entry = await folder(old), await old.get("/")
    with (web / changed).open("a") as file:
        file.write("\n")
    async with client(web) as new:
        after = await new.get("/", headers={"If-None-Match": entry.headers["etag"]})
        assert after.status_code == 200
        assert await folder(new) != before
        gone = await new.get(f"{before}/js/main.js")
        assert (gone.status_code, gone.headers["cache-control"]) == (404, "no-store")
