"""Finds the photo that a label file beside it, or in a folder that mirrors its own, belongs to.

The name without its suffix has to be the same, and the folders must not contradict each other: folders that only say
what kind of file they hold (``images``, ``labels``, ``masks``) are left out of the comparison.
"""

import unicodedata
from collections import defaultdict
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass

from webapp.formats.sets.files import SetPhoto, stem_of

PHOTO_FOLDERS = frozenset(
    [
        "image",
        "images",
        "img",
        "imgs",
        "photo",
        "photos",
        "picture",
        "pictures",
        "pics",
        "jpegimages",
        "pngimages",
        "frames",
        "rgb",
    ]
)
"""Folders that say nothing but that photos are inside."""
LABEL_FOLDERS = frozenset(
    [
        "label",
        "labels",
        "labeltxt",
        "annotation",
        "annotations",
        "ann",
        "anns",
        "txt",
        "yolo",
        "yolo_labels",
        "labels_yolo",
        "bboxes",
    ]
)
"""Folders that say nothing but that labels are inside."""


@dataclass(frozen=True, slots=True)
class FoundPhoto:
    """The photo, or None; ``ambiguous`` where several fit."""

    photo: SetPhoto | None
    ambiguous: bool = False


NOTHING = FoundPhoto(None)


class PhotoIndex:
    """The photos that were sent and, where none of these fits, those of the model, by their stems."""

    def __init__(self, sent: Iterable[SetPhoto], in_model: Callable[[], Iterable[SetPhoto]]) -> None:
        self.sent = list(sent)
        self._sent = _by_stem(self.sent)
        self._in_model = in_model
        self._known: dict[str, list[SetPhoto]] | None = None

    def find(self, folders: Sequence[str], stem: str) -> FoundPhoto:
        """The photo called ``stem``, without suffix, of a label file in these folders."""
        found = _nearest(self._sent.get(key_of(stem), []), folders)
        if found.photo is not None or found.ambiguous:
            return found
        if self._known is None:
            self._known = _by_stem(self._in_model())
        return _nearest(self._known.get(key_of(stem), []), folders)


def key_of(name: str) -> str:
    """A name as it is compared: composed Unicode, in any case."""
    return unicodedata.normalize("NFC", name).casefold()


def meaningful(folders: Sequence[str], left_out: frozenset[str] = PHOTO_FOLDERS | LABEL_FOLDERS) -> list[str]:
    """The folders that tell one photo from another, as they are compared."""
    return [key for folder in folders if (key := key_of(folder)) not in left_out]


def _by_stem(photos: Iterable[SetPhoto]) -> dict[str, list[SetPhoto]]:
    found: dict[str, list[SetPhoto]] = defaultdict(list)
    for photo in photos:
        found[key_of(stem_of(photo.path))].append(photo)
    return found


def _nearest(photos: list[SetPhoto], folders: Sequence[str]) -> FoundPhoto:
    if not photos:
        return NOTHING
    here = [key_of(folder) for folder in folders]
    wanted = meaningful(folders)
    agrees: tuple[Callable[[list[str]], bool], ...] = (
        lambda theirs: [key_of(folder) for folder in theirs] == here,
        lambda theirs: meaningful(theirs) == wanted,
        lambda theirs: _one_ends_the_other(meaningful(theirs), wanted),
    )
    for agree in agrees:
        fitting = [photo for photo in photos if agree(photo.path.split("/")[:-1])]
        if fitting:
            same = len({photo.sha256 or photo.path for photo in fitting}) == 1
            return FoundPhoto(fitting[0]) if same else FoundPhoto(None, ambiguous=True)
    return NOTHING


def _one_ends_the_other(some: list[str], others: list[str]) -> bool:
    shared = min(len(some), len(others))
    return shared == 0 or some[-shared:] == others[-shared:]
