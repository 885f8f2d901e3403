"""Which pictures may be masks by their path, what their folders and names say, and which photo each belongs to.

Layouts: Pascal VOC (``SegmentationClass``, ``SegmentationObject``), MVTec AD (``ground_truth/scratch/000_mask.png`` for
``test/scratch/000.png``), a folder of masks beside one of images, and ``part_mask.png`` beside ``part.jpg``.
"""

import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from enum import StrEnum

from webapp.formats.images.kinds import SUFFIXES as PHOTO_SUFFIXES
from webapp.formats.sets.files import stem_of, suffix_of
from webapp.formats.sets.photo_index import LABEL_FOLDERS, PHOTO_FOLDERS, FoundPhoto, PhotoIndex, key_of
from webapp.formats.yolo.lists import split_named


class MaskKind(StrEnum):
    """What a picture is in its set."""

    CLASSES = "classes"
    """Each number is a class: SegmentationClass, or a folder of masks."""
    OBJECTS = "objects"
    """Each number is an object: SegmentationObject."""
    VIEW = "view"
    """A mask once more, coloured for people."""


MASK_FOLDERS = LABEL_FOLDERS | frozenset(
    [
        "mask",
        "masks",
        "masks_machine",
        "masks_instances",
        "instance_masks",
        "segmentation_masks",
        "segmentation",
        "segmentations",
        "seg",
        "segs",
        "gt",
        "ground_truth",
        "groundtruth",
    ]
)
SURE_FOLDERS = frozenset({"ground_truth", "groundtruth", "masks_machine"})
"""Folders in which no tool keeps photos: their masks are none even where no photo is there."""
VIEW_FOLDERS = frozenset({"masks_human", "segmentationclassvisualization", "segmentationobjectvisualization"})
TEST_FOLDER = "test"
"""Where MVTec AD has the photos of the masks in ``ground_truth``."""
_VOC_CLASS = re.compile(r"segmentationclass(aug|png|raw)?")
_VOC_OBJECT = re.compile(r"segmentationobject(png)?")
_BESIDE = re.compile(r"(.+)[_\-. ](masks?|seg|segmentation|labels?|gt|groundtruth)", re.IGNORECASE)
"""Stem of a mask beside its photo."""
_SAYS_MASK = frozenset(
    [
        "mask",
        "masks",
        "seg",
        "segmentation",
        "label",
        "labels",
        "gt",
        "groundtruth",
        "annotation",
        "anno",
        "matte",
        "l",
        "bin",
        "binary",
        "semantic",
    ]
)
"""Parts of a name that say that it is a mask, and not of what."""
_PART = re.compile(r"[_\-. ]+")


@dataclass(frozen=True, slots=True)
class MaskPlace:
    """What the path of a mask says."""

    path: str
    kind: MaskKind
    root: tuple[str, ...]
    """The folder of masks; for a mask beside its photo the folder of both."""
    inside: tuple[str, ...]
    """Folders between ``root`` and the file."""
    stem: str
    beside: bool = False
    """It lies beside its photo."""

    @property
    def is_voc(self) -> bool:
        """Whether it lies in a folder of Pascal VOC."""
        folder = key_of(self.root[-1]) if self.root else ""
        return not self.beside and bool(_VOC_CLASS.fullmatch(folder) or _VOC_OBJECT.fullmatch(folder))

    @property
    def is_sure(self) -> bool:
        """Whether a picture here that looks like a mask is one, even without its photo."""
        return self.is_voc or (not self.beside and key_of(self.root[-1]) in SURE_FOLDERS)


@dataclass(frozen=True, slots=True)
class MaskOf:
    """The photo of a mask, and what name and folders say of the object."""

    found: FoundPhoto
    category: str = ""
    numbered: bool = False
    """One of several masks of the photo, each of one object."""


def may_be_mask(path: str) -> bool:
    """Whether a picture has the place or the name of a mask; whether it is one, its pixels tell."""
    return suffix_of(path) in PHOTO_SUFFIXES and _place(path) is not None


