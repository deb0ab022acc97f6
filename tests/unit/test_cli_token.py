"""`token`: shown once, listed without the secret, revoked."""

from pathlib import Path

import orjson
import pytest

from service_goals.cli import run
from serving.access.tokens import TokenFile, find


@pytest.fixture(autouse=True)
def data_dir(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("SERVICE_GOALS_DATA_DIR", str(tmp_path))
    return tmp_path


def test_a_token_is_made_listed_and_revoked(data_dir: Path, capfdbinary: pytest.CaptureFixture[bytes]) -> None:
    assert run(["token", "create", "page", "--role", "manager"]) == 0
    secret = capfdbinary.readouterr().out.decode().strip()
    found = find(TokenFile(data_dir / "api-tokens.json").tokens, secret)
    assert (found.name, found.role) == ("page", "manager") if found else False
    assert run(["token", "list", "--json"]) == 0
    listed = capfdbinary.readouterr().out
    assert [(each["name"], each["role"]) for each in orjson.loads(listed)] == [("page", "manager")]
    assert secret.encode() not in listed
    assert run(["token", "create", "page"]) == 1
    assert capfdbinary.readouterr().err.startswith(b"error: page: there is such a token")
    assert run(["token", "revoke", "page"]) == 0
    assert TokenFile(data_dir / "api-tokens.json").tokens == ()
    assert run(["token", "revoke", "page"]) == 1
