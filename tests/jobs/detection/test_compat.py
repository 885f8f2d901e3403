"""The compatibility module adds what the packaged Detectron2 lacks, and keeps off one built from source."""

import subprocess
import sys
from pathlib import Path

IMPORT_ALL = """
import sys, types
sys.path.insert(0, sys.argv[1])
from jobs.detection import compat
import numpy, PIL.Image
print(hasattr(PIL.Image, "LINEAR"), "float" in vars(numpy), "detectron2._C" in sys.modules)
"""


def names_present(first_on_path: Path) -> str:
    """What a fresh interpreter has after the import, with a folder that may hold another Detectron2."""
    command = [sys.executable, "-c", IMPORT_ALL, str(first_on_path)]
    return subprocess.run(command, capture_output=True, text=True, check=True).stdout.strip()


def test_it_adds_the_names_that_detectron2_0_6_uses(tmp_path: Path) -> None:
    assert names_present(tmp_path) == "True True True"


def test_it_does_nothing_beside_a_detectron2_built_from_source(tmp_path: Path) -> None:
    package = tmp_path / "detectron2"
    package.mkdir()
    (package / "__init__.py").touch()
    (package / "_C.cpython-311-x86_64-linux-gnu.so").touch()
    assert names_present(tmp_path) == "False False False"
