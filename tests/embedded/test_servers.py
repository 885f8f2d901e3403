"""The embedded servers themselves, without their supervisor."""

import os
import stat
from pathlib import Path

import psycopg2
import redis

from embedded.folders import Folders, write_private
from embedded.servers.postgres import USER, Postgres
from embedded.waiting import free_port


def test_the_database_is_postgresql_18_in_utf8(database_url: str) -> None:
    with psycopg2.connect(database_url.replace("+psycopg2", "")) as connection, connection.cursor() as cursor:
        cursor.execute("SELECT version(), current_setting('server_encoding'), lower('ÄÖÜ影像')")
        row = cursor.fetchone()
    assert row is not None
    assert row[0].startswith("PostgreSQL 18")
    assert row[1:] == ("UTF8", "äöü影像")


def test_the_redis_server_speaks_streams_and_keeps_an_append_only_file(redis_url: str) -> None:
    with redis.Redis.from_url(redis_url) as client:
        client.xadd("test:stream", {"field": "value"})
        assert client.xlen("test:stream") == 1
        assert client.config_get("appendonly") == {b"appendonly": b"yes"} or client.config_get(
            "appendonly"
        ) == {"appendonly": "yes"}
        client.delete("test:stream")


def test_the_data_folder_never_belongs_to_root(tmp_path: Path) -> None:
    server = Postgres(tmp_path / "data", free_port(), "secret")
    server.initialise()
    owner = (tmp_path / "data").stat().st_uid
    assert owner != 0
    assert owner == os.geteuid() or os.geteuid() == 0
    assert not (tmp_path / "data.password").exists()
    assert USER in server.url() and "secret" in server.url()


def test_an_interrupted_first_start_is_begun_again(tmp_path: Path) -> None:
    half = tmp_path / "data.new"
    half.mkdir()
    (half / "PG_VERSION").write_text("18")
    Postgres(tmp_path / "data", free_port(), "secret").initialise()
    assert (tmp_path / "data" / "global" / "pg_control").exists()
    assert not half.exists()


def test_secrets_are_made_once_and_closed_to_others(tmp_path: Path) -> None:
    folders = Folders(tmp_path / "data")
    folders.make()
    first = folders.secret("postgres_password")
    assert len(first) > 30
    assert folders.secret("postgres_password") == first
    assert stat.S_IMODE((folders.secrets / "postgres_password").stat().st_mode) == 0o600
    assert stat.S_IMODE(folders.secrets.stat().st_mode) == 0o700


def test_a_private_file_replaces_an_open_one(tmp_path: Path) -> None:
    path = tmp_path / "env"
    path.write_text("old")
    path.chmod(0o644)
    write_private(path, "new")
    assert path.read_text() == "new"
    assert stat.S_IMODE(path.stat().st_mode) == 0o600
