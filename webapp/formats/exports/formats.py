"""The formats in which labels can be taken away."""

from collections.abc import Callable
from dataclasses import dataclass
from enum import StrEnum

from webapp.formats.cvat import writer as cvat
from webapp.formats.datumaro.writer import DatumaroWriter
from webapp.formats.exports import documents
from webapp.formats.exports.writer import ExportContext, LabelWriter
from webapp.formats.labelme.writer import LabelmeWriter
from webapp.formats.labelstudio import writer as labelstudio
from webapp.formats.voc.writer import VocWriter
from webapp.formats.yolo.writer import YoloWriter


class LabelFormat(StrEnum):
    """Format of the labels, as in addresses."""

    COCO = "coco"
    VIA = "via"
    YOLO = "yolo"
    VOC = "voc"
    LABELME = "labelme"
    CVAT = "cvat"
    LABELSTUDIO = "labelstudio"
    DATUMARO = "datumaro"


@dataclass(frozen=True)
class ExportFormat:
    """How labels are written in one format."""

    writer: Callable[[ExportContext], LabelWriter]
    document: str | None = None
    """Name of the one file that holds all labels; None: an export is a zip of many files."""
    unique_stems: bool = False
    """Files are named after the photos, so these differ before the extension too."""
    draws: bool = False
    """Pictures are drawn of each photo, which takes time by its pixels."""


FORMATS = {
    LabelFormat.COCO: ExportFormat(documents.CocoWriter, documents.COCO_DOCUMENT),
    LabelFormat.VIA: ExportFormat(documents.ViaWriter, documents.VIA_DOCUMENT),
    LabelFormat.YOLO: ExportFormat(YoloWriter, unique_stems=True),
    LabelFormat.VOC: ExportFormat(VocWriter, unique_stems=True, draws=True),
    LabelFormat.LABELME: ExportFormat(LabelmeWriter, unique_stems=True),
    LabelFormat.CVAT: ExportFormat(cvat.CvatWriter, cvat.DOCUMENT),
    LabelFormat.LABELSTUDIO: ExportFormat(labelstudio.LabelStudioWriter, labelstudio.DOCUMENT),
    LabelFormat.DATUMARO: ExportFormat(DatumaroWriter, unique_stems=True),
}
