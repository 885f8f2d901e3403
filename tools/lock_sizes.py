"""How much each locked package is to download: ``python -m tools.lock_sizes`` writes requirements/sizes.tsv.

The lock files have no sizes; uv, with which they were made, writes them into a lock of the standard format (PEP 751).
"""

import re
import subprocess
import tempfile
import tomllib
from pathlib import Path
from typing import Any

from webapp.core.settings import ROOT

SIZES = ROOT / "requirements" / "sizes.tsv"
_OURS = re.compile(
    r"-(cp3(11|12|13)-\w+|cp3\d+-abi3|py3-none|py2\.py3-none)-(any|[\w.]*linux[\w.]*_x86_64)\.whl$"
)


def size_of(package: dict[str, Any]) -> int:
    """Bytes of its largest file for Linux on x86-64 with Python 3.11 to 3.13, else of its sources."""
    wheels = [each["size"] for each in package.get("wheels", []) if _OURS.search(each["url"])]
    return max(wheels, default=package.get("sdist", {}).get("size", 0))


def main() -> None:
    """Writes a line for each package."""
    with tempfile.TemporaryDirectory() as folder:
        lock = Path(folder) / "pylock.toml"
        command = ["uv", "pip", "compile", "--quiet", "--universal", "--python-version", "3.11"]
        command += ["--format", "pylock.toml", "requirements/test.txt", "--output-file", str(lock)]
        subprocess.run(command, cwd=ROOT, check=True)
        packages = tomllib.loads(lock.read_text("utf-8"))["packages"]
    lines = [f"{package['name']} {package['version']} {size_of(package)}\n" for package in packages]
    SIZES.write_text(
        "# Bytes to download, written by tools/lock_sizes.py.\n" + "".join(sorted(lines)), "utf-8"
    )


if __name__ == "__main__":
    main()
