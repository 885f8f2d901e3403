"""Pure packages stay pure at run time: what a fresh interpreter has loaded after importing each module."""

import subprocess
import sys

import pytest

from webapp.core.settings import ROOT

FRAMEWORKS = {"flask", "flask_babel", "flask_sqlalchemy", "sqlalchemy", "redis", "rq"}
# Detectron2's iopath takes portalocker, which loads redis where it is installed.
PACKAGES = {
    "webapp/formats": FRAMEWORKS,
    "webapp/contracts": FRAMEWORKS,
    "jobs/detection": FRAMEWORKS - {"redis"},
}
SCRIPT = """
import importlib, sys
for name in sys.argv[2:]:
    importlib.import_module(name)
    loaded = set(sys.argv[1].split(",")) & set(sys.modules)
    if loaded:
        sys.exit(f"{name} loads {', '.join(sorted(loaded))}")
"""


def modules(package: str) -> list[str]:
    """Dotted names of a package's modules, of its sub-packages too."""
    files = sorted((ROOT / package).rglob("*.py"))
    return [
        ".".join(file.relative_to(ROOT).with_suffix("").parts).removesuffix(".__init__") for file in files
    ]


@pytest.mark.parametrize("package", PACKAGES)
def test_no_module_of_a_pure_package_loads_a_framework(package: str) -> None:
    names = modules(package)
    assert len(names) > 3
    imported = subprocess.run(
        [sys.executable, "-c", SCRIPT, ",".join(PACKAGES[package]), *names],
        cwd=ROOT,
        capture_output=True,
        text=True,
        check=False,
    )
    assert imported.returncode == 0, imported.stderr


def test_the_check_finds_a_framework() -> None:
    imported = subprocess.run(
        [sys.executable, "-c", SCRIPT, ",".join(FRAMEWORKS), "webapp.core.extensions"],
        cwd=ROOT,
        capture_output=True,
        text=True,
        check=False,
    )
    assert "webapp.core.extensions loads" in imported.stderr


def test_workers_load_no_page_and_no_rest_call() -> None:
    imported = subprocess.run(
        [sys.executable, "-c", SCRIPT, "webapp.app,webapp.web,flask_openapi3", "jobs.processes.worker"],
        cwd=ROOT,
        capture_output=True,
        text=True,
        check=False,
    )
    assert imported.returncode == 0, imported.stderr


def test_no_folder_of_python_holds_more_than_fifteen_modules() -> None:
    full = {}
    for top in ("webapp", "jobs", "embedded", "bench"):
        for folder in {file.parent for file in (ROOT / top).rglob("*.py")}:
            count = len([file for file in folder.glob("*.py") if file.name != "__init__.py"])
            if count > 15:
                full[str(folder.relative_to(ROOT))] = count
    assert full == {}
