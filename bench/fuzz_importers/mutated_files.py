"""Annotation files and zips that are broken somewhere, always the same ones for the same seed."""

import base64
import copy
import gzip
import io
import json
import random
import tarfile
import zipfile
from collections.abc import Callable
from contextlib import suppress
from typing import Any

from bench.fuzz_importers.label_studio_files import label_studio, label_studio_min
from bench.fuzz_importers.xml_files import break_xml, cvat, voc
from webapp.formats.annotations.any_format import embedded_images, parse_annotations
from webapp.formats.annotations.drawn_on import Drawn
from webapp.formats.annotations.fitting import fit_to_image
from webapp.formats.annotations.image_list import NO_CATEGORY
from webapp.formats.annotations.matching import match_images
from webapp.formats.annotations.options import ReadOptions
from webapp.formats.annotations.parsed import FormatRejected, ParsedAnnotations
from webapp.formats.files.any_archive import open_archive
from webapp.formats.files.archive import ArchiveLimits, ArchiveRejected

SQUARE = [10.0, 10.0, 30.0, 10.0, 30.0, 30.0, 10.0, 30.0]
POLYGON = {"name": "polygon", "all_points_x": SQUARE[0::2], "all_points_y": SQUARE[1::2]}
SHAPES: list[dict[str, Any]] = [
    POLYGON,
    {"name": "rect", "x": 5, "y": 6, "width": 30, "height": 20},
    {"name": "circle", "cx": 50, "cy": 40, "r": 20},
    {"name": "ellipse", "cx": 50, "cy": 40, "rx": 20, "ry": 10, "theta": 0.5},
    POLYGON | {"name": "polyline"},
    {"name": "point", "cx": 5, "cy": 5},
]
PNG = "iVBORw0KGgoAAAANSUhEUgAAAAIAAAACCAAAAABX3VL4AAAAC0lEQVR4nGP4DwQACfsD/U8VP/gAAAAASUVORK5CYII="
ODD: list[Any] = [
    None, True, False, 0, -1, 1, 7.5, 1e308, -1e-308, float("nan"), float("inf"), 10**400, "", " ", "0", "1.0",
    "x", "無花果", "a\x00b", "\ud800", "../../etc/passwd", "x" * 5000, [], {}, [[]], [{}], [None], {"": None},
    [0] * 300, [[1, 2], [3, 4], [5, 6]], {"size": [4, 4], "counts": [16]}, {"size": [4, 4], "counts": "04"},
]  # fmt: skip
"""What stands where something else belongs."""


def coco() -> bytes:
    """With a polygon, run lengths of both kinds, a box, and a box that is turned."""
    base = {"image_id": 1, "category_id": 1, "bbox": [10, 10, 20, 20], "area": 400, "iscrowd": 0}
    segmentations: list[Any] = [
        [SQUARE],
        {"size": [80, 100], "counts": [100, 50, 7850]},
        {"size": [4, 4], "counts": "04"},
        [],
    ]
    annotations = [{"id": i, **base, "segmentation": s} for i, s in enumerate(segmentations)]
    annotations.append(
        {"id": 9, **base, "attributes": {"rotation": 30.0, "note": "deep"}, "keypoints": [1, 2, 2]}
    )
    images = [{"id": i, "file_name": f"{i}.jpg", "width": 100, "height": 80, "tags": ["a"]} for i in (1, 2)]
    categories = [{"id": 1, "name": "date", "supercategory": "fruit"}, {"id": 2, "name": "fig"}]
    return _json({"info": {}, "images": images, "annotations": annotations, "categories": categories})


def _via_photo(*, old: bool) -> dict[str, Any]:
    regions = [
        {"shape_attributes": shape, "region_attributes": {"label": "date", "k": "1"}} for shape in SHAPES
    ]
    return {
        "filename": "a.jpg",
        "size": 12,
        "base64_img_data": f"data:image/png;base64,{PNG}" if old else "",
        "file_attributes": {"caption": "a", "tags": {"night": True}},
        "regions": {str(index): region for index, region in enumerate(regions)} if old else regions,
    }


def via_project() -> bytes:
    """Of VIA 2."""
    options = {"k": {"type": "dropdown", "options": {"1": "date", "2": "fig"}}}
    return _json(
        {
            "_via_settings": {"ui": {"image": {"region_label": "label"}}},
            "_via_img_metadata": {"a.jpg12": _via_photo(old=False), "b.jpg9": _via_photo(old=False)},
            "_via_attributes": {"region": options, "file": {}},
            "_via_image_id_list": ["a.jpg12", "b.jpg9"],
        }
    )


