"""Writes Label Studio's JSON: a list of tasks, each a photo with one annotation, whose regions are the labels.

Places are percent of the photo's width and height: https://labelstud.io/guide/export, "Label Studio JSON format".
"""

import json
from collections.abc import Iterable, Sequence
from typing import Any
from urllib.parse import quote

from webapp.formats.coco.document import ExportImage, ExportShape
from webapp.formats.exports.plain_text import xml_text
from webapp.formats.exports.writer import ExportContext, ExportMember, FormatLoss, Losses
from webapp.formats.files.spool import Spool
from webapp.formats.labelstudio.brush import brush_bytes
from webapp.formats.masks.rle import polygons_to_rle
from webapp.formats.masks.segmentation import Box, Polygon, Rle

DOCUMENT = "tasks.json"
INTERFACE = "labeling_config.xml"
STORAGE = "/data/local-files/?d="
"""How Label Studio names files of a local storage; a path below its root follows."""
TOOLS = {"polygonlabels": "PolygonLabels", "rectanglelabels": "RectangleLabels", "brushlabels": "BrushLabels"}


class LabelStudioWriter:
    """One document; in a zip with photos also the labelling interface that it belongs to."""

    def __init__(self, context: ExportContext) -> None:
        self.losses = Losses()
        self._context = context
        self._out = Spool(context.folder)
        self._tasks = 0

    def add(self, image: ExportImage, shapes: Sequence[ExportShape]) -> Iterable[ExportMember]:
        """Write the photo's task into the document."""
        self._out.write(b",\n" if self._tasks else b"[")
        self._tasks += 1
        regions = [self._region(image, shape, number) for number, shape in enumerate(shapes, 1)]
        task = {
            "id": self._tasks,
            "data": {"image": STORAGE + quote(self.photo_path(image)), "split": image.split},
            "annotations": [
                # Submitted without regions: there is nothing to label in the photo.
                {"id": self._tasks, "result": regions, "was_cancelled": False, "ground_truth": False}
            ],
            "predictions": [],
        }
        self._out.write(json.dumps(task, ensure_ascii=False, allow_nan=False).encode())
        return ()

    def finish(self) -> Iterable[ExportMember]:
        """The document."""
        self._out.write(b"]\n")
        yield ExportMember(DOCUMENT, self._out)
        if self._context.with_photos:
            yield ExportMember(INTERFACE, self._interface().encode())

    def photo_path(self, image: ExportImage) -> str:
        """``images/train/a.jpg``."""
        return f"images/{image.split}/{image.file_name}"

    def _region(self, image: ExportImage, shape: ExportShape, number: int) -> dict[str, Any]:
        self.losses[FormatLoss.CROWDS] += shape.iscrowd
        if shape.is_box:
            kind, value = "rectanglelabels", _box(image, shape.bbox)
        elif isinstance(shape.segmentation, dict):
            kind, value = "brushlabels", _brush(shape.segmentation)
        elif len(shape.segmentation) > 1:
            self.losses[FormatLoss.SEVERAL_POLYGONS] += 1
            kind = "brushlabels"
            value = _brush(polygons_to_rle(shape.segmentation, image.width, image.height))
        else:
            kind, value = "polygonlabels", _polygon(image, shape.segmentation[0])
        return {
            "id": f"{self._tasks}-{number}",
            "type": kind,
            "from_name": kind,
            "to_name": "image",
            "origin": "manual",
            "original_width": image.width,
            "original_height": image.height,
            "image_rotation": 0,
            "value": value | {kind: [shape.category]},
        }

    def _interface(self) -> str:
        labels = "".join(f'<Label value="{xml_text(name)}"/>' for name in self._context.categories)
        tools = "".join(
            f'  <{tag} name="{kind}" toName="image">{labels}</{tag}>\n' for kind, tag in TOOLS.items()
        )
        return f'<View>\n  <Image name="image" value="$image" zoom="true"/>\n{tools}</View>\n'


def _polygon(image: ExportImage, flat: Polygon) -> dict[str, Any]:
    points = zip(flat[0::2], flat[1::2], strict=True)
    return {"points": [[100 * x / image.width, 100 * y / image.height] for x, y in points], "closed": True}


def _box(image: ExportImage, bbox: Box) -> dict[str, Any]:
    x, y, width, height = bbox
    return {
        "x": 100 * x / image.width,
        "y": 100 * y / image.height,
        "width": 100 * width / image.width,
        "height": 100 * height / image.height,
        "rotation": 0,
    }


def _brush(rle: Rle) -> dict[str, Any]:
    return {"format": "rle", "rle": brush_bytes(rle)}
