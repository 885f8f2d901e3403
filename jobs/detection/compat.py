"""Lets Detectron2 0.6 from the package index run with today's NumPy and Pillow. Imported before Detectron2.

That release (2021) uses names which NumPy 1.24 and Pillow 10 removed, and imports ``detectron2._C``, its
C++ part, which is not built here: only rotated boxes and deformable convolutions need it, Mask R-CNN takes
ROIAlign and NMS from torchvision. A Detectron2 that was built from source has its own ``_C`` and none of
the old names, and then nothing is touched (docs/decisions/0003-detectron2-from-the-index.md).
"""

import importlib.util
import sys
import types
from pathlib import Path

import numpy as np
import PIL.Image

_OLD_NUMPY_NAMES = {"bool": bool, "int": int, "float": float, "object": object}


def prepare() -> None:
    """Adds what is missing; changes nothing that is there.

    Does nothing beside a Detectron2 with its C++ part.
    """
    if _has_cpp_part():
        return
    if not hasattr(PIL.Image, "LINEAR"):
        PIL.Image.LINEAR = PIL.Image.Resampling.BILINEAR  # type: ignore[attr-defined]
    for name, python_type in _OLD_NUMPY_NAMES.items():
        if name not in np.__dict__:
            setattr(np, name, python_type)
    sys.modules.setdefault("detectron2._C", types.ModuleType("detectron2._C"))


def _has_cpp_part() -> bool:
    """True when a compiled ``detectron2/_C.*.so`` lies in the package. Does not import the package."""
    package = importlib.util.find_spec("detectron2")
    folders = package.submodule_search_locations if package else None
    return any(next(Path(folder).glob("_C.*"), None) is not None for folder in folders or [])
