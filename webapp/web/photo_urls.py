"""Addresses of photos in pages. They tell the range of values, so that a changed one is another address."""

from typing import Any, Protocol

from flask import url_for

from webapp.formats.images.value_range import ValueRange
from webapp.images import tiles
from webapp.models import ImageFile


class HasRange(Protocol):
    """A model, or a run that keeps the range of its start."""

    @property
    def range_in_use(self) -> ValueRange | None:
        """The range of photos whose file says none."""


def photo_url(file: ImageFile, holder: HasRange) -> str:
    """The photo in 8 bits, as this model or run sees it."""
    return url_for("files.photo", sha256=file.sha256, values=_key(file, holder.range_in_use))


def thumbnail_url(file: ImageFile, holder: HasRange) -> str:
    """The same, small."""
    return url_for("files.thumbnail", sha256=file.sha256, values=_key(file, holder.range_in_use))


def thumbnail_in(file: ImageFile, shown: ValueRange) -> str:
    """The thumbnail in any range."""
    return url_for("files.thumbnail", sha256=file.sha256, values=shown.key)


def tiles_of(file: ImageFile, holder: HasRange) -> dict[str, Any] | None:
    """Where the tiles of a large photo are, for the annotator; None for a photo that a browser takes whole."""
    if not tiles.is_tiled(file):
        return None
    key = tiles.key_of(file, holder.range_in_use)
    first = url_for("files.tile", sha256=file.sha256, key=key, level=0, x=0, y=0)
    return {
        "folder": first.removesuffix("/0/0_0.jpg"),
        "first": first,
        # As OpenSeadragon has them.
        "width": file.width,
        "height": file.height,
        "tileSize": tiles.SIDE,
        "tileOverlap": tiles.OVERLAP,
        "minLevel": 0,
        "maxLevel": len(tiles.levels(file.width, file.height)) - 1,
    }


def first_picture_url(file: ImageFile, holder: HasRange) -> str:
    """What a browser is to load beforehand: the photo, or the smallest tile of a large one."""
    tiled = tiles_of(file, holder)
    return tiled["first"] if tiled else photo_url(file, holder)


def _key(file: ImageFile, setting: ValueRange | None) -> str | None:
    measured = file.measured
    return measured.range_with(setting).key if measured else None
