"""bin/serve: starting, restarting, stopping and refusing. Only the servers start here, not the app."""

import os
import shutil
import signal
import socket
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import psycopg2
import pytest
import redis

from embedded.folders import Folders
from embedded.servers.postgres import Postgres
from embedded.waiting import free_port, wait_until
from tests.serve_process import ROOT, ServeProcess, environment, serving

READY = "Press Ctrl-C to stop."


@pytest.fixture(scope="module")
def made(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A data folder after its first start, in which no server has run."""
    folders = Folders(tmp_path_factory.mktemp("made") / "data")
    folders.make()
    Postgres(folders.postgres, free_port(), folders.secret("postgres_password")).initialise()
    return folders.data


@pytest.fixture
def data(made: Path, tmp_path: Path) -> Path:
    """A data folder of this test, so made."""
    return Path(shutil.copytree(made, tmp_path / "data"))


@contextmanager
def servers(data: Path, **settings: str) -> Iterator[ServeProcess]:
    with serving(data.with_suffix(".out"), "--servers-only", DATA_DIR=str(data), **settings) as serve:
        serve.wait_for(READY)
        yield serve


def urls(data: Path) -> dict[str, str]:
    return dict(line.split("=", 1) for line in (data / "run" / "env").read_text().splitlines())


def execute(data: Path, statement: str) -> list[tuple[object, ...]]:
    url = urls(data)["DATABASE_URL"].replace("+psycopg2", "")
    connection = psycopg2.connect(url)
    try:
        with connection, connection.cursor() as cursor:
            cursor.execute(statement)
            return cursor.fetchall() if cursor.description else []
    finally:
        connection.close()


def write_something(data: Path) -> None:
    execute(data, "CREATE TABLE kept AS SELECT generate_series(1, 1000) AS number")
    with redis.Redis.from_url(urls(data)["REDIS_URL"]) as client:
        client.set("kept", "yes")


def assert_all_is_kept(data: Path) -> None:
    assert execute(data, "SELECT count(*) FROM kept") == [(1000,)]
    with redis.Redis.from_url(urls(data)["REDIS_URL"]) as client:
        assert client.get("kept") in (b"yes", "yes")


def postmaster(data: Path) -> int:
    return int((data / "postgres" / "postmaster.pid").read_text().split()[0])


def test_a_killed_postgres_is_started_again_and_keeps_its_data(data: Path) -> None:
    with servers(data) as serve:
        write_something(data)
        log = data / "logs" / "supervisord.log"
        wait_until(lambda: "postgres entered RUNNING" in log.read_text(), "supervisord trusts PostgreSQL")
        os.kill(postmaster(data), signal.SIGKILL)
        serve.wait_for("postgres had ended and was started again.")
        wait_until(lambda: _answers(data), "PostgreSQL answers again")
        assert_all_is_kept(data)


def _answers(data: Path) -> bool:
    try:
        return execute(data, "SELECT 1") == [(1,)]
    except psycopg2.OperationalError:
        return False


def test_ctrl_c_stops_in_order_and_the_next_start_keeps_the_data(tmp_path: Path) -> None:
    data = tmp_path / "data"
    with servers(data) as serve:
        write_something(data)
        assert serve.press_ctrl_c() == 0
    log = (data / "logs" / "supervisord.log").read_text()
    assert log.index("stopped: valkey") < log.index("stopped: postgres (exit status 0)")
    assert not (data / "run" / "env").exists()
    with servers(data):
        assert_all_is_kept(data)


def test_a_second_start_on_the_same_folder_is_refused(data: Path, tmp_path: Path) -> None:
    with servers(data):
        second = ServeProcess(tmp_path / "second.out", "--servers-only", DATA_DIR=str(data))
        assert second.process.wait(60) == 1
        assert second.text == f"Already running with the data folder {data}.\n"
        assert execute(data, "SELECT 1") == [(1,)]


@pytest.mark.parametrize("victim", ["supervisord", "bin/serve"])
def test_a_killed_start_leaves_nothing_that_blocks_the_next(data: Path, victim: str) -> None:
    with servers(data) as serve:
        write_something(data)
        supervisord = int((data / "run" / "supervisord.pid").read_text())
        os.kill(supervisord if victim == "supervisord" else serve.process.pid, signal.SIGKILL)
        assert serve.process.wait(60) != 0
    with servers(data):
        assert_all_is_kept(data)


def test_a_pid_file_from_before_a_power_cut_does_not_block(data: Path) -> None:
    with servers(data):
        write_something(data)
        left_behind = (data / "postgres" / "postmaster.pid").read_text().splitlines()
    # After the machine came up again, the number belongs to another process: to this one.
    left_behind[0] = str(os.getpid())
    (data / "postgres" / "postmaster.pid").write_text("\n".join(left_behind) + "\n")
    (data / "valkey" / "valkey.pid").write_text(str(os.getpid()))
    with servers(data):
        assert_all_is_kept(data)


def test_only_the_missing_server_is_embedded(
    data: Path, tmp_path: Path, database_url: str, redis_url: str
) -> None:
    with servers(tmp_path / "one", DATABASE_URL=database_url) as serve:
        assert "Starting valkey\n" in serve.text
        assert urls(tmp_path / "one")["DATABASE_URL"] == database_url
    with servers(data, REDIS_URL=redis_url) as serve:
        assert "Starting postgres\n" in serve.text
        assert not (data / "logs" / "valkey.log").exists()


def test_a_very_long_data_folder_works(tmp_path: Path) -> None:
    data = tmp_path / ("a folder with 100% of a long name " * 3).strip() / "data"
    data.mkdir(parents=True)
    with servers(data):
        assert execute(data, "SELECT 1") == [(1,)]


@pytest.mark.parametrize(
    ("settings", "part_of_the_sentence"),
    [
        ({"PORT": "eighty"}, "PORT"),
        ({"PORT": "70000"}, "PORT"),
        ({"DATABASE_URL": "mysql://somewhere"}, "DATABASE_URL"),
        ({"REDIS_URL": "somewhere"}, "REDIS_URL"),
        ({"DATA_DIR": "/dev/null/data"}, "/dev/null/data"),
    ],
)
def test_a_wrong_setting_stops_the_start_with_one_sentence(
    tmp_path: Path, settings: dict[str, str], part_of_the_sentence: str
) -> None:
    serve = ServeProcess(tmp_path / "out", **{"DATA_DIR": str(tmp_path / "data"), **settings})
    assert serve.process.wait(60) == 1
    assert part_of_the_sentence in serve.text
    assert serve.text.count("\n") == 1
    assert not (tmp_path / "data" / "postgres").exists()


def test_a_port_in_use_stops_the_start_with_one_sentence(tmp_path: Path) -> None:
    with socket.create_server(("127.0.0.1", 0)) as other:
        port = other.getsockname()[1]
        serve = ServeProcess(tmp_path / "out", DATA_DIR=str(tmp_path / "data"), PORT=str(port))
        assert serve.process.wait(60) == 1
    assert f"Cannot listen on 127.0.0.1 port {port}" in serve.text
    assert serve.text.count("\n") == 1


def test_manage_says_when_nothing_runs(tmp_path: Path) -> None:
    result = subprocess.run(
        [sys.executable, "-m", "embedded.manage", "token", "create", "someone@example.com"],
        cwd=ROOT,
        env=environment(DATA_DIR=str(tmp_path)),
        capture_output=True,
        text=True,
    )
    assert result.returncode == 1
    assert result.stdout == ""
    assert result.stderr.startswith("Nothing runs with the data folder")
