"""Which split the photos of a YOLO set belong to: lists of photos (``train.txt``) and the folders that a YAML names."""

import re
from collections.abc import Iterable
from pathlib import PurePosixPath

from webapp.formats.files.filenames import clean_text
from webapp.formats.images.kinds import SUFFIXES as PHOTO_SUFFIXES
from webapp.formats.sets.class_files import YAML_SUFFIXES, ClassFile, lines_of
from webapp.formats.sets.files import SetFile, SetPhoto, stem_of, suffix_of
from webapp.formats.sets.photo_index import FoundPhoto, PhotoIndex, key_of, meaningful

SPLITS = {"train": "train", "val": "validation", "test": "test"}
_LIST_NAME = re.compile(r"(?:^|[_-])(train|val|test)(?:ing|id|idation)?(?:\d{4})?$")
"""train.txt, valid.txt, validation.txt, test2017.txt, all_train.txt."""
HEAD = 20
"""Lines by which a list is recognised."""


def split_named(name: str) -> str | None:
    """train, validation or test, where the name of a list, a key or a folder says so."""
    match = _LIST_NAME.search(name.lower())
    return SPLITS[match[1]] if match else None


def is_list(lines: list[str]) -> bool:
    """Whether the first lines of a text are paths of photos."""
    said = [line.strip() for line in lines[:HEAD] if line.strip()]
    return bool(said) and all(suffix_of(line.replace("\\", "/")) in PHOTO_SUFFIXES for line in said)


def listed_photos(lists: Iterable[SetFile], photos: PhotoIndex) -> dict[str, str]:
    """The split by the name of the photo, of those that a list with the name of a split lists.

    A photo that is not there keeps the path of the list.
    """
    found: dict[str, str] = {}
    for file in lists:
        split = split_named(file.stem)
        if split is None:
            continue
        for line in lines_of(file):
            path = line.strip().replace("\\", "/")
            if suffix_of(path) not in PHOTO_SUFFIXES:
                continue
            parts = [part for part in path.split("/") if part not in {"", ".", ".."}]
            if not parts:
                continue
            place = _find(parts, photos)
            name = place.photo.path if place.photo else clean_text("/".join(parts))
            if name and not place.ambiguous:
                found.setdefault(name, split)
    return found


def _find(parts: list[str], photos: PhotoIndex) -> FoundPhoto:
    """The photo of a path, whose first folders may be those of the machine that trained with the list."""
    *folders, name = parts
    found = photos.find(folders, stem_of(name))
    for start in range(1, len(folders)):
        if found.photo is not None or found.ambiguous or not meaningful(folders[start:]):
            break
        found = photos.find(folders[start:], stem_of(name))
    return found


def photos_in_folders(described: ClassFile, photos: Iterable[SetPhoto]) -> dict[str, str]:
    """The split by the name of the photo, of those in a folder that the YAML gives to a split.

    ``../train/images`` is what Roboflow writes for the folder ``train/images`` beside the YAML.
    """
    folders: dict[tuple[str, ...], str] = {}
    for key, places in described.splits.items():
        for place in places:
            folder = [key_of(part) for part in PurePosixPath(place.replace("\\", "/")).parts]
            if suffix_of(place) in {".txt", *YAML_SUFFIXES}:
                continue
            folders[tuple(part for part in folder if part not in {"/", ".", ".."})] = split_named(key) or ""
    return {
        photo.path: split
        for photo in photos
        for folder, split in folders.items()
        if folder and split and _lies_in(photo, described.file.folders, folder)
    }


def _lies_in(photo: SetPhoto, above: list[str], folder: tuple[str, ...]) -> bool:
    """Whether the photo lies in this folder, seen from the folder of the YAML."""
    parts = [key_of(part) for part in photo.path.split("/")[:-1]]
    root = [key_of(part) for part in above]
    if parts[: len(root)] != root:
        return False
    inside = tuple(parts[len(root) :])
    return any(inside[: len(tail)] == tail for tail in _tails(folder))


def _tails(folder: tuple[str, ...]) -> list[tuple[str, ...]]:
    """``folder`` itself and, where it is an absolute path of another machine, what follows its first parts."""
    return [folder[start:] for start in range(max(1, len(folder) - 1))]
