"""Sets of files (YOLO, masks) that are broken somewhere, always the same ones for the same seed."""

import io
import random
from collections.abc import Callable

import numpy as np
from PIL import Image

from bench.fuzz_importers.mutated_files import check_parsed
from webapp.formats.annotations.parsed import FormatRejected
from webapp.formats.png_masks.layout import may_be_mask
from webapp.formats.sets.files import SetFile, SetPhoto
from webapp.formats.sets.photo_index import PhotoIndex
from webapp.formats.sets.reading import read_sets

Files = dict[str, bytes]
WIDTH, HEIGHT = 100, 80
MAX_PIXELS = 1_000_000
LINES = [
    b"0 0.5 0.5 0.2 0.4", b"1 0.1 0.2 0.3 0.2 0.3 0.6", b"2 0.4 0.3 0.6 0.3 0.6 0.7 0.4 0.7", b"1 0.5 0.5 0.2 0.4 0.93",
    b"10 10 30 10 30 30 10 30 plane 0", b"-1 0 0 0 0", b"0 nan 1e999 0 1", b"0 0.5 0.5", b"images/a.jpg",
    b"\xff\xfe", b"",
]  # fmt: skip
PARTS = [
    b"",
    b"0",
    b"-",
    b".",
    b" ",
    b"\n",
    b"[",
    b"]",
    b"{",
    b"}",
    b":",
    b"&a",
    b"*a",
    b"!!",
    b"1e999",
    b"\0",
    b"\xb5\xdb",
]


def yolo() -> Files:
    """Polygons, boxes and an empty file, with the splits in folders."""
    return {
        "data.yaml": b"train: ../train/images\nval: valid/images\nnames: [date, fig, nut]\nnc: 3\n",
        "train/labels/a.txt": b"\n".join(LINES[:4]),
        "train/labels/b.txt": b"",
        "valid/labels/c.txt": LINES[1] + b"\n" + LINES[0],
    }


def darknet() -> Files:
    """Names and lists as Darknet has them."""
    return {
        "obj.names": b"date\nfig\nnut",
        "obj.data": b"classes = 3\ntrain = train.txt",
        "train.txt": b"train/images/a.jpg\nimages/b.jpg\n",
        "train/images/a.txt": b"\n".join(LINES[:2]),
        "train/images/b.txt": LINES[4],
    }


def voc_masks() -> Files:
    """Classes, objects, a label map and a list."""
    mask = np.zeros((HEIGHT, WIDTH), np.uint8)
    mask[5:25, 5:40] = 1
    mask[40:60, 50:90] = 2
    mask[40, 50:90] = 255
    return {
        "SegmentationClass/a.png": _png(np.where(mask == 2, 1, mask), palette=True),
        "SegmentationObject/a.png": _png(mask, palette=True),
        "labelmap.txt": b"# label:color_rgb:parts:actions\nbackground:0,0,0::\nnut:128,0,0::\n",
        "ImageSets/Segmentation/train.txt": b"a\nb\n",
    }


def png_masks() -> Files:
    """MVTec AD, masks beside images, and masks beside photos."""
    mask = np.zeros((HEIGHT, WIDTH), np.uint8)
    mask[5:25, 5:40] = 255
    return {
        "ground_truth/cut/000_mask.png": _png(mask),
        "masks/a.png": _png(mask // 255),
        "masks/b_dent.png": _png(np.stack([mask, mask // 2, mask // 3], axis=2)),
        "train/images/a_mask.png": _png(mask),
        "classes.txt": b"background\nnut",
        "class_dict.csv": b"name,r,g,b\nnut,255,127,85\n",
    }


SETS: dict[str, Callable[[], Files]] = {
    "yolo": yolo,
    "darknet": darknet,
    "voc_masks": voc_masks,
    "png_masks": png_masks,
}
"""Good sets, by the names of their formats."""
PHOTOS = [
    SetPhoto(path, WIDTH, HEIGHT, path)
    for path in (
        "train/images/a.jpg", "train/images/b.jpg", "valid/images/c.jpg", "JPEGImages/a.jpg", "images/b.jpg",
        "test/cut/000.png", "test/good/000.png",
    )
]  # fmt: skip


def mutated_set(name: str, seed: int) -> Files:
    """A good set of this format, broken: bytes changed, lines put in, files moved, doubled, emptied or removed."""
    chance = random.Random(f"{name} {seed}")  # noqa: S311 - not a secret
    files = SETS[name]()
    for _ in range(chance.randint(1, 4)):
        path = chance.choice(sorted(files))
        action = chance.random()
        if action < 0.5:
            files[path] = _changed(files[path], chance)
        elif action < 0.65:
            files[path] = files[path] + b"\n" + chance.choice(LINES) * chance.choice([1, 1, 500])
        elif action < 0.75:
            files[path] = chance.choice([b"", b"\n", b"\0" * 9, files[chance.choice(sorted(files))]])
        elif action < 0.9:
            folder = chance.choice(
                ["", "labels/", "masks/", "x/y/", "SegmentationClass/", "ground_truth/cut/", "無/"]
            )
            files[folder + path.rpartition("/")[2]] = files.pop(path)
        elif len(files) > 1:
            del files[path]
    return files


def check_set(files: Files) -> bool:
    """Whether a set was found (True) in these files. Raises AssertionError, or what a reader lets through."""
    every = [SetFile(path, content) for path, content in files.items()]
    pictures = [file for file in every if may_be_mask(file.path)]
    texts = [file for file in every if file not in pictures]
    try:
        reading = read_sets(texts, pictures, PhotoIndex(PHOTOS, lambda: PHOTOS[:1]), max_pixels=MAX_PIXELS)
    except FormatRejected:
        return False
    assert reading.taken <= {file.path for file in texts}  # noqa: S101
    assert reading.masks <= {file.path for file in pictures}  # noqa: S101
    for one in reading.sets:
        check_parsed(one.parsed)
    return bool(reading.sets)


def _changed(content: bytes, chance: random.Random) -> bytes:
    changed = bytearray(content)
    for _ in range(chance.randint(1, 6)):
        at = chance.randrange(len(changed) + 1)
        changed[at : at + chance.randint(0, 4)] = chance.choice([*PARTS, bytes([chance.randrange(256)])])
    return bytes(changed)


def _png(mask: np.ndarray, palette: bool = False) -> bytes:
    image = Image.fromarray(mask.astype(np.uint8))
    if palette:
        image.putpalette([0, 0, 0, 128, 0, 0, 0, 128, 0])
    buffer = io.BytesIO()
    image.save(buffer, "PNG")
    return buffer.getvalue()
