"""How the page's files are sent: kept by the browser as long as they are what they are, and no longer."""

import re
import shutil
from pathlib import Path

import httpx
import pytest
from fastapi import FastAPI

from serving.access.shield import HEADERS, SecurityHeaders
from serving.packed import takes_gzip
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


async def test_files_are_packed_for_who_takes_it() -> None:
    async with client() as server:
        for address in ("/", f"{await folder(server)}/js/main.js", f"{await folder(server)}/favicon.svg"):
            plain = await server.get(address, headers={"Accept-Encoding": "br, gzip;q=0"})
            packed = await server.get(address, headers={"Accept-Encoding": "br, gzip"})
            assert ("content-encoding" in plain.headers, packed.headers["content-encoding"]) == (False, "gzip")
            assert packed.content == plain.content
            assert int(packed.headers["content-length"]) < len(plain.content)
            for answer in (plain, packed):
                assert answer.headers["vary"] == "Accept-Encoding"
                assert answer.headers["content-type"] == plain.headers["content-type"]
            assert packed.headers["etag"] != plain.headers["etag"]


async def test_what_packing_makes_larger_is_sent_as_it_is(tmp_path: Path) -> None:
    web = shutil.copytree(WEB, tmp_path / "web")
    (web / "small.js").write_text("0;")
    async with client(web) as server:
        small = await server.get(f"{await folder(server)}/small.js")
        assert (small.status_code, small.text, "content-encoding" in small.headers) == (200, "0;", False)


@pytest.mark.parametrize(
    ("accepted", "packed"),
    [
        ("gzip", True),
        ("deflate, GZIP;q=0.5", True),
        ("*", True),
        ("", False),
        ("br", False),
        ("gzip;q=0", False),
        ("gzip; q=0.000", False),
        ("gzip;q=0, *", False),
    ],
)
def test_an_accept_encoding_is_taken_at_its_word(accepted: str, packed: bool) -> None:
    assert takes_gzip(accepted) is packed


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
