"""``python -m tools.licences``: write THIRD_PARTY.md, every package of the lock files with its licence.

Versions come from the lock files. The licence of a Python package is what pip-licenses reads from the installed
package, that of an npm package what package-lock.json says. What is allowed stands in ``licence_rules.py``.
"""

import json
import re
import subprocess
import sys
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from packaging.requirements import Requirement
from packaging.utils import canonicalize_name

from tools.licence_rules import ALLOWED, CARRIED, CORRECTED, NVIDIA, REASONS, SPDX

ROOT = Path(__file__).resolve().parent.parent
LIST = ROOT / "THIRD_PARTY.md"
COMMAND = "bin/licences"

SECTIONS = {
    "Web server, io worker and janitor": ("pip", "web"),
    "Training and prediction": ("jobs", "detectron2"),
    "Servers and tools that `bin/serve` brings": ("assets", "embedded"),
    "Tests only": ("test",),
}
"""Lock files of ``requirements/``, the smallest installation first; a package is listed where it comes in first."""

PLATFORM = {
    "implementation_name": "cpython",
    "os_name": "posix",
    "platform_machine": "x86_64",
    "platform_python_implementation": "CPython",
    "platform_system": "Linux",
    "python_full_version": "3.11.0",  # the first one needs the most packages
    "python_version": "3.11",
    "sys_platform": "linux",
    "extra": "",
}
"""What the product runs on. Packages that a lock file has for other platforms are never installed."""

PREAMBLE = f"""# Packages of others

Written by `{COMMAND}` from the lock files; do not edit. The licence of the product itself is in [LICENSE](LICENSE).

All packages that are installed on Linux (x86-64) with Python 3.11, and the browser files. None of them is in this
repository: they come from package indexes, each with its licence text. Licences are named as SPDX does; `BSD` stands
where a package does not say which of the BSD licences it means.

Not installed by a lock file: the system packages that tests need (Chromium, Noto CJK fonts), the base image of the
containers, and two files that an operator may add (docs/operations.md): the COCO weights of Detectron2's model zoo
(Apache-2.0) and VGG Image Annotator (BSD-2-Clause).
"""


class NotAsLocked(Exception):
    """The packages beside this Python are not those of the lock files; the message says which."""


@dataclass(frozen=True, slots=True)
class Package:
    """One line of the list."""

    name: str
    version: str
    licence: str
    section: str

    @property
    def is_allowed(self) -> bool:
        """Whether its licence needs no reason."""
        alternatives = self.licence.split(" OR ")
        return any(all(part in ALLOWED for part in one.split(" AND ")) for one in alternatives)

    @property
    def reason(self) -> str | None:
        """Why it is used in spite of its licence; None where nobody has looked at the licence it has now."""
        if self.name == "cuda-toolkit" or self.name.startswith("nvidia-"):
            return NVIDIA if self.licence.endswith("Proprietary") else None
        licence, reason = REASONS.get(self.name, ("", ""))
        return reason if licence == self.licence else None


def locked_python() -> dict[str, tuple[str, str]]:
    """Version and section of each package that the lock files install, by normalized name."""
    locked: dict[str, tuple[str, str]] = {}
    for section, locks in SECTIONS.items():
        for lock in locks:
            for requirement in _requirements(ROOT / "requirements" / f"{lock}.txt"):
                version = next(iter(requirement.specifier)).version
                locked.setdefault(canonicalize_name(requirement.name), (version, section))
    return locked


def python_packages() -> list[Package]:
    """What is installed, as locked. Raises NotAsLocked."""
    locked = locked_python()
    command = [sys.executable, "-m", "piplicenses", "--from=mixed", "--format=json", "--with-system"]
    answer = subprocess.run(command, check=True, capture_output=True, text=True)
    installed: dict[str, tuple[str, str]] = {
        canonicalize_name(entry["Name"]): (entry["Version"], entry["License"])
        for entry in json.loads(answer.stdout)
    }
    packages = []
    for name, (version, section) in locked.items():
        # What CORRECTED names may be left out on this machine.
        found, said = installed.get(name, (version if name in CORRECTED else "", ""))
        if found != version:
            raise NotAsLocked(f"{name} {version} is not installed: run bin/setup test")
        packages.append(Package(name, version, _licence(name, said), section))
    return packages


def npm_packages() -> list[Package]:
    """The packages of package-lock.json."""
    lock = json.loads((ROOT / "package-lock.json").read_text("utf-8"))
    packages = {}
    for path, entry in lock["packages"].items():
        if path:
            name = path.rpartition("node_modules/")[2]
            section = "Tests only (npm)" if entry.get("dev") else "Browser files (npm)"
            licence = _licence(name, entry.get("license", "UNKNOWN"))
            packages[name, entry["version"]] = Package(name, entry["version"], licence, section)
    return list(packages.values())


def document(packages: list[Package]) -> str:
    """THIRD_PARTY.md."""
    parts = [PREAMBLE, *_sections(packages)]
    parts.append("## Licences with a reason\n\nEvery other licence of the list is permissive.\n")
    parts.append(_table("Packages | Licence | Why it is used", _with_reasons(packages)))
    parts.append("## Inside the wheels\n\nA wheel may carry programs and libraries beside its own code.\n")
    names = {package.name for package in packages}
    carried = [f"{name} | {what}" for name, what in sorted(CARRIED.items()) if name in names]
    parts.append(_table("Package | What it carries", carried))
    return "\n".join(parts)


def _requirements(lock: Path) -> Iterator[Requirement]:
    for line in lock.read_text("utf-8").splitlines():
        if not re.match(r"[A-Za-z0-9]", line):
            continue
        requirement = Requirement(line.removesuffix("\\").strip())
        if requirement.marker is None or requirement.marker.evaluate(PLATFORM):
            yield requirement


def _licence(name: str, said: str) -> str:
    if name in CORRECTED:
        return CORRECTED[name]
    said = SPDX.get(said, said)
    # Several classifiers are joined by a semicolon.
    return " AND ".join(dict.fromkeys(SPDX.get(part, part) for part in said.split("; ")))


def _sections(packages: list[Package]) -> Iterator[str]:
    names = [*SECTIONS, "Browser files (npm)", "Tests only (npm)"]
    for section in names:
        inside = sorted((p for p in packages if p.section == section), key=lambda p: (p.name, p.version))
        yield f"## {section}\n"
        yield _table("Package | Version | Licence", [f"{p.name} | {p.version} | {p.licence}" for p in inside])


def _with_reasons(packages: list[Package]) -> list[str]:
    names: dict[tuple[str, str], list[str]] = {}
    for package in sorted(packages, key=lambda p: p.name):
        if not package.is_allowed:
            reason = package.reason or "**nobody has looked at it yet**"
            names.setdefault((package.licence, reason), []).append(package.name)
    return [f"{', '.join(group)} | {licence} | {reason}" for (licence, reason), group in names.items()]


def _table(head: str, rows: list[str]) -> str:
    columns = head.count("|") + 1
    return "\n".join(f"| {row} |" for row in [head, " | ".join(["---"] * columns), *rows]) + "\n"


def main() -> None:
    """Write the list."""
    try:
        packages = python_packages() + npm_packages()
    except NotAsLocked as error:
        sys.exit(str(error))
    LIST.write_text(document(packages), "utf-8")
    for package in packages:
        if not package.is_allowed and package.reason is None:
            sys.stderr.write(f"{package.name}: {package.licence} needs a reason in tools/licence_rules.py\n")


if __name__ == "__main__":
    main()
