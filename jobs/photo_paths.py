"""Finds the files of a dataset version's photos."""

from pathlib import Path
from typing import Any

from jobs.detection.job import PathOf
from webapp.extensions import db
from webapp.models import ImageFile
from webapp.services import storage


def photo_paths(dataset: dict[str, Any]) -> PathOf:
    """Where the photo of an image entry of the document is stored."""
    suffixes = {
        file.sha256: file.suffix
        for file in db.session.query(ImageFile).filter(
            ImageFile.sha256.in_([image["sha256"] for image in dataset["images"]])
        )
    }
    folder = storage.data_dir()

    def path_of(image: dict[str, Any]) -> Path:
        sha256 = image["sha256"]
        return folder / "photos" / sha256[:2] / f"{sha256}{suffixes.get(sha256, '')}"

    return path_of
