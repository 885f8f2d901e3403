"""Paths of a dataset version's photos."""

from dataclasses import dataclass
from pathlib import Path
from typing import Any

from webapp.core import storage
from webapp.core.extensions import db
from webapp.models import ImageFile


@dataclass(frozen=True)
class ImagePaths:
    """A picklable function from an image entry of the document to its file."""

    folder: Path
    suffixes: dict[str, str]

    def __call__(self, image: dict[str, Any]) -> Path:
        """``image`` has its ``sha256``."""
        sha256 = image["sha256"]
        return self.folder / "photos" / sha256[:2] / f"{sha256}{self.suffixes.get(sha256, '')}"


def image_paths(dataset: dict[str, Any]) -> ImagePaths:
    """For the photos of this document."""
    files = db.session.query(ImageFile).filter(
        ImageFile.sha256.in_([image["sha256"] for image in dataset["images"]])
    )
    return ImagePaths(storage.data_dir(), {file.sha256: file.suffix for file in files})
