"""Turns a checkpoint of plain Detectron2 (``model_final.pth``) into a weights file of this product.

Such a file knows neither its architecture, which its tensors tell, nor the names of its categories.
"""

import re
from collections.abc import Sequence
from pathlib import Path

from webapp.contracts.training_parameters import Architecture, TrainingParameters
from webapp.formats.torch_file import StoredTensor, TorchFile
from webapp.formats.weights_file import write_weights
from webapp.formats.weights_metadata import MOST_CATEGORIES, MOST_ITERATIONS, WeightsMetadata
from webapp.training.weights.expected import EXPECTED, sizes_of

SCORES = "roi_heads.box_predictor.cls_score.bias"
"""One number a category, and one for the background."""
WRAPPED = "module."
"""Before each name, where the network was wrapped for several GPUs."""
PLAIN_SIZES = {Architecture.R50_FPN: 800, Architecture.EFFICIENTNET_LITE0_FPN: 320}
"""Px of the short side to which photos are scaled, which such a file does not say."""
_BETWEEN_NAMES = re.compile(r"[,;\n\r、，；]+")


class DoesNotFit(Exception):
    """The tensors are those of another network. ``count`` is its number of categories, where one can be told."""

    def __init__(self, count: int | None = None) -> None:
        self.count = count
        super().__init__(f"{count} categories")


class OtherCategories(DoesNotFit):
    """The file has another number of categories than names were given."""


def category_names(text: str) -> list[str]:
    """The names in a field that a person filled in, separated by commas or line ends."""
    return [name.strip() for name in _BETWEEN_NAMES.split(text) if name.strip()]


def convert(source: Path, target: Path, categories: Sequence[str] = ()) -> None:
    """Write the tensors as a weights file. Without names the categories are called ``class 0``, ``class 1`` and so on.

    Raises TorchFileError, OtherCategories, DoesNotFit and OSError.
    """
    with TorchFile(source) as file:
        tensors = {name.removeprefix(WRAPPED): tensor for name, tensor in file.tensors().items()}
        count, architecture = _count(tensors), None
        architecture = next((one for one in Architecture if _fits(tensors, one, count)), None)
        if architecture is None:
            raise DoesNotFit(count)
        if categories and len(categories) != count:
            raise OtherCategories(count)
        iteration = file.content.get("iteration")
        if type(iteration) is not int or not 0 <= iteration <= MOST_ITERATIONS:
            iteration = 0
        metadata = WeightsMetadata(
            architecture=architecture.value,
            categories=list(categories) or [f"class {number}" for number in range(count)],
            parameters=_parameters(architecture).model_dump(mode="json"),
            iteration=iteration,
        )
        write_weights(target, tensors, map(file.numbers, tensors.values()), metadata)


def _parameters(architecture: Architecture) -> TrainingParameters:
    """Photos are scaled as in Detectron2's model zoo; the small network's is the size that small photos need."""
    return TrainingParameters(architecture=architecture, image_size=PLAIN_SIZES[architecture])


def _count(tensors: dict[str, StoredTensor]) -> int:
    """How many categories its box head tells apart."""
    scores = tensors.get(SCORES)
    if scores is None or len(scores.shape) != 1 or not 2 <= scores.shape[0] <= MOST_CATEGORIES + 1:
        raise DoesNotFit
    return scores.shape[0] - 1


def _fits(tensors: dict[str, StoredTensor], architecture: Architecture, count: int) -> bool:
    sizes = sizes_of(count)
    return all(
        name in tensors
        and tensors[name].shape == tuple(sizes[part] if isinstance(part, str) else part for part in expected)
        for name, expected in EXPECTED[architecture].items()
    )
