"""The three sets of ``bench.accuracy`` as dataset versions with the splits train, validation and test.

Validation is carved out of what is meant for learning, by group: photos of one place or one scene stay together. The
test photos are those that the sets keep back. Of photos with the same bytes one is kept, with its labels. Labels are as
the product imports them: the box of a label is the one around its outline (in ``fruits_nuts`` it lies half a pixel off
as the set has it), and what is no shape is left out.
"""

import hashlib
import json
import re
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from bench.common.shared_data import data_folder
from jobs.detection.job import CocoDocument, PathOf
from webapp.formats.annotations.parsed import FindingLog
from webapp.formats.coco.shape import read_shape

NAMES = ("fruits_nuts", "bsdata", "wagon")


@dataclass(frozen=True)
class Source:
    """One COCO file of a set, and where its photos are, below the set's folder."""

    labels: str
    images: str


@dataclass(frozen=True)
class DataSet:
    """What is learnt from, what is kept for the test, and which photos belong together."""

    learning: tuple[Source, ...]
    test: tuple[Source, ...]
    validation_photos: int
    group_of: Callable[[str], str]


SETS = {
    "fruits_nuts": DataSet(
        (Source("train13.json", "data/images"),),
        (Source("heldback5.json", "data/images"),),
        3,
        lambda name: name,
    ),
    # Names are like 01_200902053521_585000_090_crop_2.jpg: camera, time, place on the screw, its angle.
    "bsdata": DataSet(
        (Source("train/annotations_coco.json", "train/images"),),
        (Source("val/annotations_coco.json", "val/images"),),
        20,
        lambda name: "_".join(name.split("_")[2:4]),
    ),
    "wagon": DataSet(
        (Source("train/_annotations.coco.json", "train"),),
        (Source("val/_annotations.coco.json", "val"), Source("test/_annotations.coco.json", "test")),
        20,
        lambda name: re.sub(r"\.rf\..*", "", name),
    ),
}


def load(name: str, seed: int) -> tuple[CocoDocument, PathOf]:
    """The set as a dataset version, and where its photos are. ``seed`` chooses the validation photos."""
    chosen = SETS[name]
    document: CocoDocument = {"images": [], "annotations": [], "categories": []}
    paths: dict[int, Path] = {}
    seen: set[str] = set()
    # The test first: a photo of it that is also there for learning is not learnt from.
    for split, sources in (("test", chosen.test), ("train", chosen.learning)):
        for source in sources:
            _add(document, paths, seen, data_folder(name), source, split)
    used = {annotation["category_id"] for annotation in document["annotations"]}
    document["categories"] = [each for each in document["categories"] if each["id"] in used]
    learning = [image for image in document["images"] if image["split"] == "train"]
    validation = _carve(learning, chosen, seed)
    for image in learning:
        image["split"] = "validation" if image["id"] in validation else "train"
    return document, lambda image: paths[image["id"]]


def _add(
    document: CocoDocument, paths: dict[int, Path], seen: set[str], folder: Path, source: Source, split: str
) -> None:
    whole = json.loads((folder / source.labels).read_text())
    document["categories"] = document["categories"] or whole["categories"]
    number: dict[int, int] = {}
    for image in whole["images"]:
        path = folder / source.images / image["file_name"]
        content = hashlib.sha256(path.read_bytes()).hexdigest()
        if content not in seen:
            seen.add(content)
            number[image["id"]] = len(paths) + 1
            paths[len(paths) + 1] = path
            document["images"].append(image | {"id": number[image["id"]], "split": split})
    for annotation in whole["annotations"]:
        if annotation["image_id"] not in number:
            continue
        shape = read_shape(dict(annotation), "", "", FindingLog(), FindingLog())
        if shape is not None:
            changed = {
                "id": len(document["annotations"]) + 1,
                "image_id": number[annotation["image_id"]],
                "segmentation": shape.segmentation,
                "bbox": shape.bbox,
                "area": shape.area,
            }
            document["annotations"].append(annotation | changed)


def _carve(images: Iterable[dict[str, Any]], chosen: DataSet, seed: int) -> set[int]:
    """Ids of whole groups, in an order that depends on ``seed``, until there are enough photos."""
    groups: dict[str, list[int]] = {}
    for image in images:
        groups.setdefault(chosen.group_of(image["file_name"]), []).append(image["id"])
    order = sorted(groups, key=lambda name: hashlib.sha256(f"{seed} {name}".encode()).digest())
    taken: set[int] = set()
    for name in order:
        if len(taken) >= chosen.validation_photos:
            break
        taken.update(groups[name])
    return taken
