"""Writes YOLO sets for segmentation, as Ultralytics reads them: docs.ultralytics.com/datasets/segment/.

``data.yaml`` names the classes and the folders of the splits; ``labels/train/a.txt`` has a line for each object of
``images/train/a.jpg``: the number of its class and one polygon, in shares of the photo's width and height.
"""

from collections.abc import Iterable, Sequence

from webapp.formats.coco.document import ExportImage, ExportShape
from webapp.formats.exports.plain_text import numbers, stem, yaml_text
from webapp.formats.exports.writer import ExportContext, ExportMember, FormatLoss, Losses
from webapp.formats.masks.contours import mask_polygons
from webapp.formats.masks.one_outline import join_polygons
from webapp.formats.masks.segmentation import Polygon

KEYS = {"train": "train", "validation": "val", "test": "test"}


class YoloWriter:
    """A text for each photo, then ``data.yaml``."""

    def __init__(self, context: ExportContext) -> None:
        self.losses = Losses()
        self._categories = context.categories
        self._numbers = {name: number for number, name in enumerate(context.categories)}
        self._splits: set[str] = set()

    def add(self, image: ExportImage, shapes: Sequence[ExportShape]) -> Iterable[ExportMember]:
        """The text of the photo; an empty one says that it shows no object."""
        self._splits.add(image.split)
        lines = [self._line(image, shape) for shape in shapes]
        yield ExportMember(f"labels/{image.split}/{stem(image.file_name)}.txt", "".join(lines).encode())

    def finish(self) -> Iterable[ExportMember]:
        """``data.yaml``."""
        lines = [f"{key}: images/{split}" for split, key in KEYS.items() if split in self._splits]
        lines += [f"nc: {len(self._categories)}", "names:"]
        lines += [f"  {number}: {yaml_text(name)}" for number, name in enumerate(self._categories)]
        yield ExportMember("data.yaml", ("\n".join(lines) + "\n").encode())

    def photo_path(self, image: ExportImage) -> str:
        """``images/train/a.jpg``."""
        return f"images/{image.split}/{image.file_name}"

    def _line(self, image: ExportImage, shape: ExportShape) -> str:
        polygon = self._polygon(image, shape)
        shares = [value / (image.height if index % 2 else image.width) for index, value in enumerate(polygon)]
        return f"{self._numbers[shape.category]} {numbers(shares, ' ')}\n"

    def _polygon(self, image: ExportImage, shape: ExportShape) -> Polygon:
        self.losses[FormatLoss.CROWDS] += shape.iscrowd
        self.losses[FormatLoss.BOXES] += shape.is_box
        polygons, holes = shape.segmentation, 0
        if isinstance(polygons, dict):
            self.losses[FormatLoss.MASKS] += 1
            polygons, holes = mask_polygons(polygons)
        self.losses[FormatLoss.HOLES] += holes > 0
        self.losses[FormatLoss.SEVERAL_POLYGONS] += len(polygons) > 1
        return join_polygons(polygons, image.width, image.height)
