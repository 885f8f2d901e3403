"""Whatever schemathesis makes of the OpenAPI document is answered as the document states, by the product itself."""

import os
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
import requests

from embedded.waiting import free_port
from tests.rest.sending import coco, png, safetensors
from tests.serve_process import ROOT, environment, serving
from webapp.models import TokenScope

pytestmark = pytest.mark.slow
ADMINISTRATOR = {"ADMIN_EMAIL": "admin@factory.test", "ADMIN_PASSWORD": "correct horse battery"}
CHECKS = (
    "not_a_server_error",
    "status_code_conformance",
    "content_type_conformance",
    "response_schema_conformance",
    "scope_is_kept",
)
SHUTTING = ("delete_model", "update_user")
"""Calls after which the others of the token would find nothing: the model is gone, the account deactivated."""


UNKNOWN = 10**6


class Installation:
    """A running product with a model whose photos are labelled and that is in training."""

    def __init__(self, address: str, settings: dict[str, str]) -> None:
        self.api = f"{address}/api/v1"
        self._settings = settings
        header = {"Authorization": f"Bearer {self.token(TokenScope.ALL)}"}
        self.ids = self._fill(header)

    def token(self, scope: TokenScope) -> str:
        """A new one of the administrator."""
        command = [sys.executable, "-m", "embedded.manage", "token", "create", ADMINISTRATOR["ADMIN_EMAIL"]]
        answer = subprocess.run(
            [*command, "--scope", scope.value],
            check=True,
            capture_output=True,
            text=True,
            cwd=ROOT,
            env=environment(**self._settings),
        )
        return answer.stdout.strip()

    def _fill(self, header: dict[str, str]) -> dict[str, list[int]]:
        def post(path: str, **sent: Any) -> Any:
            answer = requests.post(f"{self.api}{path}", headers=header, timeout=60, **sent)
            assert answer.status_code < 300, answer.text
            return answer.json()

        model = post("/models", json={"name": "Ball screw"})["id"]
        for split, numbers in (("train", (1, 2, 3)), ("validation", (4,)), ("test", (5,))):
            names = [f"{number}.png" for number in numbers]
            files = [
                ("files", (name, png(shade=number * 20))) for name, number in zip(names, numbers, strict=True)
            ]
            content, name = coco(names)
            labels = [("annotations", (name, content))]
            post(f"/models/{model}/imports", params={"split": split}, files=files + labels)
        weights = safetensors(["nut"])
        post(f"/models/{model}/weights", files={"file": ("nut.safetensors", weights)})
        found = requests.get(f"{self.api}/models/{model}/images", headers=header, timeout=60).json()
        images = [image["id"] for image in found["items"]]
        training = post(f"/models/{model}/training-runs", json={"parameters": {"iterations": 20}})["id"]
        user = post("/users", json={"email": "other@factory.test", "role": "viewer"})["id"]
        return {
            "model_id": [model],
            "image_id": images,
            "run_id": [training],
            "user_id": [user],
        }


@pytest.fixture(scope="module")
def installation(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Installation]:
    folder = tmp_path_factory.mktemp("schemathesis")
    port = str(free_port())
    settings = {"DATA_DIR": str(folder / "data"), "PORT": port, "TOKEN_REQUESTS_PER_MINUTE": "1000000"}
    with serving(folder / "output", **settings, **ADMINISTRATOR) as serve:
        serve.wait_for("Listening on")
        yield Installation(f"http://127.0.0.1:{port}", settings)


@pytest.mark.parametrize("scope", list(TokenScope))
def test_every_answer_is_as_the_document_states(
    installation: Installation, tmp_path: Path, scope: TokenScope
) -> None:
    command = [
        *(sys.executable, "-m", "schemathesis.cli", "run", f"{installation.api}/openapi.json"),
        *("--header", f"Authorization:Bearer {installation.token(scope)}"),
        *("--checks", ",".join(CHECKS), "--phases", "coverage,fuzzing"),
        *("--max-examples", "8", "--workers", "1", "--request-timeout", "60"),
        *(part for name in SHUTTING for part in ("--exclude-operation-id", name)),
    ]
    (tmp_path / "schemathesis.toml").write_text(
        "[parameters]\n"
        + "".join(f'"path.{name}" = {[*ids, UNKNOWN]}\n' for name, ids in installation.ids.items())
    )
    tried = {
        "SCHEMATHESIS_HOOKS": "tests.rest.schemathesis_hooks",
        "TRIED_SCOPE": scope.value,
        "PYTHONPATH": str(ROOT),
    }
    answer = subprocess.run(command, capture_output=True, text=True, cwd=tmp_path, env=os.environ | tried)
    assert answer.returncode == 0, answer.stdout + answer.stderr