def via_annotations() -> bytes:
    """Of VIA 2."""
    return _json({"a.jpg12": _via_photo(old=False), "b.jpg9": _via_photo(old=False)})


def via_1() -> bytes:
    """Of VIA 1, with the photo inside."""
    return _json({"a.jpg12": _via_photo(old=True)})


def via_csv() -> bytes:
    """Of VIA 1 and 2."""
    lines = [
        "filename,file_size,file_attributes,region_count,region_id,region_shape_attributes,region_attributes"
    ]
    for index, shape in enumerate(SHAPES):
        cells = [json.dumps(cell).replace('"', '""') for cell in ({"caption": "a"}, shape, {"label": "date"})]
        lines.append(f'a.jpg,12,"{cells[0]}",{len(SHAPES)},{index},"{cells[1]}","{cells[2]}"')
    return "\n".join(lines).encode()


def via_3() -> bytes:
    """A project of VIA 3."""
    regions: list[list[float]] = [
        [7, *SQUARE],
        [2, 5, 5, 9, 9],
        [3, 50, 40, 20],
        [4, 50, 40, 20, 9],
        [8, 1, 5, 5, 1, 9, 5, 5, 9],
        [9, 30, 40, 70, 40, 50, 60],
        [1, 5, 5],
        [],
    ]
    return _json(
        {
            "project": {"pname": "parts"},
            "attribute": {"1": {"aname": "class", "options": {"0": "date", "1": "fig"}}},
            "file": {"1": {"fid": 1, "fname": "a.jpg", "src": "a.jpg"}},
            "metadata": {
                f"1_{i}": {"vid": "1", "xy": xy, "av": {"1": "0,1", "2": "deep"}}
                for i, xy in enumerate(regions)
            },
            "view": {"1": {"fid_list": [1]}},
        }
    )


def labelme() -> bytes:
    """With every kind of shape, and the photo inside."""
    pairs = [[10, 10], [30, 10], [30, 30], [10, 30]]
    kinds = [
        "polygon",
        "polygon",
        None,
        "rectangle",
        "circle",
        "line",
        "linestrip",
        "point",
        "mask",
        "rotation",
    ]
    shapes = [
        {
            "label": "date",
            "points": pairs[:2] if kind in {"rectangle", "circle", "line", "mask"} else pairs,
            "group_id": 1 if index < 2 else None,
            "shape_type": kind,
            "mask": PNG if kind == "mask" else None,
            "flags": {"occluded": index % 2 == 0},
        }
        for index, kind in enumerate(kinds)
    ]
    photo = {"imagePath": "..\\a.jpg", "imageData": PNG, "imageHeight": 80, "imageWidth": 100}
    return _json({"version": "5.2.1", "flags": {"night": True}, "shapes": shapes} | photo)


def photo_table() -> bytes:
    """A CSV of photos and categories."""
    return b"filename,category,split\na.jpg,no object,train\nb.jpg,scratch,valid\n1.jpg,,test\n"


def photos_tar() -> bytes:
    """Photos and labels in folders, with a long name and a link."""
    file = io.BytesIO()
    with tarfile.open(fileobj=file, mode="w", format=tarfile.PAX_FORMAT) as archive:
        for name, content in (("set/照片.jpg", base64.b64decode(PNG) * 20), (f"{'x' * 150}.json", coco())):
            entry = tarfile.TarInfo(name)
            entry.size = len(content)
            archive.addfile(entry, io.BytesIO(content))
        link = tarfile.TarInfo("link.jpg")
        link.type, link.linkname = tarfile.SYMTYPE, "/etc/passwd"
        archive.addfile(link)
    return file.getvalue()


def photos_tar_gz() -> bytes:
    """The same behind gzip."""
    return gzip.compress(photos_tar(), mtime=0)


