"""Writes Pascal VOC: an XML with boxes for each photo, and pictures of its objects and of their categories.

The layout is that of the VOC2012 development kit, with a folder for each split inside, and CVAT's ``labelmap.txt``.
The edges of boxes are pixels from 0, as labelImg and CVAT write them; the objects of an XML stand in the order of
their numbers in ``SegmentationObject``.
"""

from collections import deque
from collections.abc import Iterable, Iterator, Sequence
from concurrent.futures import Future, ThreadPoolExecutor

from webapp.formats.coco.document import ExportImage, ExportShape
from webapp.formats.exports.plain_text import number, stem, xml_text
from webapp.formats.exports.writer import ExportContext, ExportMember, FormatLoss, Losses
from webapp.formats.voc.categories import labelmap, names_in_voc
from webapp.formats.voc.index_pictures import IndexPicture, categories_of, draw, png

LISTS = {"train": "train", "validation": "val", "test": "test"}
"""By split the name of its list in ``ImageSets``."""
PACKERS = 2
AHEAD = 8
"""Pictures that are packed while the next photos are drawn."""


class VocWriter:
    """Three files for each photo, its pictures some photos later; then the lists of photos and the categories."""

    def __init__(self, context: ExportContext) -> None:
        self.losses = Losses()
        self._counting = context.counting
        self._names = names_in_voc(context.categories)
        self._numbers = {name: place for place, name in enumerate(context.categories, 1)}
        self._lists: dict[str, list[str]] = {}
        # zlib packs without the interpreter's lock, so the next photo is drawn meanwhile.
        self._packers = ThreadPoolExecutor(PACKERS)
        self._packing: deque[tuple[str, Future[bytes]]] = deque()
        self.losses[FormatLoss.CATEGORY_NAMES] = sum(name != kept for name, kept in self._names.items())

    def add(self, image: ExportImage, shapes: Sequence[ExportShape]) -> Iterable[ExportMember]:
        """The XML and the two pictures of the photo."""
        picture = draw(image, shapes, self._numbers)
        self._count(image, shapes, picture)
        if self._counting:
            return
        name = f"{image.split}/{stem(image.file_name)}"
        self._lists.setdefault(image.split, []).append(name)
        yield ExportMember(f"Annotations/{name}.xml", self._xml(image, shapes).encode())
        categories = categories_of(picture, shapes, self._numbers)
        for folder, numbers in (("SegmentationClass", categories), ("SegmentationObject", picture.numbers)):
            self._packing.append((f"{folder}/{name}.png", self._packers.submit(png, numbers)))
        yield from self._packed(AHEAD)

    def finish(self) -> Iterable[ExportMember]:
        """The last pictures, the lists of the splits, and the categories."""
        yield from self._packed(0)
        self._packers.shutdown()
        for split, names in self._lists.items():
            content = "".join(f"{name}\n" for name in names).encode()
            for subject in ("Main", "Segmentation"):
                yield ExportMember(f"ImageSets/{subject}/{LISTS[split]}.txt", content)
        yield ExportMember("labelmap.txt", labelmap(self._names.values()).encode())

    def _packed(self, left: int) -> Iterator[ExportMember]:
        """The oldest pictures, until so many are left."""
        while len(self._packing) > left:
            path, content = self._packing.popleft()
            yield ExportMember(path, content.result())

    def photo_path(self, image: ExportImage) -> str:
        """``JPEGImages/train/a.jpg``."""
        return f"JPEGImages/{image.split}/{image.file_name}"

    def _count(self, image: ExportImage, shapes: Sequence[ExportShape], picture: IndexPicture) -> None:
        boxes = sum(shape.is_box for shape in shapes)
        masks = sum(isinstance(shape.segmentation, dict) for shape in shapes)
        self.losses[FormatLoss.NO_OBJECT] += image.no_object
        self.losses[FormatLoss.CROWDS] += sum(shape.iscrowd for shape in shapes)
        self.losses[FormatLoss.BOXES] += boxes
        self.losses[FormatLoss.OUTLINES] += len(shapes) - boxes - masks
        self.losses[FormatLoss.COVERED] += picture.covered
        self.losses[FormatLoss.NO_PIXEL] += picture.no_pixel
        self.losses[FormatLoss.TOO_MANY] += picture.too_many

    def _xml(self, image: ExportImage, shapes: Sequence[ExportShape]) -> str:
        return (
            f"<annotation>\n  <folder>{image.split}</folder>\n  <filename>{xml_text(image.file_name)}</filename>\n"
            # A reader that finds the name of PASCAL here counts pixels from 1.
            "  <source><database>Unknown</database></source>\n"
            f"  <size><width>{image.width}</width><height>{image.height}</height><depth>3</depth></size>\n"
            f"  <segmented>1</segmented>\n{''.join(map(self._object, shapes))}</annotation>\n"
        )

    def _object(self, shape: ExportShape) -> str:
        x, y, width, height = shape.bbox
        sides = zip(("xmin", "ymin", "xmax", "ymax"), (x, y, x + width, y + height), strict=True)
        box = "".join(f"<{name}>{number(value)}</{name}>" for name, value in sides)
        return (
            f"  <object>\n    <name>{xml_text(self._names[shape.category])}</name>\n    <pose>Unspecified</pose>\n"
            # An evaluation leaves out what is difficult, as COCO's does with crowds.
            f"    <truncated>0</truncated>\n    <difficult>{int(shape.iscrowd)}</difficult>\n"
            f"    <bndbox>{box}</bndbox>\n  </object>\n"
        )
