"""torch without CUDA is taken where the index offers it; nothing of CUDA is left in what is installed after it."""

import subprocess
import sys
import zipfile
from pathlib import Path

import pytest

from embedded.packages import cpu_build, fetch_plan
from embedded.packages.fetch_plan import REQUIREMENTS
from webapp.core.settings import ROOT

LOCK = REQUIREMENTS / "embedded.txt"


def test_what_is_left_of_the_lock_has_all_but_what_gpus_need(tmp_path: Path) -> None:
    rest = tmp_path / "rest.txt"
    rest.write_text(cpu_build.without_cuda(LOCK.read_text()))
    left, whole = fetch_plan.locked(rest), fetch_plan.locked(LOCK)
    gone = whole.keys() - left.keys()
    assert {"torch", "torchvision", "triton"} <= gone
    assert all(name.startswith(("nvidia-", "cuda-")) for name in gone - {"torch", "torchvision", "triton"})
    assert rest.read_text().count("--hash=") < LOCK.read_text().count("--hash="), "their hashes go with them"
    lines = [line for line in rest.read_text().splitlines() if line.startswith(" ")]
    assert lines and all(line.lstrip().startswith(("--hash=", "#")) for line in lines)


def wheel(folder: Path, requirement: str) -> None:
    """An empty package of that name and version."""
    name, version = requirement.split("==")
    info = f"{name}-{version}.dist-info"
    with zipfile.ZipFile(folder / f"{name}-{version}-py3-none-any.whl", "w") as archive:
        archive.writestr(f"{info}/METADATA", f"Metadata-Version: 2.1\nName: {name}\nVersion: {version}\n")
        archive.writestr(f"{info}/WHEEL", "Wheel-Version: 1.0\nRoot-Is-Purelib: true\nTag: py3-none-any\n")
        archive.writestr(f"{info}/RECORD", "")


@pytest.mark.parametrize("offered", [True, False])
def test_builds_of_the_locked_versions_are_taken_where_they_are_offered(
    tmp_path: Path, offered: bool, monkeypatch: pytest.MonkeyPatch
) -> None:
    python = tmp_path / "venv" / "bin" / "python"
    subprocess.run([sys.executable, "-m", "venv", tmp_path / "venv"], check=True)
    index = tmp_path / "index"
    index.mkdir()
    for requirement in cpu_build.builds(LOCK) if offered else ["torch==0.1+cpu"]:
        wheel(index, requirement)
    for name, value in {
        "PIP_NO_INDEX": "1",
        "PIP_FIND_LINKS": str(index),
        "PIP_CONSTRAINT": "/dev/null",
    }.items():
        monkeypatch.setenv(name, value)
    rest = tmp_path / "rest.txt"
    command = [python, "-m", "embedded.packages.cpu_build", LOCK, rest]
    done = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=False)
    there = subprocess.run(
        [python, "-m", "pip", "list", "--format", "freeze"], capture_output=True, text=True, check=True
    ).stdout
    assert (done.returncode == 0) == offered == rest.exists(), done
    assert [requirement in there for requirement in cpu_build.builds(LOCK)] == [offered] * 2
    if offered:
        assert "nvidia" not in rest.read_text()
