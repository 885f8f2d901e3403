"""COCO and VIA as exports: one document, and the photos in ``photos/``."""

from collections.abc import Iterable, Sequence

from webapp.formats.coco.document import ExportImage, ExportShape
from webapp.formats.coco.writer import CocoStream
from webapp.formats.exports.writer import ExportContext, ExportMember, FormatLoss, Losses
from webapp.formats.files.spool import Spool
from webapp.formats.via.writer import ViaStream

COCO_DOCUMENT = "annotations.json"
VIA_DOCUMENT = "via_project.json"
PHOTOS_FOLDER = "photos/"


class CocoWriter:
    """See ``CocoStream``."""

    def __init__(self, context: ExportContext) -> None:
        self.losses = Losses()
        self._counting = context.counting
        self._out = Spool(context.folder)
        self._stream = CocoStream(self._out, context.categories)

    def add(self, image: ExportImage, shapes: Sequence[ExportShape]) -> Iterable[ExportMember]:
        """Write the photo into the document, which holds everything."""
        if not self._counting:
            self._stream.add(image, shapes)
        return ()

    def finish(self) -> Iterable[ExportMember]:
        """The document."""
        self._stream.finish()
        yield ExportMember(COCO_DOCUMENT, self._out)

    def photo_path(self, image: ExportImage) -> str:
        """``photos/a.jpg``."""
        return PHOTOS_FOLDER + image.file_name


class ViaWriter:
    """See ``ViaStream``."""

    def __init__(self, context: ExportContext) -> None:
        self.losses = Losses()
        self._out = Spool(context.folder)
        folder = PHOTOS_FOLDER if context.with_photos else ""
        self._stream = ViaStream(self._out, context.name, context.categories, context.words, folder)

    def add(self, image: ExportImage, shapes: Sequence[ExportShape]) -> Iterable[ExportMember]:
        """Write the photo into the project."""
        self._stream.add(image, shapes)
        return ()

    def finish(self) -> Iterable[ExportMember]:
        """The project."""
        self._stream.finish()
        for name, count in self._stream.changes.as_document().items():
            self.losses[FormatLoss(name)] = count
        yield ExportMember(VIA_DOCUMENT, self._out)

    def photo_path(self, image: ExportImage) -> str:
        """``photos/a.jpg``."""
        return PHOTOS_FOLDER + image.file_name
