"""What docs/line.md tells a machine to send is what the server answers."""

import os
import re
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest
import requests
from flask_openapi3 import OpenAPI

from embedded.waiting import free_port, wait_until
from tests.conftest import environment_of
from webapp.accounts import tokens
from webapp.core.settings import ROOT
from webapp.models import DetectionModel, User

GUIDE = (ROOT / "docs" / "line.md").read_text()


def example(language: str) -> str:
    (code,) = re.findall(rf"```{language}\n(.*?)```", GUIDE, re.DOTALL)
    return code


@pytest.fixture(scope="module")
def address(app: OpenAPI, tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """A web server as in production."""
    port = free_port()
    environment = environment_of(app) | {"PORT": str(port)}
    with (tmp_path_factory.mktemp("web") / "log").open("wb") as log:
        process = subprocess.Popen(
            [sys.executable, "-m", "gunicorn", "webapp.wsgi:app"],
            cwd=ROOT,
            env=environment,
            stdout=log,
            stderr=log,
        )
    base = f"http://127.0.0.1:{port}/api/v1"

    def answers() -> bool:
        try:
            return requests.get(f"{base}/openapi.json", timeout=30).ok
        except requests.RequestException:
            return False

    wait_until(answers, "the web server answers", 120)
    yield base
    process.terminate()
    process.wait(30)


@pytest.mark.parametrize("language", ["bash", "python"])
def test_the_example_prints_what_is_found(
    address: str,
    trained: DetectionModel,
    administrator: User,
    predictor: None,
    photo_bytes: bytes,
    tmp_path: Path,
    language: str,
) -> None:
    (tmp_path / "part.jpg").write_bytes(photo_bytes)
    environment = os.environ | {
        "API": address,
        "MODEL": str(trained.id),
        "TOKEN": tokens.create(administrator, "Press 7"),
    }
    command = {"bash": ["bash", "-ec"], "python": [sys.executable, "-c"]}[language]
    done = subprocess.run(
        [*command, example(language)], cwd=tmp_path, env=environment, capture_output=True, text=True
    )
    assert done.returncode == 0, done.stdout + done.stderr
    expected = '"detections":[' if language == "bash" else "None"
    assert expected in done.stdout
