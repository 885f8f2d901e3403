"""Small files of VIA and labelme to break in one place."""

import csv
import io
import json
from typing import Any

SQUARE_X, SQUARE_Y = [10, 30, 30, 10], [10, 10, 30, 30]
POLYGON = {"name": "polygon", "all_points_x": SQUARE_X, "all_points_y": SQUARE_Y}
CSV_HEADER = (
    "filename,file_size,file_attributes,region_count,region_id,region_shape_attributes,region_attributes"
)


def region(shape: Any = None, **attributes: Any) -> dict[str, Any]:
    """A region of VIA; a square, unless another shape is given."""
    return {"shape_attributes": shape or dict(POLYGON), "region_attributes": attributes}


def via_photo(*regions: Any, name: str = "a.jpg", **changes: Any) -> dict[str, Any]:
    """A photo of VIA 2."""
    return {"filename": name, "size": 123, "regions": list(regions), "file_attributes": {}} | changes


def via_annotations(*photos: Any) -> bytes:
    """What VIA 2 exports as annotations."""
    return json.dumps({f"{photo['filename']}{photo['size']}": photo for photo in photos}).encode()


def via_project(*photos: Any, attributes: Any = None, label: str = "__via_region_id__") -> bytes:
    """What VIA 2 saves as a project."""
    return json.dumps(
        {
            "_via_settings": {"ui": {"image": {"region_label": label}}, "project": {"name": "parts"}},
            "_via_img_metadata": {f"{photo['filename']}{photo['size']}": photo for photo in photos},
            "_via_attributes": {"region": attributes or {}, "file": {}},
            "_via_data_format_version": "2.0.10",
            "_via_image_id_list": [f"{photo['filename']}{photo['size']}" for photo in photos],
        }
    ).encode()


def via_1(*regions: Any, name: str = "a.jpg") -> bytes:
    """What VIA 1 and makesense.ai write."""
    photo = {
        "fileref": "",
        "size": 123,
        "filename": name,
        "base64_img_data": "",
        "file_attributes": {},
        "regions": {str(index): each for index, each in enumerate(regions)},
    }
    return json.dumps({f"{name}123": photo}).encode()


def via_csv(*rows: tuple[str, Any, Any], header: str = CSV_HEADER) -> bytes:
    """What VIA exports as CSV; rows of (file name, shape, attributes), JSON or text as it is."""
    text = io.StringIO()
    writer = csv.writer(text)
    for name, shape, attributes in rows:
        cells = [cell if isinstance(cell, str) else json.dumps(cell) for cell in (shape, attributes)]
        writer.writerow([name, 123, "{}", len(rows), 0, *cells])
    return f"{header}\n{text.getvalue()}".encode()


def labelme_shape(
    label: Any = "date", kind: Any = "polygon", points: Any = None, **more: Any
) -> dict[str, Any]:
    """One shape of labelme; a square, unless other points are given."""
    square = [[10, 10], [30, 10], [30, 30], [10, 30]]
    return {
        "label": label,
        "points": square if points is None else points,
        "group_id": None,
        "shape_type": kind,
        "flags": {},
    } | more


def labelme(*shapes: Any, **changes: Any) -> bytes:
    """A file of labelme about a photo of 100 x 80 pixels."""
    document = {
        "version": "5.2.1",
        "flags": {},
        "shapes": list(shapes),
        "imagePath": "a.jpg",
        "imageData": None,
        "imageHeight": 80,
        "imageWidth": 100,
    }
    return json.dumps(document | changes).encode()
