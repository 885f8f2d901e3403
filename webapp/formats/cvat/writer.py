"""Writes CVAT XML 1.1 for images: https://docs.cvat.ai/docs/dataset_management/formats/format-cvat/.

Pieces of one object are polygons with one ``group_id``, which CVAT shows as one group.
"""

from collections import Counter
from collections.abc import Iterable, Iterator, Mapping, Sequence

import numpy as np

from webapp.formats.coco.document import ExportImage, ExportShape
from webapp.formats.exports.plain_text import holds_xml, number, xml_text
from webapp.formats.exports.writer import ExportContext, ExportMember, FormatLoss, Losses
from webapp.formats.files.spool import Spool
from webapp.formats.masks.rle import decode_part
from webapp.formats.masks.segmentation import Polygon, Rle

DOCUMENT = "annotations.xml"


class CvatWriter:
    """One document; the photos lie in ``images/<split>/``."""

    def __init__(self, context: ExportContext) -> None:
        self.losses = Losses()
        self.losses[FormatLoss.CATEGORY_NAMES] = sum(not holds_xml(name) for name in context.categories)
        self._context = context
        self._images = Spool(context.folder)
        self._photos = Counter[str]()

    def add(self, image: ExportImage, shapes: Sequence[ExportShape]) -> Iterable[ExportMember]:
        """Write the photo into the document."""
        self.losses[FormatLoss.NO_OBJECT] += image.no_object
        lines = [
            f'  <image id="{self._photos.total()}" name="{xml_text(image.file_name)}" subset="{image.split}" '
            f'width="{image.width}" height="{image.height}">\n'
        ]
        for group, shape in enumerate(shapes, 1):
            self.losses[FormatLoss.CROWDS] += shape.iscrowd
            lines += _shape(shape, group)
        self._images.write("".join([*lines, "  </image>\n"]).encode())
        self._photos[image.split] += 1
        return ()

    def finish(self) -> Iterable[ExportMember]:
        """The document."""
        out = Spool(self._context.folder)
        # It says at the beginning how many photos follow.
        out.write(_head(self._context, self._photos).encode())
        with self._images as images:
            for chunk in images.chunks():
                out.write(chunk)
        out.write(b"</annotations>\n")
        yield ExportMember(DOCUMENT, out)

    def photo_path(self, image: ExportImage) -> str:
        """``images/train/a.jpg``, as in CVAT's own exports of a project."""
        return f"images/{image.split}/{image.file_name}"


def _head(context: ExportContext, photos: Mapping[str, int]) -> str:
    """A project with a task for each split, as CVAT has them."""
    labels = "".join(
        f"        <label><name>{xml_text(name)}</name><type>any</type><attributes></attributes></label>\n"
        for name in context.categories
    )
    tasks = "".join(
        f"        <task><name>{split}</name><size>{count}</size><subset>{split}</subset></task>\n"
        for split, count in photos.items()
    )
    return (
        '<?xml version="1.0" encoding="utf-8"?>\n<annotations>\n  <version>1.1</version>\n  <meta>\n    <project>\n'
        f"      <name>{xml_text(context.name)}</name>\n      <labels>\n{labels}      </labels>\n"
        f"      <tasks>\n{tasks}      </tasks>\n    </project>\n  </meta>\n"
    )


def _shape(shape: ExportShape, group: int) -> Iterator[str]:
    head = f'label="{xml_text(shape.category)}" source="manual" occluded="0"'
    if isinstance(shape.segmentation, dict):
        yield f'    <mask {head} {_runs(shape.segmentation)} z_order="0"></mask>\n'
    elif shape.is_box:
        x, y, width, height = shape.bbox
        corners = zip(("xtl", "ytl", "xbr", "ybr"), (x, y, x + width, y + height), strict=True)
        places = " ".join(f'{name}="{number(value)}"' for name, value in corners)
        yield f'    <box {head} {places} z_order="0"></box>\n'
    else:
        together = f' group_id="{group}"' if len(shape.segmentation) > 1 else ""
        for polygon in shape.segmentation:
            yield f'    <polygon {head} points="{_points(polygon)}" z_order="0"{together}></polygon>\n'


def _points(polygon: Polygon) -> str:
    pairs = zip(polygon[0::2], polygon[1::2], strict=True)
    return ";".join(f"{number(x)},{number(y)}" for x, y in pairs)


def _runs(rle: Rle) -> str:
    """The lengths of runs row by row within the mask's box, the first of background."""
    part, left, top = decode_part(rle)
    flat = part.ravel()
    edges = np.flatnonzero(np.diff(flat, prepend=np.uint8(0)))
    runs = np.diff(edges, prepend=0, append=flat.size)
    height, width = part.shape
    text = ", ".join(map(str, runs.tolist()))
    return f'rle="{text}" left="{left}" top="{top}" width="{width}" height="{height}"'
