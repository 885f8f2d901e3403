"""Files of the product are closed to other users of the machine."""

import os
import stat
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest
from flask_openapi3 import OpenAPI

from embedded.folders import Folders
from tests.conftest import environment_of
from webapp.core import storage
from webapp.core.settings import ROOT
from webapp.line import watched_folders
from webapp.models import User
from webapp.projects import detection_models


@pytest.fixture
def usual_rights() -> Iterator[None]:
    """As a shell starts programs: others may read."""
    before = os.umask(0o022)
    yield
    os.umask(before)


def rights(path: Path) -> int:
    return stat.S_IMODE(path.stat().st_mode)


def test_folders_are_closed_also_those_of_earlier_versions(tmp_path: Path, usual_rights: None) -> None:
    (tmp_path / "photos").mkdir()
    (tmp_path / "logs").mkdir()
    storage.prepare(tmp_path)
    Folders(tmp_path).make()
    assert {
        folder.name: oct(rights(folder)) for folder in tmp_path.iterdir() if rights(folder) != 0o700
    } == {}


def test_what_a_process_writes_is_its_own(clean_app: OpenAPI, tmp_path: Path, usual_rights: None) -> None:
    program = """
import os, pathlib, sys
from jobs.processes.app_context import application
for name, start in (("job", application), ("web", lambda: __import__("webapp.wsgi"))):
    os.umask(0o022)
    start()
    folder = pathlib.Path(sys.argv[1], name)
    folder.mkdir()
    (folder / "file").write_text("a")
"""
    command = [sys.executable, "-c", program, str(tmp_path)]
    subprocess.run(command, cwd=ROOT, env=environment_of(clean_app), check=True)
    for name in ("job", "web"):
        assert (rights(tmp_path / name), rights(tmp_path / name / "file")) == (0o700, 0o600)


def test_watched_folders_stay_open_for_machines_of_other_users(
    clean_app: OpenAPI,
    administrator: User,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    usual_rights: None,
) -> None:
    monkeypatch.setattr(clean_app.extensions["settings"], "watch_dir", tmp_path / "watch")
    model = detection_models.create_model("Screw", "", administrator)
    storage.keep_private()
    with clean_app.test_request_context():
        folder = watched_folders.save(model, True, None, administrator)
    made = watched_folders.path_of(folder)
    assert {rights(path) for path in (made.parent, made, *made.iterdir())} == {0o755}
