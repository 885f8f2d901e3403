"""Writes COCO photo by photo, so that memory does not grow with their number.

The file is canonical JSON (sorted keys, no blanks): the same photos and labels give the same bytes, so the
SHA-256 of an export of everything is the hash of the dataset version that a training would freeze.
"""

from collections.abc import Sequence
from typing import Any, Protocol

from webapp.formats.coco.document import OWN_FORMAT, ExportImage, ExportShape, canonical_json
from webapp.formats.files.spool import Spool


class Sink(Protocol):
    """A target for bytes: file, hash, compressor."""

    def write(self, data: bytes, /) -> object:
        """Take the next bytes."""


class CocoStream:
    """``add`` each photo in the order of the file names, then ``finish``."""

    def __init__(self, out: Sink, categories: Sequence[str]) -> None:
        """Categories get the ids 1..n in the order given. Raises ValueError for a name that is given twice."""
        self._category_ids = {name: number for number, name in enumerate(categories, start=1)}
        if len(self._category_ids) != len(categories):
            raise ValueError("a category is given twice")
        self._out = out
        self._last_name = ""
        # Keys are sorted, so `images` follow `annotations`: they are collected here.
        self._images = Spool()
        self.photos = 0
        """Photos written."""
        self.shapes = 0
        """Annotations written."""
        out.write(b'{"annotations":[')

    def add(self, image: ExportImage, shapes: Sequence[ExportShape]) -> None:
        """Write one photo with its shapes, in whatever order those come.

        Raises ValueError for a name (the model's) that does not follow the one before, or a category that is not
        given.
        """
        name = image.original_name or image.file_name
        if self.photos and name <= self._last_name:
            raise ValueError(f"a file name is out of order or given twice: {name}")
        self._last_name = name
        self.photos += 1
        comma = "," if self.photos > 1 else ""
        self._images.write((comma + canonical_json(_image(image, self.photos))).encode())
        lines = []
        for category_id, _without_id, head, tail in sorted(self._parts(shape) for shape in shapes):
            comma = "," if self.shapes else ""
            self.shapes += 1
            lines.append(f'{comma}{{{head},"category_id":{category_id},"id":{self.shapes},{tail}}}')
        if lines:
            self._out.write("".join(lines).encode())

    def finish(self) -> None:
        """Write what follows the annotations."""
        names = [{"id": number, "name": name} for name, number in self._category_ids.items()]
        self._out.write(f'],"categories":{canonical_json(names)},"images":['.encode())
        with self._images as images:
            for chunk in images.chunks():
                self._out.write(chunk)
        self._out.write(f'],"info":{canonical_json({"format": OWN_FORMAT})}}}'.encode())

    def _parts(self, shape: ExportShape) -> tuple[int, str, str, str]:
        """What decides the order (category, the annotation without its id), and the JSON around the ids."""
        category_id = self._category_ids.get(shape.category)
        if category_id is None:
            raise ValueError(f"a shape names an unknown category: {shape.category}")
        head = canonical_json({"area": float(shape.area), "bbox": _floats(shape.bbox)})[1:-1]
        tail: dict[str, Any] = {
            "image_id": self.photos,
            "iscrowd": int(shape.iscrowd),
            "segmentation": _segmentation(shape),
        }
        if shape.is_box:
            tail["is_box"] = True
        text = canonical_json(tail)[1:-1]
        return category_id, f'{{{head},"category_id":{category_id},{text}}}', head, text


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
    if image.original_name:
        entry["original_name"] = image.original_name
    return entry


def _segmentation(shape: ExportShape) -> object:
    if isinstance(shape.segmentation, dict):
        return {"size": shape.segmentation["size"], "counts": shape.segmentation["counts"]}
    return [_floats(polygon) for polygon in shape.segmentation]


def _floats(values: Sequence[float]) -> list[float]:
    return [float(value) for value in values]
