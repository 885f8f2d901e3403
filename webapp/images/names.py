"""File names of photos, unique in a model."""

from collections.abc import Iterator, Set
from itertools import count, islice
from pathlib import PurePosixPath

from sqlalchemy import select

from webapp.core.extensions import db
from webapp.formats.files.filenames import MAX_NAME, safe_filename
from webapp.models import Image

AT_ONCE = 50
LONGEST_NUMBER = 20
"""Characters reserved for a number."""


def free_name(model_id: int, path: str, taken: Set[str] = frozenset()) -> str:
    """The file's own name; if it is taken, with its folder in front, then with a number.

    ``path`` may have folders, ``taken`` are names about to be used. Cameras restart their numbering, so equal
    names do not mean equal photos.
    """
    names = _choices(path)
    while some := list(islice(names, AT_ONCE)):
        used = set(
            db.session.scalars(
                select(Image.filename).where(Image.model_id == model_id, Image.filename.in_(some))
            )
        )
        for name in some:
            if name not in used and name not in taken:
                return name
    raise AssertionError("numbers do not end")


def _choices(path: str) -> Iterator[str]:
    name = safe_filename(path)
    yield name
    own, folder = PurePosixPath(name), PurePosixPath(path.replace("\\", "/")).parent.name
    if folder:
        yield safe_filename(f"{folder}_{name}")
    stem = own.stem.encode()[: MAX_NAME - LONGEST_NUMBER].decode("utf-8", "ignore")
    for number in count(2):
        yield safe_filename(f"{stem} ({number}){own.suffix}")
