"""Tokens, failures, and what the guard lets through."""

import stat
from pathlib import Path

import pytest

from serving.access.failures import MOST, WINDOW, Failures
from serving.access.tokens import ROLES, TokenFile, TokensError, allows, digest, find


@pytest.fixture
def file(tmp_path: Path) -> Path:
    return tmp_path / "keys" / "tokens.json"


def test_a_token_is_known_and_only_its_hash_is_kept(file: Path) -> None:
    secret = TokenFile(file).create("page", "manager", "2026-01-01T00:00:00+00:00")
    found = find(TokenFile(file).tokens, secret)
    assert found is not None
    assert (found.name, found.role, found.hash) == ("page", "manager", digest(secret))
    assert secret not in file.read_text()
    assert stat.S_IMODE(file.stat().st_mode) == 0o600
    assert find(TokenFile(file).tokens, secret + "x") is None


def test_a_token_that_is_revoked_elsewhere_is_of_no_use_at_once(file: Path) -> None:
    server, operator = TokenFile(file), TokenFile(file)
    secret = operator.create("page", "viewer", "2026-01-01T00:00:00+00:00")
    assert find(server.tokens, secret) is not None
    operator.revoke("page")
    assert server.tokens == ()


def test_a_name_is_used_once_and_must_be_known(file: Path) -> None:
    tokens = TokenFile(file)
    tokens.create("page", "viewer", "2026-01-01T00:00:00+00:00")
    with pytest.raises(TokensError, match=r"^page: there is such a token"):
        tokens.create("page", "admin", "2026-01-01T00:00:00+00:00")
    with pytest.raises(TokensError, match=r"^other: no such token"):
        tokens.revoke("other")


def test_a_damaged_file_is_told_and_not_taken_for_empty(file: Path) -> None:
    file.parent.mkdir()
    file.write_text('[{"name": "page"}]')
    with pytest.raises(TokensError, match=r"tokens\.json: can't be read as tokens"):
        _ = TokenFile(file).tokens


def test_each_role_may_do_what_those_before_it_may() -> None:
    assert [[allows(role, needed) for needed in ROLES] for role in ROLES] == [
        [True, False, False],
        [True, True, False],
        [True, True, True],
    ]


def test_a_guesser_waits_for_the_end_of_the_window() -> None:
    failures = Failures()
    for second in range(MOST):
        assert failures.wait("1.2.3.4", 100.0 + second) == 0
        failures.note("1.2.3.4", 100.0 + second)
    assert failures.wait("1.2.3.4", 110.0) == WINDOW - 10
    assert failures.wait("5.6.7.8", 110.0) == 0
    assert failures.wait("1.2.3.4", 100.0 + WINDOW) == 0
    failures.note("1.2.3.4", 100.0 + WINDOW)
    assert failures.wait("1.2.3.4", 101.0 + WINDOW) == 0


def test_addresses_are_not_remembered_without_end() -> None:
    failures = Failures()
    for number in range(20_000):
        failures.note(str(number), 0.0)
    assert len(failures._seen) == 10_000