def places(paths: Iterable[str]) -> list[MaskPlace]:
    """Of pictures that ``may_be_mask`` those that do not have a mask of their own beside them, which are photos."""
    every = list(paths)
    stems = {(path.rpartition("/")[0], key_of(stem_of(path))) for path in every}
    photos = set()
    beside: dict[str, tuple[str, str]] = {}
    for path in every:
        match = _BESIDE.fullmatch(stem_of(path))
        if match and (place := (path.rpartition("/")[0], key_of(match[1]))) in stems:
            photos.add(place)
            beside[path] = place
    found = []
    for path in every:
        if (path.rpartition("/")[0], key_of(stem_of(path))) in photos:
            continue
        one = _beside(path) if path in beside else _place(path)
        if one is not None:
            found.append(one)
    return found


def photo_of(place: MaskPlace, photos: PhotoIndex) -> MaskOf:
    """The photo of a mask: the one of its name, else of the beginning of its name, else of the name of its folder."""
    if place.beside:
        match = _BESIDE.fullmatch(place.stem)
        return _described(photos.find(place.root, match[1] if match else place.stem), place, [])
    ambiguous = False
    for folders, stem, rest in _candidates(place):
        found = photos.find(folders, stem)
        if found.photo is not None:
            return _described(found, place, rest)
        ambiguous |= found.ambiguous
    return MaskOf(FoundPhoto(None, ambiguous))


def _place(path: str) -> MaskPlace | None:
    folders = path.split("/")[:-1]
    stem = stem_of(path)
    for depth in range(len(folders), 0, -1):
        folder = key_of(folders[depth - 1])
        if folder in PHOTO_FOLDERS:
            break
        kind = _kind_of_folder(folder)
        if kind is not None:
            return MaskPlace(path, kind, tuple(folders[:depth]), tuple(folders[depth:]), stem)
    return _beside(path)


def _beside(path: str) -> MaskPlace | None:
    if not _BESIDE.fullmatch(stem_of(path)):
        return None
    return MaskPlace(path, MaskKind.CLASSES, tuple(path.split("/")[:-1]), (), stem_of(path), beside=True)


def _kind_of_folder(folder: str) -> MaskKind | None:
    if folder in VIEW_FOLDERS:
        return MaskKind.VIEW
    if _VOC_OBJECT.fullmatch(folder):
        return MaskKind.OBJECTS
    if _VOC_CLASS.fullmatch(folder) or folder in MASK_FOLDERS:
        return MaskKind.CLASSES
    return None


def _candidates(place: MaskPlace) -> Iterator[tuple[list[str], str, list[str]]]:
    """Folders and stem of photos that the mask may belong to, the likeliest first, and what else its name says."""
    base, inside = list(place.root[:-1]), list(place.inside)
    stems = list(_stems(place.stem)) if not place.is_voc else [(place.stem, [])]
    for stem, rest in stems:
        yield base + inside, stem, rest
        yield [*base, TEST_FOLDER, *inside], stem, rest
    # Folders named after the photo hold a mask for each object, often under a name that says nothing.
    rest = [word for word in _words(place.stem) if word.isalpha()] + ["0"]
    if inside:
        yield base + inside[:-1], inside[-1], rest
        yield [*base, TEST_FOLDER, *inside[:-1]], inside[-1], rest
        for stem, words in stems:
            yield base + inside[:-1], stem, words
    elif base:
        yield base, base[-1], rest


def _stems(stem: str) -> Iterator[tuple[str, list[str]]]:
    """The stem, without a word for "mask" in front or behind, and shorter by one part after the other."""
    yield stem, []
    parts = list(_PART.finditer(stem))
    for match in reversed(parts):
        if match.start():
            yield stem[: match.start()], _words(stem[match.end() :])
    if parts and key_of(stem[: parts[0].start()]) in _SAYS_MASK:
        yield stem[parts[0].end() :], []


def _words(text: str) -> list[str]:
    """The parts of a name that do not just say "mask"."""
    return [part for part in _PART.split(text) if part and key_of(part) not in _SAYS_MASK]


def _described(found: FoundPhoto, place: MaskPlace, rest: list[str]) -> MaskOf:
    words = [word for word in rest if not word.isdecimal()]
    folder = next((name for name in reversed(place.inside) if _says_category(name, found)), "")
    return MaskOf(found, "_".join(words) or folder, numbered=any(word.isdecimal() for word in rest))


def _says_category(folder: str, found: FoundPhoto) -> bool:
    key = key_of(folder)
    if split_named(key) or key in PHOTO_FOLDERS | MASK_FOLDERS or key.isdecimal():
        return False
    return found.photo is None or key != key_of(stem_of(found.photo.path))
