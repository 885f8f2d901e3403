"""What ``bin/setup`` is going to fetch: ``.venv/bin/python -m embedded.packages.fetch_plan requirements/embedded.txt``.

Prints one line: how many packages, how much, and the largest ones. Runs in an environment that has pip alone.
"""

import re
import sys
from importlib import metadata
from pathlib import Path

# What pip itself reads requirements with; nothing else is installed yet.
from pip._vendor.packaging.requirements import Requirement
from pip._vendor.packaging.utils import canonicalize_name

REQUIREMENTS = Path(__file__).resolve().parents[2] / "requirements"
NAMED = 4


def locked(lock: Path) -> dict[str, str]:
    """The version of each package that this Python needs."""
    found: dict[str, str] = {}
    for line in lock.read_text("utf-8").splitlines():
        if re.match(r"[A-Za-z0-9]", line):
            requirement = Requirement(line.removesuffix("\\").strip())
            if requirement.marker is None or requirement.marker.evaluate():
                found[canonicalize_name(requirement.name)] = str(requirement.specifier).removeprefix("==")
    return found


def installed() -> dict[str, str]:
    """The version of each package that is there."""
    return {canonicalize_name(each.metadata["Name"]): each.version for each in metadata.distributions()}


def plan(wanted: dict[str, str], there: dict[str, str], sizes: dict[str, int]) -> str:
    """The line."""
    missing = sorted(
        (name for name, version in wanted.items() if there.get(name) != version),
        key=lambda name: -sizes.get(name, 0),
    )
    if not missing:
        return "no Python packages"
    largest = ", ".join(f"{name} {_amount(sizes.get(name, 0))}" for name in missing[:NAMED])
    total = sum(sizes.get(name, 0) for name in missing)
    return f"{len(missing)} Python packages, {_amount(total)} in all (the largest: {largest})"


def _amount(size: int) -> str:
    return f"{size / 1e9:.1f} GB" if size >= 1e9 else f"{max(1, round(size / 1e6))} MB"


def sizes() -> dict[str, int]:
    """Bytes of each package, whatever Python it is for."""
    lines = (REQUIREMENTS / "sizes.tsv").read_text("utf-8").splitlines()
    return {name: int(size) for name, _version, size in (line.split() for line in lines if line[0] != "#")}


if __name__ == "__main__":
    print(plan(locked(Path(sys.argv[1])), installed(), sizes()))
