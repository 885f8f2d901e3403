"""Why a file was refused: codes, and sentences in the user's language."""

from typing import Any

from flask_babel import lazy_gettext as _l

from webapp.formats.annotations.parsed import FormatFault
from webapp.formats.files.archive import ArchiveFault
from webapp.formats.images.rejected import ImageFault, ImageRemark, RemarkCode

LONGEST_ERROR = 200
"""Characters of an error's text that a user sees."""
SENTENCES: dict[str, Any] = {
    ImageFault.EMPTY: _l("The file is empty: choose it again."),
    ImageFault.NOT_AN_IMAGE: _l("This is not a picture, whatever its name says: choose a photo."),
    ImageFault.UNSUPPORTED_FORMAT: _l(
        "%(format)s is not read here: save the photo as JPEG, PNG or TIFF, or send HEIC, AVIF, WebP, BMP, GIF, "
        "JPEG 2000, JPEG XL, PGM or PPM."
    ),
    ImageFault.CAMERA_RAW: _l(
        "This is raw data of a camera (%(format)s), which must be developed first: export it as JPEG or TIFF."
    ),
    ImageFault.VIDEO: _l("This is a video (%(format)s): save single pictures of it, and send these."),
    ImageFault.TEXT: _l("This is not a picture but a text, such as a README: choose the photos alone."),
    ImageFault.WEB_PAGE: _l(
        "This is a web page (HTML), perhaps sent in place of the photo where one had to sign in: "
        "download the photo again."
    ),
    ImageFault.GIT_LFS_POINTER: _l(
        "This is only the pointer that Git LFS leaves in place of a file: "
        "run “git lfs pull”, then send the file itself."
    ),
    ImageFault.TRUNCATED: _l("The picture is damaged or cut off: copy it from the camera again."),
    ImageFault.TOO_MANY_PIXELS: _l(
        "%(width)s × %(height)s pixels are more than the limit of %(limit)s: make the picture smaller."
    ),
    ImageFault.ZERO_SIZE: _l("The picture has no pixels: take it again."),
    "photo_too_large": _l("The file is larger than %(limit)s MB: make it smaller."),
    "photo_missing": _l("The stored file is missing or damaged: add the photo again."),
    "photo_failed": _l(
        "The photo ended in an error (%(error)s): save it anew with another program and add it again."
    ),
    "file_unreadable": _l("The file cannot be read: see that its rights allow it, and put it there again."),
    "photo_out_of_memory": _l("Memory ran out on this photo: make it smaller, or use tiles."),
    "zip_without_photos": _l(
        "The zip holds no photo that can be read: pack JPEG, PNG, TIFF, HEIC or other photos."
    ),
    RemarkCode.TRANSPARENCY_ON_WHITE: _l("It was partly transparent: it was laid over white."),
    RemarkCode.TRANSPARENCY_ON_BLACK: _l(
        "It was partly transparent, and would not be seen on white: it was laid over black."
    ),
    RemarkCode.TRANSPARENCY_IGNORED: _l(
        "Its fourth channel would have hidden the picture or says nothing: it was not taken for transparency."
    ),
    RemarkCode.MORE_PICTURES: _l(
        "The file holds several pictures: the largest, %(width)s × %(height)s, was taken, and not %(others)s."
    ),
    RemarkCode.ANIMATION: _l("It is an animation: its first picture was taken."),
    RemarkCode.RAW_PREVIEW: _l(
        "It is raw data of a camera: the developed picture in the file, %(width)s × %(height)s, was taken."
    ),
    "photo_mended": _l("Its stored file was missing or damaged: it was put in place again."),
    "values_shown": _l("More than 8 bits: %(low)s is black and %(high)s is white."),
    "values_beyond": _l(
        "Its values go from %(lowest)s to %(highest)s, the value range from %(low)s to %(high)s: what lies beyond is "
        "cut off. Change the value range of the model."
    ),
    "values_beyond_own": _l(
        "Its values go from %(lowest)s to %(highest)s, but the file itself says %(low)s to %(high)s: what lies beyond "
        "is cut off."
    ),
    "process_ended": _l(
        "The process ended each time it looked at this photo, perhaps because memory ran out: "
        "make the photo smaller, or use tiles."
    ),
    FormatFault.TOO_LARGE: _l("The file is larger than %(limit_mb)s MB: split it."),
    FormatFault.NOT_TEXT: _l("This is not a text file: choose annotations as JSON, XML or CSV."),
    FormatFault.NOT_JSON: _l(
        "This is not JSON (line %(line)s, column %(column)s): export the annotations again."
    ),
    FormatFault.NOT_XML: _l(
        "This is not XML (line %(line)s, column %(column)s): export the annotations again."
    ),
    FormatFault.XML_ENTITIES: _l(
        "This XML defines entities, which annotations do not need and which are not read: export it again."
    ),
    FormatFault.TOO_DEEP: _l("The file is nested too deeply to be an annotation file."),
    FormatFault.EMPTY: _l("The file is empty: export the annotations again."),
    FormatFault.TOO_COMPLEX: _l(
        "One entry of this file holds more than a million numbers: it is no annotation file."
    ),
    FormatFault.TOO_MANY: _l("The file has more than %(limit)s entries in one list: split it."),
    FormatFault.UNKNOWN_FORMAT: _l(
        "These are no annotations that are known here: export them as COCO, CVAT, Label Studio, VIA, VOC or labelme."
    ),
    FormatFault.NOT_COCO: _l(
        "This JSON is not a COCO file, “%(missing)s” is missing: export it again as COCO."
    ),
    ArchiveFault.NOT_A_ZIP: _l(
        "This is neither a zip nor a tar, whatever its name says: pack the files again."
    ),
    ArchiveFault.DAMAGED: _l("The archive is damaged or cut off: pack or copy it again."),
    ArchiveFault.TOO_MANY_MEMBERS: _l("The archive holds more than %(limit)s files: split it."),
    ArchiveFault.TOO_LARGE: _l("Unpacked, the archive is larger than %(limit_gb)s GB: split it."),
    ArchiveFault.BOMB: _l(
        "The archive unpacks to a multiple of its size that photos never reach: pack the photos again."
    ),
    ArchiveFault.ENCRYPTED: _l("The zip is protected by a password: pack it again without one."),
    ArchiveFault.UNSAFE_PATH: _l("Its path leads out of the archive: pack the folder itself again."),
    ArchiveFault.SYMLINK: _l("It is a link and not a file: put the file itself into the archive."),
    ArchiveFault.NESTED: _l("It is an archive within the archive: unpack it and add its files."),
    ArchiveFault.DUPLICATE: _l("The archive holds another file of the same path: only the first is taken."),
    ArchiveFault.MEMBER_TOO_LARGE: _l("The file in the archive is too large: make it smaller."),
    ArchiveFault.METHOD: _l(
        "It is packed by a method that is not read here: pack it as an ordinary zip or tar.gz."
    ),
    ArchiveFault.MEMBER_DAMAGED: _l("The file in the archive is damaged or cut off: pack it again."),
    "labels_among_photos": _l("Labels are no photo: bring them in with “Add COCO”."),
    "file_replaced": _l(
        "Another file of this name came later and took its place: send both with their folders, or rename one."
    ),
    "file_kind": _l(
        "This kind of file is not taken here: add photos, labels of COCO, CVAT, Label Studio, VIA, VOC or "
        "labelme, or a zip of these."
    ),
}


def fault_document(code: str, **params: Any) -> dict[str, Any]:
    """What is stored and sent; ``code`` is one of SENTENCES."""
    return {"code": str(code), "params": params}


def remark_document(remark: ImageRemark) -> dict[str, Any]:
    """The same for what is to be known of a photo that was taken."""
    return fault_document(remark.code, **remark.params)


def of_error(error: Exception) -> dict[str, Any]:
    """For something unforeseen that a photo raised."""
    text = " ".join(str(error).split())[:LONGEST_ERROR]
    return fault_document("photo_failed", error=f"{type(error).__name__}: {text}".removesuffix(": "))


def sentence(fault: dict[str, Any]) -> str:
    """The fault in the user's language."""
    template = str(SENTENCES.get(fault["code"], SENTENCES[ImageFault.NOT_AN_IMAGE]))
    return template % fault["params"] if fault["params"] else template
