"""Training parameters that follow from the data: how large photos and objects are (docs/training.md, "Defaults").

A pure function of a few figures, so that the form, the REST API and the benches propose the same.
"""

import math
import re
from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any

import numpy as np

from webapp.contracts.training_parameters import (
    LONG_SIDE_RATIO,
    Architecture,
    TrainingParameters,
    architecture_defaults,
)

SMALL_SHARE, LARGE_SHARE = 0.25, 0.9
"""Which of the objects, in the order of their size, stand for the small and the large ones."""
WANTED_SIDE = 48
"""Px that small objects should have in the network: larger ones gain little and cost time."""
LEAST_SIDE = 24
"""Px below which the network misses most of them: then photos may take more time."""
CHEAP_MEGAPIXELS = 0.6
"""A photo of this size in the network takes a fifth of a second on two cores."""
MOST_MEGAPIXELS = 4.0
MOST_ENLARGED = 2.0
"""Enlarging a photo further shows the network nothing new."""
WINDOW = 320
WHOLE_MEGAPIXELS = 0.18
"""Up to this size in the network a photo is trained on whole: windows would be hardly smaller."""
LARGEST_IN_WINDOW = 0.6
"""Share of a window's side that large objects may take."""
SMALL_ANCHOR_BELOW = 40
"""Px of small objects in the network below which the smallest anchor is 16 px instead of 32."""
SIDES = {"left", "right", "lh", "rh", "左", "右"}
_WORD = re.compile(r"[A-Z]?[a-z]+|[A-Z]+(?![a-z])|[\u4e00-\u9fff]")
STEP = 32
"""Sizes are multiples of the network's coarsest stride."""


@dataclass(frozen=True)
class DataFacts:
    """Figures of the labelled training photos."""

    photos: int
    width: float
    """Px of the photos, the median."""
    height: float
    small: float | None = None
    """Px: a quarter of the objects is not larger; the square root of the box's area. None without objects."""
    large: float | None = None
    """Px: a tenth of the objects is larger."""
    sided: str | None = None
    """A category whose name says left or right."""


def facts_of(document: dict[str, Any]) -> DataFacts:
    """Of the training photos of a dataset version (a COCO document with ``split``)."""
    images = {image["id"]: image for image in document["images"] if image["split"] == "train"}
    boxes = (each["bbox"] for each in document["annotations"] if each["image_id"] in images)
    return facts_from(
        len(images),
        [(image["width"], image["height"]) for image in images.values()],
        sides_of(boxes),
        [category["name"] for category in document["categories"]],
    )


def sides_of(boxes: Iterable[list[float]]) -> list[float]:
    """The size of each object, px: the square root of its box's area. ``boxes`` as COCO has them."""
    return [math.sqrt(max(0.0, box[2] * box[3])) for box in boxes]


def sided_of(names: Iterable[str]) -> str | None:
    """The first name that says left or right, or stands beside one that differs by an L in place of its R.

    Words are told apart by spaces, signs, digits and capitals: ``Front Left Door``, ``screw_R`` beside ``screw_L``.
    """
    words = {name: [word.lower() for word in _WORD.findall(name)] for name in names}
    others = {tuple(each) for each in words.values()}
    for name, own in words.items():
        swapped = tuple("l" if word == "r" else word for word in own)
        if SIDES & set(own) or ("r" in own and swapped in others):
            return name
    return None


def facts_from(
    photos: int, sizes: list[tuple[int, int]], sides: list[float], names: Iterable[str] = ()
) -> DataFacts:
    """``sizes``: width and height of photos, px. ``sides``: as ``sides_of`` gives them. ``names``: of categories."""
    sided = sided_of(names)
    width, height = np.median(sizes, axis=0).tolist() if sizes else (0.0, 0.0)
    if not sides:
        return DataFacts(photos, width, height, sided=sided)
    small, large = np.quantile(sides, [SMALL_SHARE, LARGE_SHARE]).tolist()
    return DataFacts(photos, width, height, small, large, sided)


def defaults_for(
    facts: DataFacts, architecture: Architecture = Architecture.EFFICIENTNET_LITE0_FPN
) -> TrainingParameters:
    """The architecture's defaults with the photo's scale and the windows that these data need."""
    base = architecture_defaults(architecture)
    if facts.sided is not None:
        base = base.model_copy(update={"horizontal_flip": False})
    if not facts.small or not facts.large or not facts.width or not facts.height:
        return base
    if architecture is not Architecture.EFFICIENTNET_LITE0_FPN:
        return base
    scale = scale_for(facts)
    chosen: dict[str, Any] = {"image_size": _image_size(facts, scale)}
    scale = base.model_copy(update=chosen).scale_of(round(facts.width), round(facts.height))
    if _megapixels(facts) * scale**2 > WHOLE_MEGAPIXELS:
        chosen |= {"window_size": _window(facts.large * scale), "scale_jitter": 40}
    if facts.small * scale < SMALL_ANCHOR_BELOW:
        chosen["anchor_size"] = 16
    return base.model_copy(update=chosen)


def scale_for(facts: DataFacts) -> float:
    """Px of the network's input for a px of the photo, so that small objects are seen in affordable time."""
    assert facts.small  # noqa: S101  (asked only where there are objects)
    megapixels = _megapixels(facts)
    cheap = math.sqrt(CHEAP_MEGAPIXELS / megapixels)
    needed = min(LEAST_SIDE / facts.small, math.sqrt(MOST_MEGAPIXELS / megapixels), MOST_ENLARGED)
    return min(WANTED_SIDE / facts.small, max(cheap, needed))


def _megapixels(facts: DataFacts) -> float:
    return facts.width * facts.height / 1e6


def _image_size(facts: DataFacts, scale: float) -> int:
    """The short side that ``TrainingParameters.scale_of`` turns into this scale, within the parameter's range."""
    short, long = sorted((facts.width, facts.height))
    side = scale * max(short, long / LONG_SIDE_RATIO)
    return min(2048, max(STEP * 8, STEP * round(side / STEP)))


def _window(large: float) -> int:
    return min(2 * WINDOW, max(WINDOW, STEP * math.ceil(large / LARGEST_IN_WINDOW / STEP)))
