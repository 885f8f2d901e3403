"""What the folders of a path say: which split a file belongs to, and whether two paths can be one photo."""

import re
from collections.abc import Collection
from dataclasses import dataclass
from functools import lru_cache
from typing import Literal

SplitName = Literal["train", "validation", "test"]
_SPLIT = re.compile(
    r"(?:obj_)?(train(?:ing)?|val(?:id(?:ation)?)?|test(?:ing)?)(?:[-_ ]?(?:19|20)\d\d|_data)?", re.IGNORECASE
)
_SPLITS: dict[str, SplitName] = {"tr": "train", "va": "validation", "te": "test"}
_MEAN_NOTHING = frozenset(
    {
        # What tools call the folders of a data set beside its subsets (Pascal VOC, COCO, CVAT, Datumaro, labelme2coco,
        # Label Studio, Supervisely, YOLO, VIA), and what people call theirs.
        "images", "image", "imgs", "img", "jpegimages", "pngimages", "jpegs", "jpg", "png", "photos", "photo",
        "pictures", "pics", "raw", "original", "originals", "annotations", "annotation", "annos", "anns", "ann",
        "labels", "label", "labelme", "coco", "via", "voc", "yolo", "cvat", "json", "jsons", "xml", "xmls", "csv",
        "txt", "data", "dataset", "datasets", "default", "export", "exports", "out", "output", "upload", "uploads",
        "media", "files", "local", "my", "影像", "照片", "圖片", "標記", "標註", "图像", "图片", "标注", "标签",
    }
)  # fmt: skip
_NOT_RELATIVE = re.compile(r"[/\\~]|[A-Za-z]:|\w+://|\.\.([/\\]|$)|upload[/\\]\d+[/\\]")
"""Also Label Studio's folder of a project."""
_NUMBERED = re.compile(r"\d+:")
_NO_WORD = re.compile(r"[\W_]+")
_VARYING = re.compile(r"\d+|(?<![^\W_])[^\W\d_](?![^\W_])")
"""Digits, and single letters between separators: what tells "day1" from "day2" and "cam_a" from "cam_b"."""


def split_of(path: str) -> SplitName | None:
    """The split that the innermost folder of such a name says, None where no folder does.

    Names are train, training, valid, val, validation, test and testing in any case, also with a year as in COCO
    (``train2017``). ``images/Train/1.jpg`` and ``set/train/images/1.jpg`` are of the split train; the file's own name
    says nothing.
    """
    for folder in reversed(re.split(r"[/\\]", path)[:-1]):
        if found := _SPLIT.fullmatch(folder.strip()):
            return _SPLITS[found[1][:2].lower()]
    return None


def telling_folder(path: str) -> str | None:
    """The innermost folder of such a name that says something, as it is spelt: neither a split nor ``images``."""
    for folder in reversed(re.split(r"[/\\]", path)[:-1]):
        name = folder.strip()
        known = name.casefold() in _MEAN_NOTHING or name in ("", ".", "..") or _NUMBERED.fullmatch(name)
        if not known and not _SPLIT.fullmatch(name):
            return name[:255]
    return None


def is_relative(name: str) -> bool:
    """Whether its folders are those of the data set: not an address, an absolute path, or one that leads upwards."""
    return _NOT_RELATIVE.match(name.strip()) is None


@lru_cache(maxsize=65_536)
def essential(folders: str) -> tuple[str, ...]:
    """The folders that can tell photos apart, outermost first, in small letters and without blanks and hyphens.

    Left out are those whose names say nothing (``images``, ``JPEGImages``, ``json_out``, …) and numbers of files
    that came without folders (``0:``). Names of splits have one spelling each: "valid" and "val2017" are one folder.
    """
    kept = []
    for folder in re.split(r"[/\\]", folders):
        name = folder.strip().casefold()
        if name in {"", ".", ".."} or _NUMBERED.fullmatch(name):
            continue
        words = _NO_WORD.split(name)
        if not all(word in _MEAN_NOTHING or not word for word in words):
            kept.append(split_of(f"{folder}/") or "_".join(words))
    return tuple(kept)


@dataclass(frozen=True, slots=True)
class Folders:
    """The folders of one path that count."""

    said: tuple[str, ...] = ()
    """Those of the name itself."""
    placed: tuple[str, ...] = ()
    """Those in front of it because its label file lies there."""
    relative: bool = True
    """Whether ``said`` are folders of the data set: not of another machine."""

    @classmethod
    def of(cls, path: str, place: str = "") -> "Folders":
        """Of a path. ``place`` is the folder of the label file that names it; what both begin with was not said."""
        above, beside = _parts(path)[:-1], _parts(place)
        common = next((n for n, (a, b) in enumerate(zip(above, beside, strict=False)) if a != b), None)
        common = min(len(above), len(beside)) if common is None else common
        return cls(
            essential("/".join(above[common:])), essential("/".join(above[:common])), is_relative(path)
        )

    @property
    def every(self) -> tuple[str, ...]:
        """Outermost first."""
        return self.placed + self.said

    def contradict(self, other: "Folders", known: Collection[str]) -> bool:
        """Whether both name different folders, counted from the file outwards.

        Folders that names say count. Those of another machine, and those in which label files lie, count where they
        are among the ``known`` ones, in which photos lie, or where both are of one kind: two splits, or names that
        differ in numbers or single letters ("day1" and "day2").
        """
        for ours, theirs in zip(reversed(self.said), reversed(other.said), strict=False):
            if ours != theirs:
                strict = self.relative and other.relative
                return strict or _tell_apart(ours, theirs, known)
        said = min(len(self.said), len(other.said))
        rests = [one.every[: len(one.every) - said] for one in (self, other)]
        # A label file may lie above or beside the folder of its photos.
        while all(rests) and rests[0][0] == rests[1][0]:
            rests = [rest[1:] for rest in rests]
        for ours, theirs in zip(*map(reversed, rests), strict=False):
            if ours != theirs:
                return _tell_apart(ours, theirs, known)
        return False


def _tell_apart(one: str, other: str, known: Collection[str]) -> bool:
    return one in known or _kind(one) == _kind(other)


def _parts(path: str) -> list[str]:
    return [part for part in re.split(r"[/\\]", path) if part not in {"", "."}]


def _kind(folder: str) -> str:
    return "split" if split_of(f"{folder}/") else _VARYING.sub("#", folder)
