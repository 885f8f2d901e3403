"""Writes Datumaro's own format, a JSON for each split: datumaro's docs, "Datumaro format".

Pieces of one object are polygons with one ``group``; the photos lie in ``images/<split>/``.
"""

import json
from collections.abc import Iterable, Sequence
from typing import Any

from webapp.formats.coco.document import ExportImage, ExportShape
from webapp.formats.exports.plain_text import stem
from webapp.formats.exports.writer import ExportContext, ExportMember, FormatLoss, Losses
from webapp.formats.files.spool import Spool

VERSION = "1.0"
PICTURES = 2
"""``media_type``: datumaro.components.media.Image."""


class DatumaroWriter:
    """``annotations/<split>.json`` for each split that has photos."""

    def __init__(self, context: ExportContext) -> None:
        self.losses = Losses()
        self._context = context
        self._numbers = {name: number for number, name in enumerate(context.categories)}
        self._documents: dict[str, Spool] = {}
        self._shapes = 0
        self._objects = 0

    def add(self, image: ExportImage, shapes: Sequence[ExportShape]) -> Iterable[ExportMember]:
        """Write the photo into the document of its split."""
        self.losses[FormatLoss.NO_OBJECT] += image.no_object
        entries = [entry for shape in shapes for entry in self._entries(shape)]
        item = {
            "id": stem(image.file_name),
            "annotations": entries,
            "attr": {},
            "image": {"path": image.file_name, "size": [image.height, image.width]},
        }
        document = self._documents.get(image.split)
        if document is None:
            document = self._documents[image.split] = Spool(self._context.folder)
            document.write(self._head().encode())
        else:
            document.write(b",")
        document.write(_json(item).encode())
        return ()

    def finish(self) -> Iterable[ExportMember]:
        """The documents."""
        for split, document in self._documents.items():
            document.write(b"]}")
            yield ExportMember(f"annotations/{split}.json", document)

    def photo_path(self, image: ExportImage) -> str:
        """``images/train/a.jpg``."""
        return f"images/{image.split}/{image.file_name}"

    def _head(self) -> str:
        labels = [{"name": name, "parent": "", "attributes": []} for name in self._context.categories]
        categories = {"label": {"labels": labels, "label_groups": [], "attributes": []}}
        return (
            f'{{"dm_format_version":"{VERSION}","media_type":{PICTURES},"infos":{{}},'
            f'"categories":{_json(categories)},"items":['
        )

    def _entries(self, shape: ExportShape) -> list[dict[str, Any]]:
        self._objects += 1
        if isinstance(shape.segmentation, dict):
            rle = {"counts": shape.segmentation["counts"], "size": shape.segmentation["size"]}
            parts: list[dict[str, Any]] = [{"type": "mask", "rle": rle}]
        elif shape.is_box:
            parts = [{"type": "bbox", "bbox": shape.bbox}]
        else:
            parts = [{"type": "polygon", "points": flat} for flat in shape.segmentation]
        return [self._entry(part, shape, len(parts) > 1) for part in parts]

    def _entry(self, part: dict[str, Any], shape: ExportShape, together: bool) -> dict[str, Any]:
        self._shapes += 1
        return {
            "id": self._shapes,
            "attributes": {"is_crowd": True} if shape.iscrowd else {},
            "group": self._objects if together else 0,
            "label_id": self._numbers[shape.category],
            "z_order": 0,
            **part,
        }


def _json(value: object) -> str:
    return json.dumps(value, ensure_ascii=False, separators=(",", ":"), allow_nan=False)
