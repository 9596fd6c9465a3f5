"""Encrypted connections: who is asked for which certificate, and what happens where it does not fit."""

from __future__ import annotations

import functools
import logging
import traceback
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import psycopg
import pytest
import servers

import certificates
import chakra
from chakra.exceptions import ConfigError, OperationalError
from mysql_client import mysql_connect
from own_server import own_server

PASSWORD = "s3cret-Pass"

OPTIONS = {
    "postgres": [
        *("-c", "ssl=on", "-c", "ssl_cert_file={folder}/server.pem", "-c", "ssl_key_file={folder}/server.key"),
        *("-c", "ssl_ca_file={folder}/root.pem"),
    ],
    "mysql": ["--ssl-cert={folder}/server.pem", "--ssl-key={folder}/server.key", "--ssl-ca={folder}/root.pem"],
}

#: Whether this connection is encrypted, by the server's word.
ENCRYPTED = {
    "postgres": "SELECT ssl FROM pg_stat_ssl WHERE pid = pg_backend_pid()",
    "mysql": "SELECT VARIABLE_VALUE <> '' FROM information_schema.SESSION_STATUS WHERE VARIABLE_NAME = 'SSL_CIPHER'",
}


class TlsServer:
    """A server that speaks TLS, with a user `guarded` who must show a certificate."""

    def __init__(self, backend: str, server: servers.Server, folder: Path) -> None:
        self.backend = backend
        self.server = server
        self.folder = folder
        self.name = server.url.partition("://")[0]

    def url(self, user: str = "root", host: str = "127.0.0.1") -> str:
        return f"{self.name}://{user}:{PASSWORD}@{host}:{self.server.port}/test"

    async def encrypted(self, url: str, **settings: Any) -> bool:
        """Whether a connection with these settings of `[database]` is encrypted."""
        database = {name: str(self.folder / value) if name != "ssl_mode" else value for name, value in settings.items()}
        given = "&".join(f"{URL_NAMES[name]}={value}" for name, value in database.items())
        pool = await chakra.create_pool(f"{url}?{given}", name="tls", connect_timeout=10)
        try:
            return bool(await chakra.raw(ENCRYPTED[self.backend], using=pool).scalar())
        finally:
            await pool.close()


URL_NAMES = {"ssl_mode": "sslmode", "ssl_root_cert": "sslrootcert", "ssl_cert": "sslcert", "ssl_key": "sslkey"}


def guard(server: servers.Server) -> None:
    """Makes the user who must show a certificate."""
    if isinstance(server, servers.PostgresServer):
        with psycopg.connect(server.url, autocommit=True) as connection:
            connection.execute("CREATE ROLE guarded LOGIN")
            [[file]] = connection.execute("SHOW hba_file").fetchall()
            rules = Path(file).read_text()
            Path(file).write_text(f"hostssl all guarded all cert\nhost all guarded all reject\n{rules}")
            connection.execute("SELECT pg_reload_conf()")
        return
    with mysql_connect(server.url) as connection, connection.cursor() as cursor:
        cursor.execute(f"CREATE USER guarded IDENTIFIED BY '{PASSWORD}' REQUIRE X509")
        cursor.execute("GRANT ALL ON test.* TO guarded")
        cursor.execute(f"SET PASSWORD = PASSWORD('{PASSWORD}')")


@pytest.fixture(scope="module", params=["postgres", "mysql"])
def tls(request: pytest.FixtureRequest) -> Iterator[TlsServer]:
    backend = request.param
    folders: list[Path] = []

    def prepare(server: servers.Server, folder: Path) -> None:
        certificates.make(folder, "guarded", server.account)
        folders.append(folder)

    with own_server(backend, OPTIONS[backend], prepare) as server:
        guard(server)
        yield TlsServer(backend, server, folders[0])


def shown(error: BaseException) -> str:
    return "".join(traceback.format_exception(error)) + repr(error) + str(vars(error))


@pytest.mark.parametrize(
    ("settings", "encrypted"),
    [
        ({"ssl_mode": "disable"}, False),
        ({"ssl_mode": "prefer"}, True),
        ({"ssl_mode": "require"}, True),
        ({"ssl_mode": "verify-ca", "ssl_root_cert": "root.pem"}, True),
    ],
)
async def test_modes(tls: TlsServer, settings: dict[str, str], encrypted: bool) -> None:
    assert await tls.encrypted(tls.url(), **settings) is encrypted


