"""The jars of Kafka are downloaded once, whoever asks first, and only the pinned bytes are ever run."""

import threading
from collections import Counter
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from functools import partial
from http.server import SimpleHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

import pytest

from service_goals.embedded import EmbeddedError
from service_goals.embedded.claims import free_port
from service_goals.embedded.jars import default_cache_dir, kafka_class_path, pinned_jars

JARS = pinned_jars()


@dataclass
class Repository:
    """A Maven repository on this machine that counts what is asked of it."""

    root: Path
    url: str = ""
    asked: Counter[str] = field(default_factory=Counter)

    @property
    def remote(self) -> dict[str, str]:
        """As `kafka_class_path` takes it."""
        return {"local": self.url}


@pytest.fixture
def repository(tmp_path: Path) -> Iterator[Repository]:
    """Serves every pinned jar; a test may alter its own copy."""
    served = Repository(tmp_path / "served")
    for jar, source in zip(JARS, kafka_class_path(default_cache_dir()), strict=True):
        place = jar.path(served.root)
        place.parent.mkdir(parents=True)
        place.write_bytes(source.read_bytes())

    class Handler(SimpleHTTPRequestHandler):
        def do_GET(self) -> None:
            if self.path.endswith(".jar"):
                served.asked[self.path.rsplit("/", 1)[1]] += 1
            super().do_GET()

        def log_message(self, format: str, *args: object) -> None:  # noqa: A002  # the base class names it so
            """The test's output stays clean."""

    with ThreadingHTTPServer(("127.0.0.1", 0), partial(Handler, directory=str(served.root))) as server:
        served.url = f"http://127.0.0.1:{server.server_port}"
        threading.Thread(target=server.serve_forever, daemon=True).start()
        yield served
        server.shutdown()


def test_two_first_starts_at_once_download_every_jar_once(repository: Repository, tmp_path: Path) -> None:
    cache = tmp_path / "cache"
    with ThreadPoolExecutor(2) as pool:
        first, second = pool.map(lambda _: kafka_class_path(cache, repository.remote), range(2))
    assert first == second
    assert len(first) == len(JARS) == 46
    assert all(jar.is_intact(cache / "maven") for jar in JARS)
    assert set(repository.asked.values()) == {1}
    assert len(repository.asked) == len(JARS)


def test_once_downloaded_no_network_is_needed(repository: Repository, tmp_path: Path) -> None:
    cache = tmp_path / "cache"
    kafka_class_path(cache, repository.remote)
    asked = repository.asked.total()
    kafka_class_path(cache, repository.remote)
    assert repository.asked.total() == asked


def test_without_network_the_first_start_says_so_in_one_line(tmp_path: Path) -> None:
    nobody = {"nobody": f"http://127.0.0.1:{free_port()}"}
    with pytest.raises(EmbeddedError, match="needs the network once") as refusal:
        kafka_class_path(tmp_path / "cache", nobody)
    assert "\n" not in str(refusal.value)


def test_the_download_is_announced(repository: Repository, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    kafka_class_path(tmp_path / "cache", repository.remote)
    assert "Downloading Apache Kafka once (46 files, 45 MB in all)" in capsys.readouterr().err


def test_a_jar_that_was_cut_short_is_fetched_again(repository: Repository, tmp_path: Path) -> None:
    cache = tmp_path / "cache"
    kafka_class_path(cache, repository.remote)
    damaged = JARS[3].path(cache / "maven")
    damaged.write_bytes(damaged.read_bytes()[:1000])
    kafka_class_path(cache, repository.remote)
    assert JARS[3].is_intact(cache / "maven")
    assert repository.asked[damaged.name] == 2


def test_an_altered_download_is_refused_and_not_kept(repository: Repository, tmp_path: Path) -> None:
    cache = tmp_path / "cache"
    JARS[3].path(repository.root).write_bytes(b"something else")
    with pytest.raises(EmbeddedError, match="the download is not the pinned file"):
        kafka_class_path(cache, repository.remote)
    assert not JARS[3].path(cache / "maven").exists()


def test_a_jar_that_the_repository_lacks_is_named(repository: Repository, tmp_path: Path) -> None:
    JARS[3].path(repository.root).unlink()
    with pytest.raises(EmbeddedError, match=JARS[3].artifact):
        kafka_class_path(tmp_path / "cache", repository.remote)


def test_a_cache_directory_that_cannot_be_made_is_named(tmp_path: Path) -> None:
    (tmp_path / "file").touch()
    with pytest.raises(
        EmbeddedError, match=r"cache directory .*file/cache: Not a directory; set SERVICE_GOALS_CACHE_DIR"
    ):
        kafka_class_path(tmp_path / "file" / "cache")
