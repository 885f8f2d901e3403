"""Paths of a dataset version's photos."""

from dataclasses import dataclass
from pathlib import Path
from typing import Any

from jobs.detection.errors import ImageMissing, ImageUnreadable
from webapp.core import storage
from webapp.core.extensions import db
from webapp.formats.images.reduced import ImageDamaged
from webapp.formats.images.value_range import ValueRange
from webapp.images.values import renditions
from webapp.images.values.renditions import Picture
from webapp.models import ImageFile


@dataclass(frozen=True)
class ImagePaths:
    """A picklable function from an image entry of the document to its file of 8 bits."""

    folder: Path
    suffixes: dict[str, str]
    deep: dict[str, Picture]
    """Photos with more than 8 bits, by their hash."""

    def __call__(self, image: dict[str, Any]) -> Path:
        """``image`` has its ``sha256``. Raises as ``picture_path`` for a photo with more than 8 bits."""
        sha256 = image["sha256"]
        picture = self.deep.get(sha256)
        if picture is not None:
            return picture_path(picture)
        return self.folder / "photos" / sha256[:2] / f"{sha256}{self.suffixes.get(sha256, '')}"


def picture_path(picture: Picture) -> Path:
    """The file of 8 bits, made if missing. Raises ImageMissing, ImageUnreadable, OSError if it cannot be written."""
    try:
        return picture.path()
    except FileNotFoundError as error:
        raise ImageMissing(file_name=picture.source.name) from error
    except ImageDamaged as error:
        raise ImageUnreadable(file_name=picture.source.name, reason=str(error)) from error


def image_paths(dataset: dict[str, Any], setting: ValueRange | None) -> ImagePaths:
    """For the photos of this document, ``setting`` being the range of values of the run."""
    files = list(
        db.session.scalars(
            db.select(ImageFile).where(ImageFile.sha256.in_([image["sha256"] for image in dataset["images"]]))
        )
    )
    return ImagePaths(
        storage.data_dir(),
        {file.sha256: file.suffix for file in files},
        {file.sha256: renditions.picture_of(file, setting) for file in files if file.measured is not None},
    )
