"""gunicorn as the product starts it: its processes count together, and say that they are there."""

import os
import signal
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest
import requests
from flask_openapi3 import OpenAPI

from embedded.waiting import free_port, wait_until
from tests.conftest import environment_of
from webapp.core.monitoring import processes
from webapp.core.server import metrics_folder
from webapp.core.settings import ROOT

ASKED = 40
COUNTED = 'image_recognition_http_requests_total{method="GET",route="/api/v1/healthz",status="200"}'


@pytest.fixture
def address(clean_app: OpenAPI, tmp_path: Path) -> Iterator[str]:
    port = free_port()
    environment = environment_of(clean_app) | {"PORT": str(port), "METRICS_ADDRESSES": "127.0.0.1"}
    with (tmp_path / "log").open("wb") as log:
        command = [sys.executable, "-m", "gunicorn", "webapp.wsgi:app"]
        web = subprocess.Popen(command, cwd=ROOT, env=environment, stdout=log, stderr=log)
    found = f"http://127.0.0.1:{port}/api/v1"
    wait_until(lambda: answers(f"{found}/healthz"), f"gunicorn answers, see {tmp_path / 'log'}", 60)
    yield found
    web.send_signal(signal.SIGTERM)
    assert web.wait(30) == 0


def answers(address: str) -> bool:
    try:
        return requests.get(address, timeout=5).ok
    except requests.ConnectionError:
        return False


def counted(address: str) -> float:
    text = requests.get(f"{address}/metrics", timeout=10).text
    return next(float(line.split()[-1]) for line in text.splitlines() if line.startswith(COUNTED))


def test_the_processes_count_together(clean_app: OpenAPI, address: str) -> None:
    redis = clean_app.extensions["redis"]
    wait_until(lambda: len(processes.alive(redis)) == 2, "both say that they are there", 30)
    assert {beat.name for beat in processes.alive(redis)} == {"web"}
    before = counted(address)
    for _request in range(ASKED):
        # A new connection each time: sooner or later each process has one.
        assert requests.get(f"{address}/healthz", timeout=10).ok
    assert counted(address) == before + ASKED
    os.kill(processes.alive(redis)[0].pid, signal.SIGKILL)
    pids = {beat.pid for beat in processes.alive(redis)}
    wait_until(
        lambda: len({beat.pid for beat in processes.alive(redis)} - pids) == 1, "another one comes", 30
    )
    assert counted(address) >= before + ASKED, "what the one that is gone had counted stays"


def test_counts_begin_anew_with_each_start(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("DATA_DIR", str(tmp_path))
    monkeypatch.setenv(metrics_folder.VARIABLE, "")
    folder = metrics_folder.make()
    (folder / "counter_1.db").write_text("x")
    assert metrics_folder.make() == folder
    assert list(folder.iterdir()) == []
    assert os.environ[metrics_folder.VARIABLE] == str(folder)
    folder.rmdir()


def test_a_folder_that_somebody_else_made_is_not_used(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("DATA_DIR", str(tmp_path))
    monkeypatch.setenv(metrics_folder.VARIABLE, "")
    folder = metrics_folder.make()
    folder.rmdir()
    folder.symlink_to(tmp_path)
    other = metrics_folder.make()
    assert other not in (folder, tmp_path) and other.is_dir()
    folder.unlink()
    other.rmdir()
