"""A Redis that demands a password, and one behind TLS: who may gets in, who may not is told in one line."""

import asyncio
import ssl
from collections.abc import AsyncIterator, Iterator
from pathlib import Path

import pytest
import redis

from service_goals.embedded import EmbeddedValkey
from service_goals.errors import CommandError
from service_goals.redis_client import redis_client
from service_goals.security_settings import SecuritySettings
from tests.certificates import make_certificate

PASSWORD = "open-sesame"


@pytest.fixture(scope="module")
def guarded() -> Iterator[str]:
    """`host:port` of a Valkey with a password."""
    with EmbeddedValkey() as server:
        redis.Redis.from_url(server.url).config_set("requirepass", PASSWORD)
        yield server.address


@pytest.fixture
async def behind_tls(guarded: str, tmp_path: Path) -> AsyncIterator[str]:
    """`host:port` of a TLS proxy before it, as clouds have one: the Valkey that comes as a wheel has no TLS."""
    make_certificate(tmp_path, "redis")
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(tmp_path / "redis.key.pem")
    host, port = guarded.split(":")

    async def copy(source: asyncio.StreamReader, target: asyncio.StreamWriter) -> None:
        while data := await source.read(65_536):
            target.write(data)
        target.close()

    async def serve(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        inner_reader, inner_writer = await asyncio.open_connection(host, int(port))
        await asyncio.gather(copy(reader, inner_writer), copy(inner_reader, writer))

    async with await asyncio.start_server(serve, host, 0, ssl=context) as server:
        yield f"{host}:{server.sockets[0].getsockname()[1]}"


async def works(**settings: object) -> bool:
    async with redis_client(SecuritySettings.model_validate(settings)) as client:
        await client.set("key", "value")
        return bool(await client.get("key") == b"value")


async def refusal(**settings: object) -> str:
    with pytest.raises(CommandError) as refused:
        await works(**settings)
    (line,) = refused.value.lines
    assert PASSWORD not in line
    return line


@pytest.mark.parametrize("url", ["redis://{server}/0", f"redis://:{PASSWORD}@{{server}}/0", "redis://default@{server}"])
async def test_a_password_lets_in_from_the_url_and_from_its_setting(url: str, guarded: str) -> None:
    settings = {} if PASSWORD in url else {"redis_password": PASSWORD}
    assert await works(redis=url.format(server=guarded), **settings)


async def test_a_password_from_a_file_lets_in(guarded: str, tmp_path: Path) -> None:
    (tmp_path / "password").write_text(f"{PASSWORD}\n")
    assert await works(redis=f"redis://{guarded}", redis_password_file=tmp_path / "password")


@pytest.mark.parametrize("settings", [{}, {"redis_password": f"{PASSWORD}-wrong"}], ids=["none", "wrong"])
async def test_without_the_password_nobody_gets_in(settings: dict[str, str], guarded: str) -> None:
    line = await refusal(redis=f"redis://{guarded}", **settings)
    assert line.startswith(f"SERVICE_GOALS_REDIS_PASSWORD: {guarded} refuses it")


async def test_tls_with_the_right_authority_lets_in(behind_tls: str, tmp_path: Path) -> None:
    assert await works(redis=f"rediss://{behind_tls}", redis_password=PASSWORD, redis_ca_file=tmp_path / "redis.pem")


async def test_a_certificate_of_another_authority_is_not_trusted(behind_tls: str, tmp_path: Path) -> None:
    other = make_certificate(tmp_path, "other")
    line = await refusal(redis=f"rediss://{behind_tls}", redis_password=PASSWORD, redis_ca_file=other)
    assert line.startswith(f"SERVICE_GOALS_REDIS_CA_FILE={other}: the certificate of {behind_tls} is not trusted")


async def test_speaking_in_the_clear_to_tls_is_told(behind_tls: str) -> None:
    line = await refusal(redis=f"redis://:{PASSWORD}@{behind_tls}/0")
    assert line.startswith(f"SERVICE_GOALS_REDIS=redis://{behind_tls}: no Redis answers there")
