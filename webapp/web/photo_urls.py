"""Addresses of photos in pages. They tell the range of values, so that a changed one is another address."""

from typing import Protocol

from flask import url_for

from webapp.formats.images.value_range import ValueRange
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


def _key(file: ImageFile, setting: ValueRange | None) -> str | None:
    measured = file.measured
    return measured.range_with(setting).key if measured else None
