"""What each format is called, and what it is for, in one sentence."""

from dataclasses import dataclass

from flask_babel import LazyString
from flask_babel import lazy_gettext as _l

from webapp.formats.exports.formats import LabelFormat


@dataclass(frozen=True)
class FormatWords:
    """Texts of one format."""

    name: str | LazyString
    term: str
    """Its technical name."""
    purpose: LazyString


WORDS = {
    LabelFormat.COCO: FormatWords(
        "COCO", "JSON", _l("Holds everything: imported here again, the labels are the same.")
    ),
    LabelFormat.YOLO: FormatWords("YOLO", "txt, data.yaml", _l("To train YOLO for segmentation elsewhere.")),
    LabelFormat.VOC: FormatWords(
        "Pascal VOC", "XML, PNG", _l("For programs that read boxes from XML, or masks from pictures.")
    ),
    LabelFormat.DATUMARO: FormatWords(
        "Datumaro", "JSON", _l("To check, divide or convert the data with Datumaro.")
    ),
    LabelFormat.VIA: FormatWords(
        _l("VIA project"), "VGG Image Annotator 2", _l("To go on labelling in VIA, without an installation.")
    ),
    LabelFormat.LABELME: FormatWords(
        "labelme", "JSON", _l("To go on labelling in labelme: a file for each photo.")
    ),
    LabelFormat.CVAT: FormatWords(
        "CVAT", "XML 1.1", _l("To go on labelling in CVAT, several people together.")
    ),
    LabelFormat.LABELSTUDIO: FormatWords("Label Studio", "JSON", _l("To go on labelling in Label Studio.")),
}
"""In the order in which they are offered."""


def name_of(format: str) -> str:
    """What a format is called in the reader's language."""
    return str(WORDS[LabelFormat(format)].name)
