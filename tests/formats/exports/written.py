"""Exports of labels that a test makes, and what readers find in them."""

import json
from collections.abc import Callable, Sequence
from xml.etree import ElementTree
from xml.etree.ElementTree import Element

import numpy as np
from hypothesis import strategies as st

from tests.formats.coco.test_writer import HEIGHT, WIDTH, Labelled, export_shape, image, ring
from webapp.formats.annotations.any_format import parse_annotations
from webapp.formats.annotations.parsed import ParsedAnnotations
from webapp.formats.coco.document import ExportShape
from webapp.formats.exports.formats import FORMATS, LabelFormat
from webapp.formats.exports.members import MemberStore
from webapp.formats.exports.writer import ExportContext, Losses
from webapp.formats.masks.rle import encode_mask, rectangle
from webapp.formats.masks.segmentation import Rle
from webapp.formats.png_masks.layout import may_be_mask
from webapp.formats.sets.files import SetFile, SetPhoto
from webapp.formats.sets.photo_index import PhotoIndex
from webapp.formats.sets.reading import read_sets

CATEGORIES = ["date", "無花果", "a b. #1 & <c>", "unused"]
Files = dict[str, bytes]


def write(
    format: LabelFormat,
    photos: Sequence[Labelled],
    categories: Sequence[str] = CATEGORIES,
    *,
    with_photos: bool = False,
) -> tuple[Files, Losses]:
    """The files of an export by their paths, and what it holds otherwise."""
    writer = FORMATS[format].writer(ExportContext("滾珠 & <螺桿>", categories, with_photos))
    store = MemberStore()
    for photo, shapes in photos:
        store.add(writer.add(photo, shapes))
    store.add(writer.finish())
    files = {path: b"".join(content) for path, content in store}
    store.close()
    return files, +writer.losses


def write_one(format: LabelFormat, *shapes: ExportShape, split: str = "train") -> tuple[Files, Losses]:
    """``write`` for one photo, ``0.jpg``."""
    return write(format, [(image(0, split=split), list(shapes))])


def photo_paths(format: LabelFormat, photos: Sequence[Labelled]) -> list[str]:
    """Where the photos of the same export lie."""
    writer = FORMATS[format].writer(ExportContext("", CATEGORIES))
    return [writer.photo_path(photo) for photo, _shapes in photos]


def read_documents(files: Files, photos: Sequence[str]) -> ParsedAnnotations:
    """For formats whose files are read one by one."""
    found = [parse_annotations(content, path) for path, content in sorted(files.items())]
    return ParsedAnnotations(
        format=found[0].format,
        images=[image for one in found for image in one.images],
        categories=list(dict.fromkeys(name for one in found for name in one.categories)),
        annotations_in_file=sum(one.annotations_in_file for one in found),
        fixed=[finding for one in found for finding in one.fixed],
        skipped=[finding for one in found for finding in one.skipped],
    )


def read_set(files: Files, photos: Sequence[str]) -> ParsedAnnotations:
    """For formats whose files make up the labels together."""
    every = [SetFile(path, content) for path, content in files.items()]
    pictures = [file for file in every if may_be_mask(file.path)]
    texts = [file for file in every if file not in pictures and not file.path.endswith(".xml")]
    sent = [SetPhoto(path, WIDTH, HEIGHT, path) for path in photos]
    (found,) = read_sets(texts, pictures, PhotoIndex(sent, list)).sets
    return found.parsed


READERS: dict[LabelFormat, Callable[[Files, Sequence[str]], ParsedAnnotations]] = {
    LabelFormat.COCO: read_documents,
    LabelFormat.VIA: read_documents,
    LabelFormat.LABELME: read_documents,
    LabelFormat.YOLO: read_set,
    LabelFormat.VOC: read_set,
    LabelFormat.CVAT: read_documents,
    LabelFormat.LABELSTUDIO: read_documents,
}
"""How the files of a format are read again, with the paths of the photos beside them: one line for each."""


hundredths = st.integers(0, 100 * WIDTH).map(lambda value: value / 100)


def _polygon(x: int, y: int, moved: list[tuple[int, int]]) -> list[float]:
    """Around a point in the photo, hundredths of a pixel."""
    corners = [(-1, -1), (1, -1), (1, 1), (-1, 1)]
    points = [(x + dx * sx, y + dy * sy) for (dx, dy), (sx, sy) in zip(moved, corners, strict=False)]
    return [value / 100 for point in points for value in point]


sides = st.tuples(st.integers(100, 600), st.integers(100, 600))
polygons = st.builds(
    _polygon,
    st.integers(700, 100 * WIDTH - 700),
    st.integers(700, 100 * HEIGHT - 700),
    st.lists(sides, min_size=3, max_size=4),
)
boxes = st.tuples(
    # Labels of less than a pixel at the corner would be taken for shares of the photo.
    st.integers(0, 4000),
    st.integers(0, 3000),
    st.integers(200, 1600),
    st.integers(200, 1600),
).map(lambda sides: [side / 100 for side in sides])


def _blocks(bits: list[bool]) -> Rle:
    """A mask of squares of 8 x 8 pixels: pieces, holes, corners that touch. Noise would be taken for a photo."""
    return encode_mask(np.kron(np.reshape(bits, (HEIGHT // 8, WIDTH // 8)), np.ones((8, 8), np.uint8)))


blocks = st.lists(st.booleans(), min_size=48, max_size=48).filter(any).map(_blocks)
rings = st.builds(ring, st.integers(0, 40), st.integers(0, 25), st.integers(1, 9))
masks = rings | blocks
names = st.sampled_from(CATEGORIES[:3])
shapes = (
    st.builds(export_shape, names, st.lists(polygons, min_size=1, max_size=3), iscrowd=st.booleans())
    | st.builds(export_shape, names, masks, iscrowd=st.booleans())
    | st.builds(
        lambda name, bbox: ExportShape(name, [rectangle(bbox)], bbox, bbox[2] * bbox[3], is_box=True),
        names,
        boxes,
    )
)


def text(files: Files, path: str) -> str:
    return files[path].decode()


def document(files: Files, path: str) -> object:
    return json.loads(files[path])


def xml(files: Files, path: str) -> Element:
    return ElementTree.fromstring(files[path])  # noqa: S314 - our own
