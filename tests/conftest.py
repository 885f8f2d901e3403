"""Fixtures that every test may ask for."""

import subprocess
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from embedded.postgres import Postgres
from embedded.valkey import Valkey
from embedded.waiting import free_port, wait_until


@contextmanager
def running(command: list[str], log: Path) -> Iterator[subprocess.Popen[bytes]]:
    """The command as a child process; asked to end at the end."""
    with log.open("wb") as output:
        process = subprocess.Popen(command, stdout=output, stderr=subprocess.STDOUT)
    try:
        yield process
    finally:
        process.terminate()
        process.wait(60)


@pytest.fixture(scope="session")
def tmp_data_dir(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A ``DATA_DIR`` that is empty when the session starts."""
    return tmp_path_factory.mktemp("data")


@pytest.fixture(scope="session")
def database_url(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """A real PostgreSQL with one empty database, fast and forgetful."""
    folder = tmp_path_factory.mktemp("postgres")
    server = Postgres(folder / "data", free_port(), "test")
    server.initialise()
    command = server.command("fsync=off", "full_page_writes=off", "synchronous_commit=off")
    with running(command, folder / "log"):
        wait_until(server.answers, f"PostgreSQL answers, see {folder / 'log'}")
        server.ensure_database()
        yield server.url()


@pytest.fixture(scope="session")
def redis_url(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """A real Valkey, empty when the session starts."""
    folder = tmp_path_factory.mktemp("valkey")
    server = Valkey(folder, free_port(), "test")
    with running(server.command(folder / "valkey.conf"), folder / "log"):
        wait_until(server.answers, f"Valkey answers, see {folder / 'log'}")
        yield server.url()
