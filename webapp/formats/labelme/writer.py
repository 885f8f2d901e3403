"""Writes labelme files: one for each photo, beside it. Format: ``LabelFile`` in labelme's source.

Pieces of one object are polygons with one ``group_id``; a mask is a picture within its box.
"""

import base64
import io
import json
from collections.abc import Iterable, Iterator, Sequence
from typing import Any

from PIL import Image

from webapp.formats.coco.document import ExportImage, ExportShape
from webapp.formats.exports.plain_text import stem
from webapp.formats.exports.writer import ExportContext, ExportMember, FormatLoss, Losses
from webapp.formats.masks.rle import decode_part
from webapp.formats.masks.segmentation import Rle

VERSION = "5.5.0"
"""Of labelme, whose format this is; it has masks since 5.2."""


class LabelmeWriter:
    """A file for each photo, in the folder of its split."""

    def __init__(self, context: ExportContext) -> None:
        self.losses = Losses()

    def add(self, image: ExportImage, shapes: Sequence[ExportShape]) -> Iterable[ExportMember]:
        """The file of the photo."""
        self.losses[FormatLoss.NO_OBJECT] += image.no_object
        document: dict[str, Any] = {
            "version": VERSION,
            "flags": {},
            "shapes": [
                entry for number, shape in enumerate(shapes, 1) for entry in self._entries(shape, number)
            ],
            "imagePath": image.file_name,
            "imageData": None,
            "imageHeight": image.height,
            "imageWidth": image.width,
        }
        text = json.dumps(document, ensure_ascii=False, allow_nan=False)
        yield ExportMember(f"{image.split}/{stem(image.file_name)}.json", text.encode())

    def finish(self) -> Iterable[ExportMember]:
        """Nothing."""
        return ()

    def photo_path(self, image: ExportImage) -> str:
        """``train/a.jpg``."""
        return f"{image.split}/{image.file_name}"

    def _entries(self, shape: ExportShape, number: int) -> Iterator[dict[str, Any]]:
        self.losses[FormatLoss.CROWDS] += shape.iscrowd
        if isinstance(shape.segmentation, dict):
            yield _mask(shape.category, shape.segmentation)
        elif shape.is_box:
            x, y, width, height = shape.bbox
            yield _entry(shape.category, "rectangle", [[x, y], [x + width, y + height]])
        else:
            group = number if len(shape.segmentation) > 1 else None
            for flat in shape.segmentation:
                points = [list(point) for point in zip(flat[0::2], flat[1::2], strict=True)]
                yield _entry(shape.category, "polygon", points, group)


def _entry(
    category: str, kind: str, points: list[list[float]], group: int | None = None, mask: str | None = None
) -> dict[str, Any]:
    return {
        "label": category,
        "points": points,
        "group_id": group,
        "description": "",
        "shape_type": kind,
        "flags": {},
        "mask": mask,
    }


def _mask(category: str, rle: Rle) -> dict[str, Any]:
    """Its points are the first and the last pixel of its box."""
    part, x, y = decode_part(rle)
    height, width = part.shape
    file = io.BytesIO()
    Image.fromarray(part.astype(bool)).save(file, "PNG")
    text = base64.b64encode(file.getvalue()).decode()
    corners = [[float(x), float(y)], [float(x + width - 1), float(y + height - 1)]]
    return _entry(category, "mask", corners, mask=text)
