"""A backup that is taken while a training runs: restored elsewhere, the training goes on from its checkpoint."""

from pathlib import Path
from typing import Any

import pytest
import requests

from embedded.waiting import free_port, wait_until
from tests.embedded.test_backup import manage
from tests.serve_process import serving

pytestmark = pytest.mark.slow
PARAMETERS = {
    "image_size": 64,
    "batch_size": 2,
    "iterations": 200,
    "checkpoint_period": 5,
    "warmup_iterations": 2,
}
EMAIL, PASSWORD = "admin@factory.test", "correct horse battery"


class Product:
    """REST of a started product."""

    def __init__(self, port: int, data: Path) -> None:
        self.calls = f"http://127.0.0.1:{port}/api/v1"
        self.session = requests.Session()
        token = manage(data, "token", "create", EMAIL).stdout.strip()
        self.session.headers["Authorization"] = f"Bearer {token}"

    def read(self, path: str) -> Any:
        answer = self.session.get(f"{self.calls}{path}", timeout=60)
        assert answer.ok, answer.text
        return answer.json()

    def start_training(self, fruits: Path) -> int:
        model = self.session.post(f"{self.calls}/models", json={"name": "Fruits"}, timeout=60).json()["id"]
        photos = [
            ("files", (path.name, path.read_bytes())) for path in sorted((fruits / "data/images").iterdir())
        ]
        labels = ("annotations", ("train13.json", (fruits / "train13.json").read_bytes()))
        imports = f"{self.calls}/models/{model}/imports?split=train"
        assert self.session.post(imports, files=[labels, *photos], timeout=300).ok
        counts = lambda: self.read(f"/models/{model}")["counts"]["train"]  # noqa: E731
        wait_until(lambda: counts() >= 13, "the photos are there", 120)
        asked = {"parameters": PARAMETERS, "allow_empty": ["validation", "test"]}
        started = self.session.post(f"{self.calls}/models/{model}/training-runs", json=asked, timeout=60)
        assert started.ok, started.text
        return int(started.json()["id"])


def settings(data: Path, port: int) -> dict[str, str]:
    return {"DATA_DIR": str(data), "PORT": str(port), "ADMIN_EMAIL": EMAIL, "ADMIN_PASSWORD": PASSWORD}


def test_a_training_goes_on_from_its_backup(tmp_path: Path, shared_data: Path) -> None:
    port, here, there = free_port(), tmp_path / "from", tmp_path / "to"
    backup = tmp_path / "while-training.tar"
    with serving(tmp_path / "out", **settings(here, port)) as serve:
        serve.wait_for("Press Ctrl-C to stop.")
        product = Product(port, here)
        run = product.start_training(shared_data / "fruits_nuts")
        wait_until(
            lambda: product.read(f"/training-runs/{run}")["iteration"] >= 20, "a checkpoint was saved", 300
        )
        made = manage(here, "backup", str(backup))
        assert made.returncode == 0, made.stderr
        assert product.read(f"/training-runs/{run}")["status"] == "running"

    restored = manage(there, "restore", str(backup))
    assert restored.returncode == 0, restored.stderr
    with serving(tmp_path / "out2", **settings(there, port)) as serve:
        serve.wait_for("Press Ctrl-C to stop.")
        product = Product(port, there)
        wait_until(
            lambda: product.read(f"/training-runs/{run}")["status"] in ("completed", "failed"), "over", 500
        )
        over = product.read(f"/training-runs/{run}")
        assert over["status"] == "completed", over
        losses = product.read(f"/training-runs/{run}/losses")["items"]
        assert [one["iteration"] for one in losses] == list(range(1, PARAMETERS["iterations"] + 1))
