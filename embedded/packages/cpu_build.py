"""torch without CUDA, where the configured package index offers it: ``CPU_ONLY=1 bin/setup``.

    .venv/bin/python -m embedded.packages.cpu_build requirements/embedded.txt REST

installs the builds for CPUs of the versions that the lock names (PyTorch's indexes call them ``2.14.1+cpu``) and writes
what is left of the lock into ``REST``. Ends with 1, with nothing installed, where the index has no such builds. Their
hashes are those that the index states: the locks hold those of the usual builds. Runs in an environment that has pip
alone.
"""

import re
import subprocess
import sys
from pathlib import Path

from embedded.packages.fetch_plan import locked

BUILT_FOR_CPUS = ("torch", "torchvision")
OF_CUDA = re.compile(r"(torch|torchvision|triton|(cuda|nvidia)-[a-z0-9-]+)==")


def builds(lock: Path) -> list[str]:
    """Requirements of the builds for CPUs, such as ``torch==2.14.1+cpu``."""
    versions = locked(lock)
    return [f"{name}=={versions[name]}+cpu" for name in BUILT_FOR_CPUS]


def without_cuda(lock: str) -> str:
    """The lock without what only GPUs need, and without what is built for CPUs."""
    # A package is a line that begins with its name and lines that are indented.
    packages = re.split(r"^(?=\S)", lock, flags=re.MULTILINE)
    return "".join(package for package in packages if not OF_CUDA.match(package))


def main(lock: Path, rest: Path) -> int:
    """The exit status."""
    command = [sys.executable, "-m", "pip", "install", "--no-deps", "--only-binary", ":all:", *builds(lock)]
    if subprocess.run(command, stderr=subprocess.DEVNULL, check=False).returncode:
        return 1
    rest.write_text(without_cuda(lock.read_text("utf-8")), "utf-8")
    return 0


if __name__ == "__main__":
    sys.exit(main(Path(sys.argv[1]), Path(sys.argv[2])))
