"""Writes a project of VGG Image Annotator 2, photo by photo.

The format is what VIA 2.0.10 saves (``project_save`` in its source). VIA knows boxes and single polygons:

- a shape of several polygons becomes a region for each, which carry the same number in the attribute ``object``;
- a mask becomes the exact outlines of its pieces, holes joined to them (``contours.py``).

VIA exports a project as JSON, CSV and COCO as well. Its COCO takes every dropdown and radio button of regions for
categories, and writes a region once for each attribute whose value is the name of one of them. So the category alone is
a dropdown, whose options are called as the categories, and no other attribute has such a value (decision 60).
"""

import html
import json
import re
from collections.abc import Sequence
from dataclasses import asdict, dataclass
from typing import Any

from webapp.formats.coco.document import ExportImage, ExportShape
from webapp.formats.coco.writer import Sink
from webapp.formats.files.spool import Spool
from webapp.formats.masks.contours import mask_polygons
from webapp.formats.masks.segmentation import Polygons

VERSION = "2.0.10"
SPLITS = ("train", "validation", "test")
CATEGORY = "name"
"""The region attribute that holds the category."""
OBJECT, OBJECT_SIGN = "object", "#"
"""The attribute of the parts of one shape, and what stands before their number: a category may be a number."""
_NUMBER = re.compile(r"\s*[+-]?\d")


@dataclass
class ViaChanges:
    """Number of shapes that have another form in the project than in the model."""

    several_polygons: int = 0
    masks: int = 0
    holes: int = 0
    """Masks with holes."""

    def as_document(self) -> dict[str, int]:
        """Those that were met."""
        return {name: count for name, count in asdict(self).items() if count}


@dataclass(frozen=True)
class ViaWords:
    """What VIA shows beside its attributes, in the reader's language."""

    category: str = "Category"
    object: str = "Regions with the same number are one object"
    crowd: str = "Several objects in one shape"
    split: str = "Part of the data"
    no_object: str = "No object here"


class ViaStream:
    """``add`` each photo, then ``finish``."""

    def __init__(
        self, out: Sink, name: str, categories: Sequence[str], words: ViaWords, folder: str = ""
    ) -> None:
        """``folder`` is where VIA looks for the photos, as seen from its page: empty or ending in a slash."""
        self._out = out
        self._categories = categories
        self._words = words
        self._keys = Spool()
        self.photos = 0
        """Photos written."""
        self.shapes = 0
        """Shapes written, each as one region or more."""
        self.changes = ViaChanges()
        out.write(f'{{"_via_settings":{_json(settings(name, folder))},"_via_img_metadata":{{'.encode())

    def add(self, image: ExportImage, shapes: Sequence[ExportShape]) -> None:
        """Write one photo with its shapes."""
        key = _json(photo_key(image.file_name, image.size))
        comma = "," if self.photos else ""
        self.photos += 1
        self._keys.write((comma + key).encode())
        attributes = {"split": image.split} | ({"no_object": "yes"} if image.no_object else {})
        if image.original_name:
            # Its name does not lead back to the model's photo.
            attributes["sha256"] = image.sha256
        regions: list[dict[str, Any]] = []
        for shape in shapes:
            self.shapes += 1
            regions += self._regions(shape, number=self.shapes)
        entry = {
            "filename": image.file_name,
            "size": image.size,
            "regions": regions,
            "file_attributes": attributes,
        }
        self._out.write(f"{comma}{key}:{_json(entry)}".encode())

    def finish(self) -> None:
        """Write what follows the photos."""
        self._out.write(
            f'}},"_via_attributes":{_json(self._attributes())},"_via_data_format_version":"{VERSION}",'
            '"_via_image_id_list":['.encode()
        )
        with self._keys as keys:
            for chunk in keys.chunks():
                self._out.write(chunk)
        self._out.write(b"]}")

    def _regions(self, shape: ExportShape, number: int) -> list[dict[str, Any]]:
        # The category last: that of VIA 2.0.9's COCO is the last value that is set.
        attributes: dict[str, Any] = {"crowd": {"yes": True}} if shape.iscrowd else {}
        if shape.is_box:
            x, y, width, height = shape.bbox
            attributes[CATEGORY] = shape.category
            return [_region({"name": "rect", "x": x, "y": y, "width": width, "height": height}, attributes)]
        polygons = self._polygons(shape)
        if len(polygons) > 1:
            attributes[OBJECT] = f"{OBJECT_SIGN}{number}"
        attributes[CATEGORY] = shape.category
        return [
            _region({"name": "polygon", "all_points_x": flat[0::2], "all_points_y": flat[1::2]}, attributes)
            for flat in polygons
        ]

    def _polygons(self, shape: ExportShape) -> Polygons:
        if isinstance(shape.segmentation, dict):
            polygons, holes = mask_polygons(shape.segmentation)
            self.changes.masks += 1
            self.changes.holes += holes > 0
        else:
            polygons = shape.segmentation
        self.changes.several_polygons += len(polygons) > 1
        return polygons

    def _attributes(self) -> dict[str, Any]:
        words = self._words
        return {
            "region": {
                CATEGORY: choice(words.category, self._categories),
                OBJECT: {"type": "text", "description": words.object, "default_value": ""},
                "crowd": choice(words.crowd, ["yes"], several=True),
            },
            "file": {
                "split": choice(words.split, SPLITS),
                "no_object": choice(words.no_object, ["yes"]),
            },
        }


def _region(shape: dict[str, Any], attributes: dict[str, Any]) -> dict[str, Any]:
    return {"shape_attributes": shape, "region_attributes": attributes}


def photo_key(file_name: str, size: int) -> str:
    """The id of a photo in a project: as VIA itself names it, and never beginning with a number.

    Where the ids of all photos do, VIA 2.0.10 takes those numbers, and the options' names read as numbers, for the
    ids of its COCO: photos become one, and categories null.
    """
    key = f"{file_name}{size}"
    return f"photo {key}" if _NUMBER.match(key) else key


def choice(description: str, options: Sequence[str], several: bool = False) -> dict[str, Any]:
    """An attribute of which one option is chosen, or ``several`` are ticked."""
    return {
        "type": "checkbox" if several else "dropdown",
        "description": description,
        "options": {option: _shown(option) for option in options},
        "default_options": {},
    }


def _shown(option: str) -> str:
    """What VIA shows beside the option, as HTML, and takes for the category's name in its COCO."""
    is_plain = html.unescape(option) == option and not re.search("<[a-zA-Z/!?]", option)
    return option if is_plain else html.escape(option, quote=False)


def settings(name: str, folder: str) -> dict[str, Any]:
    """A project's settings. VIA looks for the photos in ``folder``."""
    # VIA replaces its settings by these, so all keys must be present.
    return {
        "ui": {
            "annotation_editor_height": 25,
            "annotation_editor_fontsize": 0.8,
            "leftsidebar_width": 18,
            "image_grid": {
                "img_height": 80,
                "rshape_fill": "none",
                "rshape_fill_opacity": 0.3,
                "rshape_stroke": "yellow",
                "rshape_stroke_width": 2,
                "show_region_shape": True,
                "show_image_policy": "all",
            },
            "image": {
                "region_label": CATEGORY,
                "region_color": CATEGORY,
                "region_label_font": "10px Sans",
                "on_image_annotation_editor_placement": "NEAR_REGION",
            },
        },
        "core": {"buffer_size": 18, "filepath": {}, "default_filepath": folder},
        "project": {"name": name},
    }


def _json(value: object) -> str:
    return json.dumps(value, ensure_ascii=False, separators=(",", ":"), allow_nan=False)