async def test_the_name_is_verified_in_full_mode_only(tls: TlsServer) -> None:
    settings = {"ssl_mode": "verify-full", "ssl_root_cert": "root.pem"}
    assert await tls.encrypted(tls.url(host=certificates.SERVER_NAME), **settings)
    with pytest.raises(OperationalError) as caught:
        await tls.encrypted(tls.url(), **settings)
    assert "certificate" in str(caught.value).lower()
    assert PASSWORD not in shown(caught.value)


@pytest.mark.parametrize("mode", ["verify-ca", "verify-full"])
@pytest.mark.parametrize("root", ["stranger.pem", None])
async def test_a_certificate_that_nobody_known_has_signed(tls: TlsServer, mode: str, root: str | None) -> None:
    settings = {"ssl_mode": mode, **({} if root is None else {"ssl_root_cert": root})}
    with pytest.raises(OperationalError) as caught:
        await tls.encrypted(tls.url(host=certificates.SERVER_NAME), **settings)
    assert "certificate" in str(caught.value).lower()
    assert PASSWORD not in shown(caught.value)


async def test_a_client_that_must_show_a_certificate(tls: TlsServer) -> None:
    url = tls.url("guarded")
    own = {"ssl_mode": "verify-ca", "ssl_root_cert": "root.pem", "ssl_cert": "client.pem", "ssl_key": "client.key"}
    assert await tls.encrypted(url, **own)
    for settings in (
        {"ssl_mode": "require"},
        {"ssl_mode": "disable"},
        {**own, "ssl_cert": "stranger.pem", "ssl_key": "stranger.key"},
    ):
        with pytest.raises(OperationalError) as caught:
            await tls.encrypted(url, **settings)
        assert PASSWORD not in shown(caught.value)


@pytest.mark.parametrize(
    "settings",
    [
        {"ssl_mode": "verify-ca", "ssl_root_cert": "absent.pem"},
        {"ssl_mode": "require", "ssl_cert": "absent.pem", "ssl_key": "client.key"},
        {"ssl_mode": "require", "ssl_cert": "client.pem", "ssl_key": "absent.key"},
        {"ssl_mode": "require", "ssl_cert": "client.pem", "ssl_key": "client.pem"},
    ],
)
async def test_files_that_are_no_certificates(tls: TlsServer, settings: dict[str, str]) -> None:
    with pytest.raises((OperationalError, ConfigError)) as caught:
        await tls.encrypted(tls.url("guarded"), **settings)
    assert PASSWORD not in shown(caught.value)
    assert "BEGIN" not in shown(caught.value)


async def test_the_keys_of_the_configuration(
    tls: TlsServer, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    for name in ("root.pem", "client.pem", "client.key"):
        (tmp_path / name).symlink_to(tls.folder / name)
    file = tmp_path / "chakra.toml"
    settings = 'ssl_mode = "verify-ca"\nssl_root_cert = "root.pem"\nssl_cert = "client.pem"\nssl_key = "client.key"\n'
    file.write_text(f"[database]\n{settings}")
    monkeypatch.setenv("CHAKRA_CONFIG", str(file))
    monkeypatch.setenv("DATABASE_URL", tls.url("guarded"))
    open_pool = functools.partial(chakra.create_pool, name="configured")
    with caplog.at_level(logging.DEBUG):
        pool = await open_pool()
        assert await chakra.raw(ENCRYPTED[tls.backend], using=pool).scalar()
        assert PASSWORD not in repr(pool)
        await pool.close()
        monkeypatch.setenv("CHAKRA_DATABASE_SSL_ROOT_CERT", str(tls.folder / "stranger.pem"))
        with pytest.raises(OperationalError, match=r"(?i)certificate"):
            await open_pool()
    assert PASSWORD not in caplog.text


@pytest.mark.parametrize("backend", ["postgres", "mysql"])
async def test_a_server_without_tls(backend: str) -> None:
    options = [] if backend == "postgres" else ["--skip-ssl"]
    with own_server(backend, options) as server:
        plain = TlsServer(backend, server, Path())
        assert not await plain.encrypted(plain.server.url, ssl_mode="prefer")
        assert not await plain.encrypted(plain.server.url, ssl_mode="disable")
        with pytest.raises(OperationalError) as caught:
            await plain.encrypted(plain.server.url, ssl_mode="require")
        message = str(caught.value)
        assert "encrypt" in message or "TLS" in message or "SSL" in message, message