def photos_zip() -> bytes:
    """Photos and labels in folders."""
    file = io.BytesIO()
    with zipfile.ZipFile(file, "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr("set/照片.jpg", base64.b64decode(PNG) * 20)
        archive.writestr("labels.json", coco())
        archive.writestr("b.jpg", b"x", compress_type=zipfile.ZIP_STORED)
    return file.getvalue()


FORMATS: dict[str, Callable[[], bytes]] = {
    "coco": coco,
    "via_project": via_project,
    "via_annotations": via_annotations,
    "via_1": via_1,
    "via_csv": via_csv,
    "via_3": via_3,
    "labelme": labelme,
    "photo_table": photo_table,
    "cvat": cvat,
    "voc": voc,
    "label_studio": label_studio,
    "label_studio_min": label_studio_min,
    "zip": photos_zip,
    "tar": photos_tar,
    "tar_gz": photos_tar_gz,
}
"""Good files, by the names of their formats."""
ARCHIVES = {"zip", "tar", "tar_gz"}


def mutated(name: str, seed: int) -> bytes:
    """A good file of this format, broken: entries replaced, removed or repeated, and bytes changed."""
    chance = random.Random(f"{name} {seed}")  # noqa: S311 - not a secret
    data = FORMATS[name]()
    if data.startswith(b"<"):
        data = break_xml(data, ODD, chance)
        if chance.random() < 0.7:
            return data
    elif data.startswith((b"{", b"[")):
        document = json.loads(data)
        for _ in range(chance.randint(0, 4)):
            _break(document, chance)
        data = _json(document)
        if chance.random() < 0.5:
            return data
    changed = bytearray(data)
    if name in ARCHIVES and chance.random() < 0.9:
        # Longer or shorter, no offset in it would be right any more.
        for _ in range(chance.randint(1, 8)):
            changed[chance.randrange(len(changed))] = chance.randrange(256)
        return bytes(changed)
    for _ in range(chance.randint(1, 8)):
        at = chance.randrange(len(changed) + 1)
        changed[at : at + chance.randint(0, 4)] = chance.choice(
            [
                b"",
                b"9",
                b"-",
                b"[",
                b"]",
                b"{",
                b"}",
                b'"',
                b"\\",
                b"null",
                b"1e999",
                b"\n",
                b",",
                b"\xb5\xdb",
            ]
            + [bytes([chance.randrange(256)])] * 4
        )
    return bytes(changed) or b" "


def check(name: str, data: bytes) -> bool:
    """Whether the file was taken (True) or refused. Raises AssertionError, or what an importer lets through."""
    if name in ARCHIVES:
        return _check_archive(data)
    suffix = {"via_csv": "csv", "photo_table": "csv", "cvat": "xml", "voc": "xml"}.get(name, "json")
    filename = f"set/labels.{suffix}"
    try:
        parsed = parse_annotations(data, filename)
        photos = list(embedded_images(data, filename))
    except FormatRejected:
        return False
    check_parsed(parsed)
    known = {image.file_name for image in parsed.images if image.embedded}
    assert all(photo in known for photo, _ in photos)  # noqa: S101
    answers = ReadOptions(crowd="crowd", empty="no_object", lines=3.0, annotator="1")
    answered = parse_annotations(data, filename, options=answers)
    check_parsed(answered)
    return True


def check_parsed(parsed: ParsedAnnotations) -> None:
    """That every annotation is accounted for and everything taken can be stored and drawn."""
    assert parsed.annotations_taken + parsed.annotations_skipped == parsed.annotations_in_file  # noqa: S101
    for image in parsed.images:
        assert image.file_name and "\0" not in image.file_name and image.file_name.encode()  # noqa: S101
        upright, turned = fit_to_image(image, 90, 80), fit_to_image(image, 90, 80, 7, Drawn.RAW)
        for shape in (*upright.shapes, *turned.shapes):
            x, y, width, height = shape.bbox
            assert min(x, y) >= 0 and x + width <= 90.001 and y + height <= 80.001  # noqa: S101
            assert 0 < len(shape.category) <= 100 and shape.category in {*parsed.categories, NO_CATEGORY}  # noqa: S101
            json.dumps([shape.segmentation, shape.bbox, shape.area], default=list, allow_nan=False).encode()
    match_images([image.file_name for image in parsed.images], ["a.jpg", "set/1.jpg"])


def _check_archive(data: bytes) -> bool:
    try:
        archive = open_archive(io.BytesIO(data), ArchiveLimits(harmless=10_000_000))
    except ArchiveRejected:
        return False
    with archive:
        for member in archive.members:
            assert member.name.encode() and ".." not in member.name.split("/")  # noqa: S101
            with suppress(ArchiveRejected):
                archive.read(member)
    return True


def _json(document: object) -> bytes:
    return json.dumps(document).encode()


def _break(document: Any, chance: random.Random) -> None:
    """Change one place of a JSON document, at any depth."""
    place = document
    while True:
        keys = list(place) if isinstance(place, dict) else list(range(len(place)))
        if not keys:
            return
        key = chance.choice(keys)
        inner = place[key]
        if not isinstance(inner, (dict, list)) or not inner or chance.random() < 0.25:
            break
        place = inner
    action = chance.random()
    if action < 0.6:
        place[key] = copy.deepcopy(chance.choice(ODD))
    elif action < 0.75:
        del place[key]
    elif isinstance(place, list):
        place.insert(chance.randrange(len(place) + 1), copy.deepcopy(place[chance.randrange(len(place))]))
    else:
        place[chance.choice(["x", "", "id", str(key) + " "])] = place.pop(key)
