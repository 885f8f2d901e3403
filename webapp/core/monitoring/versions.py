"""What runs here: the program and its packages, read from files alone, so that nothing is imported for it."""

import platform
import subprocess
import tomllib
from functools import cache
from importlib.metadata import PackageNotFoundError, version

from webapp.core.settings import ROOT

TRAINING_PACKAGES = ("torch", "pb1-detectron2")
"""Installed where trainings run, in containers not beside the web server."""


def installed_versions(*packages: str) -> dict[str, str]:
    """Versions by package; those that are not installed are left out."""
    found = {}
    for package in packages:
        try:
            found[package] = version(package)
        except PackageNotFoundError:
            continue
    return found


def python_version() -> str:
    """Such as ``3.13.1``."""
    return platform.python_version()


@cache
def program_version() -> str:
    """The number in pyproject.toml; empty where that file is not there."""
    try:
        project = tomllib.loads((ROOT / "pyproject.toml").read_text("utf-8"))["project"]
    except (OSError, KeyError, ValueError):
        return ""
    return str(project.get("version", ""))


@cache
def program_commit() -> str:
    """The commit that is checked out, twelve digits; empty without git or its folder, as in an image."""
    try:
        asked = subprocess.run(
            ["git", "-C", str(ROOT), "rev-parse", "--short=12", "HEAD"],
            capture_output=True,
            text=True,
            timeout=5,
            check=True,
        )
    except (OSError, subprocess.SubprocessError):
        return ""
    return asked.stdout.strip()
