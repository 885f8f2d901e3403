"""What somebody wants to take away."""

from dataclasses import dataclass
from pathlib import PurePosixPath
from typing import Any

from webapp.formats.exports.formats import FORMATS, ExportFormat, LabelFormat
from webapp.models import Split


@dataclass(frozen=True)
class ExportSelection:
    """Which labels, in which format, with or without their photos."""

    split: Split | None = None
    """None: all splits."""
    format: LabelFormat = LabelFormat.COCO
    photos: bool = False
    """Include the photos, in a zip."""

    @property
    def written_as(self) -> ExportFormat:
        """How labels are written in its format."""
        return FORMATS[self.format]

    @property
    def suffix(self) -> str:
        """Of the file: ``.zip`` where there are several in it."""
        document = self.written_as.document
        return ".zip" if self.photos or document is None else PurePosixPath(document).suffix

    def as_document(self) -> dict[str, Any]:
        """For parameters of a run and for URLs."""
        return {
            "split": self.split.value if self.split else None,
            "format": self.format.value,
            "photos": self.photos,
        }


def selection_of(document: dict[str, Any]) -> ExportSelection:
    """The selection again."""
    split = document["split"]
    return ExportSelection(
        Split(split) if split else None, LabelFormat(document["format"]), document["photos"]
    )
