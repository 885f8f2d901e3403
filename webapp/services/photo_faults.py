"""Why a file was refused, as a sentence in the reader's language."""

from typing import Any

from flask_babel import lazy_gettext as _l

from webapp.formats.annotations import FormatFault
from webapp.formats.photo import PhotoFault

SENTENCES: dict[str, Any] = {
    PhotoFault.EMPTY: _l("The file is empty: choose it again."),
    PhotoFault.NOT_AN_IMAGE: _l("This is not a picture, whatever its name says: choose a photo."),
    PhotoFault.UNSUPPORTED_FORMAT: _l("%(format)s is not supported: use JPEG, PNG, BMP, WebP or TIFF."),
    PhotoFault.TRUNCATED: _l("The picture is damaged or cut off: copy it from the camera again."),
    PhotoFault.TOO_MANY_PIXELS: _l(
        "%(width)s × %(height)s pixels are more than the limit of %(limit)s: make the picture smaller."
    ),
    PhotoFault.ZERO_SIZE: _l("The picture has no pixels: take it again."),
    "photo_too_large": _l("The file is larger than %(limit)s MB: make it smaller."),
    "name_taken": _l(
        "A different photo named %(filename)s is in this model already: rename the file and add it again."
    ),
    "photo_missing": _l("The stored file is missing or damaged: add the photo again."),
    FormatFault.TOO_LARGE: _l("The file is larger than %(limit_mb)s MB: split it."),
    FormatFault.NOT_TEXT: _l("This is not a text file: choose a COCO JSON file."),
    FormatFault.NOT_JSON: _l(
        "This is not JSON (line %(line)s, column %(column)s): export the annotations again as COCO JSON."
    ),
    FormatFault.TOO_DEEP: _l("The JSON is nested too deeply to be an annotation file."),
    FormatFault.NOT_COCO: _l(
        "This JSON is not a COCO file, “%(missing)s” is missing: export it again as COCO."
    ),
    "file_kind": _l("This kind of file is not taken here: add photos or COCO JSON files."),
}


def fault_document(code: str, **params: Any) -> dict[str, Any]:
    """What is stored and sent; ``code`` is one of SENTENCES."""
    return {"code": str(code), "params": params}


def sentence(fault: dict[str, Any]) -> str:
    """The fault in the reader's language."""
    template = str(SENTENCES.get(fault["code"], SENTENCES[PhotoFault.NOT_AN_IMAGE]))
    return template % fault["params"] if fault["params"] else template
