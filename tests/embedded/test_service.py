"""The systemd unit that starts the product with the machine."""

import os
import pwd
import shutil
import stat
import subprocess
import sys
from pathlib import Path

import pytest

from embedded import service
from embedded.errors import StartError
from embedded.folders import Folders
from webapp.core.settings import ROOT

ME = pwd.getpwuid(os.getuid()).pw_name


@pytest.fixture
def folders(tmp_path: Path) -> Folders:
    made = Folders(tmp_path / "資料 100%")
    made.make()
    return made


def test_it_says_who_runs_what_with_which_settings(
    folders: Folders, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("PORT", "8123")
    monkeypatch.setenv("ADMIN_PASSWORD", 'with "quotes" and $money')
    monkeypatch.setenv("UNRELATED", "1")
    path = service.install(folders, tmp_path, "vision", ME)
    text = path.read_text()
    assert path.name == "vision.service" and f"\nUser={ME}\n" in text and "\nKillMode=mixed\n" in text
    assert f'ExecStart="{ROOT}/bin/serve"' in text and "資料 100%%/secrets/service.env" in text
    assert "money" not in text, "everybody may read the unit"
    settings = folders.secrets / "service.env"
    assert stat.S_IMODE(settings.stat().st_mode) == 0o600
    lines = settings.read_text().splitlines()
    assert 'PORT="8123"' in lines and f'DATA_DIR="{folders.data}"' in lines
    assert 'ADMIN_PASSWORD="with \\"quotes\\" and \\$money"' in lines
    assert "UNRELATED" not in settings.read_text()


@pytest.mark.parametrize(
    ("user", "units", "sentence"),
    [("nobody-of-this-name", "", "There is no user"), (ME, "missing", "Cannot write .*run it as root")],
)
def test_what_is_wrong_is_one_sentence(
    folders: Folders, tmp_path: Path, user: str, units: str, sentence: str
) -> None:
    with pytest.raises(StartError, match=sentence):
        service.install(folders, tmp_path / units, "vision", user)
    assert list(tmp_path.glob("*.service")) == []


def test_it_needs_nothing_that_runs(tmp_path: Path) -> None:
    command = [sys.executable, "-m", "embedded.manage", "service", "install", "--units", str(tmp_path)]
    settings = {"DATA_DIR": str(tmp_path / "data")}
    answer = subprocess.run(command, cwd=ROOT, env=os.environ | settings, capture_output=True, text=True)
    assert answer.returncode == 0, answer.stderr
    assert "systemctl enable image-recognition.service" in answer.stderr
    assert (tmp_path / "image-recognition.service").is_file()


@pytest.mark.slow
def test_systemd_finds_nothing_wrong_with_it(folders: Folders, tmp_path: Path) -> None:
    analyze = shutil.which("systemd-analyze")
    assert analyze, "systemd is missing: bin/test installs it"
    path = service.install(folders, tmp_path, "vision", ME)
    answer = subprocess.run([analyze, "verify", str(path)], capture_output=True, text=True)
    own = [line for line in answer.stderr.splitlines() if "vision.service" in line]
    assert (answer.returncode, own) == (0, []), answer.stderr
