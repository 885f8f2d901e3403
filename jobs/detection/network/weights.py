"""Weights files: written as safetensors, read as tensors only, and checked against an architecture.

Nothing here unpickles objects: an uploaded ``.pkl`` or ``.pth`` could execute code.
"""

import pickle
from dataclasses import dataclass
from pathlib import Path

import torch
from pydantic import ValidationError
from safetensors import SafetensorError
from safetensors.torch import load_file
from safetensors.torch import save as tensors_to_bytes
from torch import Tensor, nn

from jobs.detection.errors import WeightsRejected
from jobs.detection.job import LoadReport
from jobs.detection.network.architectures import build_config, new_model
from jobs.detection.network.partial_loading import (
    CATEGORY_LAYERS,
    in_another_order,
    load_what_fits,
    what_fits,
)
from webapp.contracts.atomic_file import atomic_path
from webapp.contracts.training_parameters import Architecture, TrainingParameters
from webapp.formats.weights_file import WeightsKind, read_weights_header, weights_kind
from webapp.formats.weights_metadata import METADATA_KEY, WeightsFileError, WeightsMetadata

_NAMES_SHOWN = 5
_CLASS_BIAS = f"{CATEGORY_LAYERS[0]}bias"
"""One number a category, and one for the background."""
_MOST_CATEGORIES = 10_000


@dataclass(frozen=True)
class WeightsReport:
    """An accepted file: its metadata, and how much of it fits."""

    architecture: Architecture
    categories: list[str] | None
    """None if the file does not contain them (Detectron2's COCO weights, for example)."""
    metadata: WeightsMetadata | None
    fits: int
    not_fitting: list[str]
    """Tensors of the model that the file cannot fill, sorted."""


def save_weights(model: nn.Module, path: Path, metadata: WeightsMetadata) -> None:
    """Writes the file atomically. Raises OSError."""
    tensors = {name: tensor.detach().cpu().contiguous() for name, tensor in model.state_dict().items()}
    write_tensors(path, tensors, {"format": "pt", METADATA_KEY: metadata.to_json()})


def write_tensors(path: Path, tensors: dict[str, Tensor], header: dict[str, str]) -> None:
    """A safetensors file, written atomically. Raises OSError."""
    with atomic_path(path) as unfinished:
        # Written by Python, so that a full disk raises OSError.
        unfinished.write_bytes(tensors_to_bytes(tensors, metadata=header))


def read_weights(path: Path) -> tuple[dict[str, Tensor], WeightsMetadata | None]:
    """The tensors by name. Raises ``WeightsRejected`` (``weights_not_tensors``, ``weights_damaged``)."""
    kind = weights_kind(path)
    try:
        if kind is WeightsKind.SAFETENSORS:
            metadata = read_weights_header(path).metadata
            return _finite(load_file(path)), metadata
        if kind is WeightsKind.TORCH:
            loaded = torch.load(path, map_location="cpu", weights_only=True)
            return _finite(_tensors_only(loaded)), None
    except pickle.UnpicklingError as error:
        raise WeightsRejected("weights_not_tensors", reason="pickled objects") from error
    except (WeightsFileError, SafetensorError, RuntimeError, ValueError, EOFError, KeyError) as error:
        raise WeightsRejected("weights_damaged", reason=str(error)) from error
    raise WeightsRejected("weights_not_tensors", reason="unknown format")


