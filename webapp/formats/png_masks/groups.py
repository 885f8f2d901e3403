"""Puts pictures that may be masks into sets, and decides for each set as a whole whether it holds masks.

Strict on purpose: a folder of photos that is called like one of masks must come in as photos. Every picture of a
folder has to have the pixels of a mask, and most have to belong to a photo of the same proportions.
"""

import math
from collections import defaultdict
from collections.abc import Iterable
from dataclasses import dataclass, field

from webapp.formats.png_masks.contents import MaskFile, NoMask, read_contents
from webapp.formats.png_masks.layout import MaskKind, MaskPlace, photo_of, places
from webapp.formats.sets.files import SetFile
from webapp.formats.sets.photo_index import PhotoIndex, key_of

WITH_VIEWS = "masks_machine"
"""Supervisely's folder of masks, beside which it writes views of them."""
FEWEST_WITH_PHOTO = 0.5
"""Fewest masks of a folder, as a share, that belong to a photo."""


@dataclass(slots=True)
class MaskSet:
    """The masks of one folder; of Pascal VOC those of ``SegmentationClass`` and ``SegmentationObject``."""

    root: tuple[str, ...]
    """The folder that is shown to the user."""
    files: list[MaskFile] = field(default_factory=list)

    @property
    def is_voc(self) -> bool:
        """Whether it is laid out as Pascal VOC."""
        return any(one.place.is_voc for one in self.files)

    @property
    def numbers(self) -> set[int]:
        """Every number and colour in its masks of classes but 0."""
        facts = (one.facts for one in self.files if one.facts and one.place.kind is MaskKind.CLASSES)
        return {number for one in facts for number in one.distinct if number}

    @property
    def has_palette(self) -> bool:
        """Whether its masks have one."""
        return any(one.facts.colours for one in self.files if one.facts)

    def by_photo(self) -> dict[str, list[MaskFile]]:
        """The usable masks of each photo, by its path."""
        found: dict[str, list[MaskFile]] = defaultdict(list)
        for one in self.files:
            if one.photo is not None and one.fits:
                found[one.photo.path].append(one)
        return found


def mask_sets(pictures: Iterable[SetFile], photos: PhotoIndex, max_pixels: int) -> list[MaskSet]:
    """The sets among these pictures that are masks; every other picture is a photo.

    Raises FormatRejected where a set has too many objects.
    """
    files = {file.path: file for file in pictures}
    groups: dict[tuple[object, ...], MaskSet] = {}
    for place in places(sorted(files)):
        root = place.root[:-1] if place.is_voc else place.root
        group = groups.setdefault(_group_of(place), MaskSet(root))
        group.files.append(MaskFile(files[place.path], place, photo_of(place, photos)))
    return [group for group in groups.values() if _are_masks(group, max_pixels)]


def _group_of(place: MaskPlace) -> tuple[object, ...]:
    """What makes pictures one set: the folder of masks, for Pascal VOC and views of the masks the one above it."""
    above = tuple(map(key_of, place.root[:-1])), "above"
    if place.is_voc or place.kind is MaskKind.VIEW:
        return above
    if not place.beside and key_of(place.root[-1]) == WITH_VIEWS:
        return above
    return tuple(map(key_of, place.root)), place.beside


def _are_masks(group: MaskSet, max_pixels: int) -> bool:
    try:
        read_contents(group.files, max_pixels)
    except NoMask:
        return False
    readable = [one for one in group.files if one.facts is not None]
    if all(one.place.is_sure for one in readable):
        return bool(readable)
    with_photo = sum(one.fits for one in readable)
    return with_photo >= max(1, math.ceil(FEWEST_WITH_PHOTO * len(readable)))
