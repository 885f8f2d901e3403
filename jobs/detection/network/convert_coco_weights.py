"""Turns Detectron2's published COCO weights, a pickle, into a tensors-only file. Run by the operator, once:

    python -m jobs.detection.network.convert_coco_weights model_final_f10217.pkl PRETRAINED/model_zoo/NAME.safetensors

The pickle is read by an unpickler that knows NumPy arrays and basic types only, so that even that file runs
no code.
"""

import argparse
import pickle
from pathlib import Path
from typing import Any

import numpy as np
import torch
from numpy._core import multiarray

from jobs.detection.network.architectures import build_config, new_model
from jobs.detection.network.partial_loading import load_what_fits
from jobs.detection.network.weights import write_tensors
from webapp.contracts.training_parameters import Architecture, TrainingParameters

COCO_CATEGORY_COUNT = 80

_ALLOWED = {
    ("collections", "OrderedDict"): dict,
    ("numpy", "ndarray"): np.ndarray,
    ("numpy", "dtype"): np.dtype,
    **{
        (module, name): getattr(multiarray, name)
        for module in ("numpy.core.multiarray", "numpy._core.multiarray")
        for name in ("_reconstruct", "scalar")
    },
}


class ArraysOnlyUnpickler(pickle.Unpickler):
    """Refuses every name but those that a pickled NumPy array needs."""

    def find_class(self, module: str, name: str) -> Any:
        """Raises ``pickle.UnpicklingError``."""
        if (module, name) == ("_codecs", "encode"):
            return _encode
        try:
            return _ALLOWED[module, name]
        except KeyError:
            raise pickle.UnpicklingError(f"{module}.{name} is not an array") from None


def _encode(text: str, encoding: str) -> bytes:
    """What protocol 2 writes for bytes; ``codecs.encode`` itself knows more encodings than are needed."""
    if encoding not in ("latin1", "latin-1"):
        raise pickle.UnpicklingError(f"encoding {encoding}")
    return text.encode("latin-1")


def convert(source: Path, target: Path) -> int:
    """Writes the tensors that ``r50_fpn`` has; returns their number.

    Raises ``pickle.UnpicklingError``, or ValueError when the file lacks some of them.
    """
    with source.open("rb") as file:
        content = ArraysOnlyUnpickler(file, encoding="latin1").load()
    arrays = content.get("model", content)
    tensors = {
        name: torch.from_numpy(np.ascontiguousarray(array))
        for name, array in arrays.items()
        if isinstance(array, np.ndarray) and array.dtype.kind == "f"
    }
    parameters = TrainingParameters(architecture=Architecture.R50_FPN)
    model = new_model(build_config(parameters, COCO_CATEGORY_COUNT))
    loaded, missing = load_what_fits(model, tensors)
    if missing:
        raise ValueError(f"{len(missing)} tensors are missing or have another shape: {missing[:5]}")
    own = {name: tensors[name] for name in model.state_dict()}
    write_tensors(target, own, {"format": "pt"})
    return loaded


def main() -> None:
    """The command line."""
    parser = argparse.ArgumentParser(description="COCO weights of Detectron2 to a tensors-only file")
    parser.add_argument("source", type=Path)
    parser.add_argument("target", type=Path)
    arguments = parser.parse_args()
    try:
        convert(arguments.source, arguments.target)
    except (pickle.UnpicklingError, ValueError, OSError) as error:
        parser.exit(1, f"{arguments.source}: {error}\n")


if __name__ == "__main__":
    main()
