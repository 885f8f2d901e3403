"""bin/setup without a network: what was there before stays."""

import os
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from webapp.core.settings import ROOT

WITHOUT_NETWORK = {"PIP_NO_INDEX": "1", "PIP_FIND_LINKS": "", "PYTHON": sys.executable}


@pytest.fixture
def copy(tmp_path: Path) -> Path:
    """What bin/setup reads of a repository, in a folder with spaces and Chinese; ``.venv`` is not whole."""
    folder = tmp_path / "裝置 a b"
    folder.mkdir()
    for name in ("bin", "requirements", "embedded"):
        shutil.copytree(ROOT / name, folder / name)
    for name in ("package.json", "package-lock.json"):
        shutil.copy(ROOT / name, folder)
    (folder / ".venv").mkdir()
    (folder / ".venv" / "kept").write_text("all there is")
    return folder


def setup(folder: Path, **variables: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [folder / "bin" / "setup"],
        env=os.environ | WITHOUT_NETWORK | variables,
        capture_output=True,
        text=True,
        timeout=300,
    )


def test_an_environment_that_cannot_be_made_anew_comes_back(copy: Path) -> None:
    done = setup(copy)
    assert done.returncode != 0
    assert "Python packages, " in done.stdout and "the largest: torch" in done.stdout
    assert [path.name for path in (copy / ".venv").iterdir()] == ["kept"]
    assert not (copy / ".venv.before").exists()


def test_after_a_kill_in_the_middle_it_comes_back_too(copy: Path) -> None:
    (copy / ".venv").rename(copy / ".venv.before")
    (copy / ".venv").mkdir()
    assert setup(copy).returncode != 0
    assert [path.name for path in (copy / ".venv").iterdir()] == ["kept"]


@pytest.mark.skipif(os.geteuid() != 0, reason="only root can give files to somebody else")
def test_an_environment_of_another_user_is_left_alone(copy: Path) -> None:
    shutil.chown(copy / ".venv", "nobody")
    done = setup(copy)
    assert done.returncode != 0 and "belongs to nobody" in done.stderr
    assert (copy / ".venv" / "kept").exists()


def test_a_python_that_has_no_wheels_is_refused(copy: Path) -> None:
    (copy / "old").write_text("#!/bin/sh\nexit 1\n")
    (copy / "old").chmod(0o755)
    done = setup(copy, PYTHON=str(copy / "old"))
    assert done.returncode != 0 and "is no Python 3.11, 3.12 or 3.13" in done.stderr
    assert (copy / ".venv" / "kept").exists()


def test_a_bundle_of_another_version_is_refused(copy: Path, tmp_path: Path) -> None:
    (tmp_path / "state").write_text("Python 3.11\npackages of another time\n")
    archive = tmp_path / "bundle.tar"
    subprocess.run(["tar", "-cf", archive, "-C", tmp_path, "state"], check=True)
    done = setup(copy, BUNDLE=str(archive))
    assert done.returncode != 0 and "another version of the product" in done.stderr
    assert (copy / ".venv" / "kept").exists() and not (copy / ".bundle").exists()
