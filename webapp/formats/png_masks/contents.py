"""Reads mask pictures, each once: its facts and its objects, before anything is said of what its numbers mean."""

from collections import defaultdict
from collections.abc import Iterable
from dataclasses import dataclass, field

from webapp.formats.annotations.fitting import is_size_of
from webapp.formats.annotations.parsed import FormatFault, FormatRejected
from webapp.formats.coco.lists import MAX_ANNOTATIONS
from webapp.formats.png_masks.layout import MaskKind, MaskOf, MaskPlace
from webapp.formats.png_masks.objects import MaskObject, TooManyAreas, areas, instances, outside, whole
from webapp.formats.png_masks.pixels import MaskFacts, MaskPixels, NoPicture, read_mask
from webapp.formats.sets.files import SetFile, SetPhoto


class NoMask(ValueError):
    """A picture has the pixels of a photo."""


@dataclass(slots=True)
class MaskFile:
    """A picture of a set, its place, its photo, and what it holds."""

    file: SetFile
    place: MaskPlace
    of: MaskOf
    facts: MaskFacts | None = None
    """None where it cannot be read, and for a view."""
    objects: list[MaskObject] = field(default_factory=list)
    classes: MaskFacts | None = None
    """Of the mask that has the numbers of the objects' classes; None where there is none."""

    @property
    def photo(self) -> SetPhoto | None:
        """The photo, None where none or several have its name."""
        return self.of.found.photo

    @property
    def is_view(self) -> bool:
        """Whether it only shows people what a mask holds."""
        return self.place.kind is MaskKind.VIEW

    @property
    def fits(self) -> bool:
        """Whether it has the proportions of its photo, upright or turned."""
        if self.facts is None or self.photo is None:
            return False
        return is_size_of(self.facts.width, self.facts.height, self.photo.width, self.photo.height)


def read_contents(files: Iterable[MaskFile], max_pixels: int) -> None:
    """Fill in what each picture holds, photo by photo. Raises NoMask, and FormatRejected for too many objects."""
    by_photo: dict[str, list[MaskFile]] = defaultdict(list)
    for one in files:
        if not one.is_view:
            by_photo[one.photo.path if one.photo else f"/{one.file.path}"].append(one)
    count = 0
    for together in by_photo.values():
        beside = _read_instances(together, max_pixels)
        for one in together:
            if one.place.kind is MaskKind.CLASSES and one.file.path not in beside:
                _read_classes(one, _pixels(one, max_pixels))
            count += len(one.objects)
            if count > MAX_ANNOTATIONS:
                raise FormatRejected(FormatFault.TOO_MANY, limit=MAX_ANNOTATIONS)


def _pixels(one: MaskFile, max_pixels: int) -> MaskPixels | None:
    """None where it cannot be read."""
    try:
        mask = read_mask(one.file.source, max_pixels)
    except NoPicture:
        return None
    if mask is None:
        raise NoMask(one.file.path)
    one.facts = mask.facts
    return mask


def _read_classes(one: MaskFile, mask: MaskPixels | None) -> None:
    if mask is None:
        return
    one.classes = mask.facts
    try:
        one.objects = whole(mask) if one.of.numbered else areas(mask)
    except TooManyAreas:
        one.facts = None


def _read_instances(files: list[MaskFile], max_pixels: int) -> set[str]:
    """Read the masks of objects together with those of their classes; the paths of the latter."""
    done: set[str] = set()
    for one in files:
        if one.place.kind is not MaskKind.OBJECTS:
            continue
        mask = _pixels(one, max_pixels)
        if mask is None:
            continue
        beside = next(
            (other for other in files if _is_beside(other, one) and other.file.path not in done), None
        )
        classes = _pixels(beside, max_pixels) if beside else None
        if beside is None or classes is None:
            one.objects = instances(mask, None)
            continue
        done.add(beside.file.path)
        if classes.values.shape != mask.values.shape:
            one.objects = instances(mask, None)
            _read_classes(beside, classes)
            continue
        one.objects, one.classes = instances(mask, classes), classes.facts
        # What SegmentationObject leaves out is an object too.
        _read_classes(beside, outside(classes, mask))
    return done


def _is_beside(one: MaskFile, other: MaskFile) -> bool:
    return one.place.kind is MaskKind.CLASSES and one.photo is not None and one.photo is other.photo
