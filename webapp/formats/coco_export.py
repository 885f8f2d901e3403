"""Writing COCO: the document that a dataset version freezes, training reads and an export gives out.

The same photos and labels give the same document, byte for byte, in whatever order they come.
"""

import gzip
import hashlib
import json
from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any

from webapp.formats.annotations import Segmentation

OWN_FORMAT = "image-recognition coco 1"
"""Stands in `info.format`: the importer then takes crowds and unused categories as they are, for they are
meant."""


@dataclass(frozen=True, slots=True)
class ExportImage:
    """One photo; `key` is what the shapes refer to and does not get into the document."""

    key: int
    file_name: str
    width: int
    height: int
    sha256: str
    split: str
    no_object: bool = False


@dataclass(frozen=True, slots=True)
class ExportShape:
    """One label; the fields as in ParsedShape."""

    image_key: int
    category: str
    segmentation: Segmentation
    bbox: list[float]
    area: float
    iscrowd: bool = False
    is_box: bool = False


def coco_document(
    images: Iterable[ExportImage], shapes: Iterable[ExportShape], categories: Iterable[str]
) -> dict[str, Any]:
    """A COCO document; categories get the ids 1..n in the order given.

    Raises ValueError where a shape names a photo or a category that is not given, or a name is given twice.
    """
    names = list(categories)
    category_ids = {name: number for number, name in enumerate(names, start=1)}
    ordered = sorted(images, key=lambda image: image.file_name)
    image_ids = {image.key: number for number, image in enumerate(ordered, start=1)}
    if len(category_ids) != len(names) or len({image.file_name for image in ordered}) != len(ordered):
        raise ValueError("a category or a file name is given twice")
    if len(image_ids) != len(ordered):
        raise ValueError("an image key is given twice")
    try:
        entries = [_annotation(shape, image_ids, category_ids) for shape in shapes]
    except KeyError as error:
        raise ValueError(f"a shape names an unknown photo or category: {error}") from error
    entries.sort(key=lambda entry: (entry["image_id"], entry["category_id"], canonical_json(entry)))
    return {
        "info": {"format": OWN_FORMAT},
        "images": [_image(image, image_ids[image.key]) for image in ordered],
        "annotations": [{"id": number, **entry} for number, entry in enumerate(entries, start=1)],
        "categories": [{"id": number, "name": name} for name, number in category_ids.items()],
    }


def _image(image: ExportImage, number: int) -> dict[str, Any]:
    entry = {
        "id": number,
        "file_name": image.file_name,
        "width": image.width,
        "height": image.height,
        "split": image.split,
        "sha256": image.sha256,
    }
    if image.no_object:
        entry["no_object"] = True
    return entry


def _annotation(
    shape: ExportShape, image_ids: dict[int, int], category_ids: dict[str, int]
) -> dict[str, Any]:
    segmentation: Segmentation
    if isinstance(shape.segmentation, dict):
        segmentation = {"size": shape.segmentation["size"], "counts": shape.segmentation["counts"]}
    else:
        segmentation = [[float(value) for value in polygon] for polygon in shape.segmentation]
    entry = {
        "image_id": image_ids[shape.image_key],
        "category_id": category_ids[shape.category],
        "bbox": [float(value) for value in shape.bbox],
        "segmentation": segmentation,
        "area": float(shape.area),
        "iscrowd": int(shape.iscrowd),
    }
    if shape.is_box:
        entry["is_box"] = True
    return entry


def canonical_json(value: object) -> str:
    """JSON with sorted keys and no blanks. Raises ValueError for NaN and infinity, which JSON does not
    know."""
    return json.dumps(value, ensure_ascii=False, sort_keys=True, separators=(",", ":"), allow_nan=False)


def dataset_hash(document: dict[str, Any]) -> str:
    """SHA-256 of the document as canonical JSON, hexadecimal."""
    return hashlib.sha256(canonical_json(document).encode()).hexdigest()


def compress_document(document: dict[str, Any]) -> bytes:
    """The document as gzip; without a time inside, so that the same document gives the same bytes."""
    return gzip.compress(canonical_json(document).encode(), compresslevel=6, mtime=0)


def decompress_document(data: bytes) -> dict[str, Any]:
    """The document again. Only for what compress_document wrote: there is no limit on its size."""
    document: dict[str, Any] = json.loads(gzip.decompress(data))
    return document
