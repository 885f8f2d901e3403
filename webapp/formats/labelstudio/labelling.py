"""The regions of one annotation of Label Studio as shapes of their photos."""

from dataclasses import dataclass, field
from typing import Any

from webapp.formats.annotations.image_list import NO_CATEGORY, CollectedImages
from webapp.formats.annotations.outlines import Outline
from webapp.formats.annotations.parsed import AnnotationFault as Fault
from webapp.formats.annotations.parsed import ParsedImage, ParsedShape
from webapp.formats.coco.lists import category_name, read_side
from webapp.formats.labelstudio.regions import GEOMETRY, MASKS, is_region, read_region
from webapp.formats.labelstudio.task_photos import TaskPhotos

JOINED_BY = " + "
SIZES = {"original_width", "original_height", "image_rotation"}
"""The last one is how the photo was turned on the screen: coordinates are those of the photo as it is."""


@dataclass(slots=True)
class _Region:
    """One region: `names` are its labels, `choices` what was ticked for it."""

    image: ParsedImage | None
    shape: ParsedShape | None
    place: str
    names: list[str] = field(default_factory=list)
    choices: list[str] = field(default_factory=list)
    others: list[tuple[str, object]] = field(default_factory=list)


class LabellingReader:
    """Takes the regions one after the other, then ``finish``. What several entries say of one region is one shape."""

    def __init__(self, photos: CollectedImages, of_task: TaskPhotos, refused: Fault | None = None) -> None:
        """With `refused` nothing is taken: its regions are counted and reported with this reason."""
        self._photos = photos
        self._of_task = of_task
        self._refused = refused
        self._regions: dict[str, _Region] = {}

    def add(self, entry: object) -> None:
        """One entry of `result`."""
        if not isinstance(entry, dict):
            self._photos.counted()
            self._photos.skipped.add(Fault.NOT_AN_OBJECT, f"#{len(self._regions) + 1}")
            return
        value = entry.get("value")
        if isinstance(value, dict) and is_region(value):
            self._add_region(entry, value)
        elif self._refused is None:
            place = self._of_task.first
            if isinstance(value, dict):
                for name, said in value.items():
                    self._photos.attributes.add(str(entry.get("from_name") or name), said, place)
            elif entry.get("type") == "relation":
                self._photos.attributes.add("relation", entry.get("labels") or entry.get("direction"), place)

    def _add_region(self, entry: dict[str, Any], value: dict[str, Any]) -> None:
        names, choices, others = _said(value, str(entry.get("from_name") or ""))
        own = entry.get("id")
        key = (
            f"id {own}"
            if isinstance(own, (str, int))
            else str([value.get(name) for name in sorted(GEOMETRY)])
        )
        region = self._regions.get(key)
        if region is None or (not isinstance(own, (str, int)) and names and region.names):
            region = self._begin(entry, value)
            self._regions[key if key not in self._regions else f"{key} {len(self._regions)}"] = region
        region.names += [name for name in names if name not in region.names]
        region.choices += [name for name in choices if name not in region.choices]
        region.others += others
        meta = entry.get("meta")
        for name, said in meta.items() if isinstance(meta, dict) else []:
            region.others.append((f"meta {name}"[:100], said))

    def _begin(self, entry: dict[str, Any], value: dict[str, Any]) -> _Region:
        image = self._of_task.of(entry.get("to_name"), entry.get("item_index"))
        self._photos.counted(image)
        label = f"#{len(self._regions) + 1}"
        place = f"{image.file_name} {label}" if image else label
        region = _Region(image, None, place)
        if self._refused is not None or image is None:
            self._photos.skipped.add(self._refused or Fault.UNKNOWN_IMAGE, place)
            return region
        region.shape = self._photos.add_outline(self._outline(entry, value, image), place)
        if region.shape is not None:
            region.shape.source_id = label
        return region

    def _outline(self, entry: dict[str, Any], value: dict[str, Any], image: ParsedImage) -> Outline:
        width, height = read_side(entry.get("original_width")), read_side(entry.get("original_height"))
        if width is None or height is None:
            width, height = image.width, image.height
        if width is None or height is None:
            return _in_shares(value)
        if image.width is None or image.height is None:
            image.width, image.height = width, height
            # Of the photo that the browser showed, turned as EXIF says.
            image.shown_size = True
        if "rle" not in value:
            # Percent of the photo, whichever of its sizes a region was drawn on.
            width, height = image.width, image.height
        return read_region(value, width, height)

    def finish(self) -> None:
        """All regions are known."""
        if self._refused is None and not self._regions:
            self._of_task.mark_empty()
        for region in self._regions.values():
            if region.shape is None or region.image is None:
                continue
            names = region.names or region.choices
            if not region.names:
                region.choices = []
            region.shape.category = category_name(JOINED_BY.join(names)) or NO_CATEGORY
            if not names:
                self._photos.fixed.add(Fault.CATEGORY_MISSING, region.place)
            elif len(names) > 1:
                self._photos.fixed.add(Fault.CATEGORY_SEVERAL, f"{region.place}: {region.shape.category}")
            self._photos.attributes.add("choices", region.choices, region.place)
            for name, said in region.others:
                self._photos.attributes.add(name, said, region.place)
            region.image.shapes.append(region.shape)


def _in_shares(value: dict[str, Any]) -> Outline:
    """A shape of a photo whose size is not known yet: what is turned cannot be told before it is."""
    if any(key in value for key in MASKS) or value.get("rotation"):
        return Outline(fault=Fault.SIZE_NOT_SAID)
    outline = read_region(value, 1, 1)
    if outline.shape is not None:
        outline.shape.normalised = True
        outline.repaired.append(Fault.NORMALISED)
    return outline


def _said(value: dict[str, Any], from_name: str) -> tuple[list[str], list[str], list[tuple[str, object]]]:
    """The labels of a region, the choices ticked for it, and what else is said about it."""
    names: list[str] = []
    choices: list[str] = []
    others: list[tuple[str, object]] = []
    for key, said in value.items():
        if key in GEOMETRY or key in SIZES:
            continue
        if key.endswith("labels"):
            names += _texts(said)
        elif key == "choices":
            choices += _texts(said)
        else:
            others.append((from_name or key, said))
    return names, choices, others


def _texts(said: object) -> list[str]:
    found = map(category_name, said if isinstance(said, list) else [said])
    return [name for name in found if name]
