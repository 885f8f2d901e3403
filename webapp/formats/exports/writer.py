"""What the writers of all formats have in common: one object for one export, which gets photos and gives files.

A format is added by a module with a ``LabelWriter`` and a line in ``formats.py``.
"""

from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from enum import StrEnum
from pathlib import Path
from typing import Protocol

from webapp.formats.coco.document import ExportImage, ExportShape
from webapp.formats.files.spool import Spool
from webapp.formats.via.writer import ViaWords


class FormatLoss(StrEnum):
    """What a format holds in another form than the model, or not at all.

    ``webapp/exchange/exports/loss_sentences.py`` says in which form, for each format.
    """

    BOXES = "boxes"  # labels that were drawn as boxes
    OUTLINES = "outlines"  # labels that were drawn as outlines
    MASKS = "masks"  # labels that are masks
    HOLES = "holes"  # masks with holes
    SEVERAL_POLYGONS = "several_polygons"  # labels of several pieces
    CROWDS = "crowds"  # labels that stand for several objects
    NO_OBJECT = "no_object"  # photos with the mark "no object here"
    COVERED = "covered"  # labels of which others cover a part
    NO_PIXEL = "no_pixel"  # labels too small to cover a pixel
    TOO_MANY = "too_many"  # labels beyond the numbers that a picture has
    CATEGORY_NAMES = "category_names"  # categories whose names are changed
    RENAMED = "renamed"  # photos whose names are changed, in every format


Losses = Counter[FormatLoss]
"""Number of labels, photos or categories that each concerns."""


@dataclass(frozen=True)
class ExportContext:
    """What a writer is given before the first photo."""

    name: str
    """Of the model."""
    categories: Sequence[str]
    """In the order of the model; each once."""
    with_photos: bool = False
    """The photos lie in the same zip, at ``LabelWriter.photo_path``."""
    words: ViaWords = field(default_factory=ViaWords)
    folder: Path | None = None
    """Of temporary files; None: the system's."""
    counting: bool = False
    """Only ``losses`` is wanted: a writer may leave out files that cost time."""


@dataclass(frozen=True, slots=True)
class ExportMember:
    """One file of an export."""

    path: str
    """In the zip, with slashes."""
    content: bytes | Spool
    """A spool is closed by who gets it."""


class LabelWriter(Protocol):
    """One export: ``add`` each photo in the order of their names, then ``finish``."""

    losses: Losses

    def add(self, image: ExportImage, shapes: Sequence[ExportShape]) -> Iterable[ExportMember]:
        """Write a photo with its shapes; the files that are complete by that."""

    def finish(self) -> Iterable[ExportMember]:
        """The files that are complete only now."""

    def photo_path(self, image: ExportImage) -> str:
        """Where the photo lies in the zip."""