def check_weights(
    path: Path,
    architecture: Architecture | None = None,
    categories: list[str] | None = None,
    for_prediction: bool = False,
) -> WeightsReport:
    """Checks names and shapes against the given architecture, else that of the file.

    With other ``categories`` than the file's the layers that depend on them are listed in ``not_fitting``.
    ``for_prediction`` requires a complete file with categories. Raises ``WeightsRejected``.
    """
    tensors, metadata = read_weights(path)
    found = _architecture_of(tensors, metadata)
    if found is None:
        raise WeightsRejected("weights_no_architecture")
    if architecture is not None and found is not architecture:
        raise WeightsRejected(
            "weights_other_architecture", architecture=architecture.value, found=found.value
        )
    own_categories = metadata.categories if metadata else None
    if for_prediction and own_categories is None:
        raise WeightsRejected("weights_no_categories")
    wanted = categories or own_categories
    count = len(wanted) if wanted else tensors[_CLASS_BIAS].numel() - 1
    if not 1 <= count <= _MOST_CATEGORIES:
        raise WeightsRejected("weights_damaged", reason=f"{count} categories")
    # Only names and shapes are compared, so the model is built on the meta device.
    with torch.device("meta"):
        model = new_model(build_config(TrainingParameters(architecture=found), count, "meta"))
    fits, not_fitting = what_fits(model, tensors, wanted == own_categories)
    wrong = [name for name in not_fitting if not name.startswith(CATEGORY_LAYERS)]
    if wrong or (for_prediction and not_fitting):
        raise WeightsRejected(
            "weights_other_architecture",
            architecture=found.value,
            mismatched=(wrong or not_fitting)[:_NAMES_SHOWN],
        )
    if metadata is not None:
        parameters_of(metadata)
    return WeightsReport(found, own_categories, metadata, len(fits), not_fitting)


def parameters_of(metadata: WeightsMetadata) -> TrainingParameters:
    """What the weights were trained with. Raises ``WeightsRejected`` (``weights_damaged``)."""
    try:
        parameters = TrainingParameters(**metadata.parameters)
    except (TypeError, ValidationError) as error:
        raise WeightsRejected("weights_damaged", reason=str(error)) from error
    if parameters.architecture != metadata.architecture:
        raise WeightsRejected("weights_damaged", reason="two architectures")
    return parameters


def load_start_weights(model: nn.Module, path: Path, categories: list[str]) -> LoadReport:
    """Loads what fits, so that a run can start from weights for other categories.

    The same categories in another order are rearranged. Raises ``WeightsRejected``.
    """
    tensors, metadata = read_weights(path)
    own = metadata.categories if metadata is not None else []
    same = sorted(own) == sorted(categories)
    if same:
        tensors = in_another_order(tensors, own, categories)
    loaded, not_loaded = load_what_fits(model, tensors, same)
    if any(not name.startswith(CATEGORY_LAYERS) for name in not_loaded):
        raise WeightsRejected("weights_other_architecture", mismatched=not_loaded[:_NAMES_SHOWN])
    return LoadReport(loaded=loaded, not_loaded=not_loaded, source="file")


def _tensors_only(loaded: object) -> dict[str, Tensor]:
    """Takes a state dict, bare or below ``model`` as Detectron2 writes it. Raises ValueError."""
    if isinstance(loaded, dict) and isinstance(loaded.get("model"), dict):
        loaded = loaded["model"]
    if not isinstance(loaded, dict) or not loaded:
        raise ValueError("no state dict")
    tensors = {str(name): tensor for name, tensor in loaded.items() if isinstance(tensor, Tensor)}
    if len(tensors) != len(loaded):
        raise ValueError("not tensors only")
    return tensors


def _finite(tensors: dict[str, Tensor]) -> dict[str, Tensor]:
    """Raises ValueError when a number is NaN or infinite."""
    for name, tensor in tensors.items():
        if not bool(torch.isfinite(tensor).all()):
            raise ValueError(f"{name} is not finite")
    return tensors


def _architecture_of(tensors: dict[str, Tensor], metadata: WeightsMetadata | None) -> Architecture | None:
    """The architecture in the metadata, else the one with the file's backbone."""
    if metadata is not None:
        return Architecture(metadata.architecture) if metadata.architecture in list(Architecture) else None
    if _CLASS_BIAS not in tensors:
        return None
    marks = {
        Architecture.EFFICIENTNET_LITE0_FPN: "backbone.bottom_up.blocks.15._project_conv.weight",
        Architecture.R50_FPN: "backbone.bottom_up.res5.2.conv3.weight",
    }
    return next((architecture for architecture, name in marks.items() if name in tensors), None)
