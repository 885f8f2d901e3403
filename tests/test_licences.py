"""Every package that is installed is in THIRD_PARTY.md, with a licence that a company can use it under."""

import importlib.util
from pathlib import Path

import pytest

from tools import licence_rules, licences
from tools.licences import Package


@pytest.fixture(scope="module")
def packages() -> list[Package]:
    return licences.python_packages() + licences.npm_packages()


def test_the_list_is_that_of_the_lock_files(packages: list[Package]) -> None:
    assert licences.LIST.read_text("utf-8") == licences.document(packages), f"run {licences.COMMAND}"


def test_every_package_of_the_lock_files_has_a_line() -> None:
    text = licences.LIST.read_text("utf-8")
    locked = [(name, version) for name, (version, _section) in licences.locked_python().items()]
    locked += [(package.name, package.version) for package in licences.npm_packages()]
    assert len(locked) > 150
    for name, version in locked:
        assert f"\n| {name} | {version} | " in text, f"{name}: run {licences.COMMAND}"


def test_every_licence_is_allowed_or_has_a_reason(packages: list[Package]) -> None:
    unknown = [f"{p.name}: {p.licence}" for p in packages if not p.is_allowed and p.reason is None]
    assert not unknown, "allow the licence, or give a reason, in tools/licence_rules.py"


def test_no_reason_and_no_remark_outlives_its_package(packages: list[Package]) -> None:
    names = {package.name for package in packages}
    assert (
        not (licence_rules.REASONS.keys() | licence_rules.CORRECTED.keys() | licence_rules.CARRIED.keys())
        - names
    )


def test_libraries_inside_a_wheel_are_named(packages: list[Package]) -> None:
    numpy = importlib.util.find_spec("numpy")
    assert numpy is not None and numpy.origin is not None
    folders = Path(numpy.origin).parent.parent.glob("*.libs")
    carriers = {folder.name.removesuffix(".libs").replace("_", "-") for folder in folders}
    assert carriers & {package.name for package in packages} <= licence_rules.CARRIED.keys()


@pytest.mark.parametrize(
    ("licence", "allowed"),
    [
        ("MIT", True),
        ("MIT AND BSD-3-Clause", True),
        ("Apache-2.0 OR GPL-3.0-only", True),
        ("MIT AND GPL-3.0-only", False),
        ("UNKNOWN", False),
    ],
)
def test_what_is_allowed(licence: str, allowed: bool) -> None:
    assert Package("some-package", "1.0", licence, "Tests only").is_allowed is allowed


def test_a_reason_holds_for_the_licence_that_was_looked_at() -> None:
    assert Package("zipstream-ng", "1.9.3", "LGPL-3.0-only", "").reason
    assert Package("zipstream-ng", "2.0.0", "AGPL-3.0-only", "").reason is None
    assert Package("nvidia-nccl-cu13", "3.0", "AGPL-3.0-only", "").reason is None
