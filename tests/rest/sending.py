"""Requests and files as a script sends them."""

import io
import json
import struct
from typing import Any

from flask.testing import FlaskClient
from PIL import Image
from werkzeug.datastructures import MultiDict
from werkzeug.test import TestResponse

from webapp.contracts.training_parameters import Architecture
from webapp.formats.weights_metadata import METADATA_KEY, WeightsMetadata
from webapp.training.weights.expected import EXPECTED

File = tuple[io.BytesIO, str]


def png(width: int = 40, height: int = 30, shade: int = 0) -> bytes:
    """A photo; another shade gives other bytes."""
    buffer = io.BytesIO()
    Image.new("RGB", (width, height), (shade % 256, shade // 256, 7)).save(buffer, "PNG")
    return buffer.getvalue()


def photo_file(name: str, content: bytes) -> File:
    """A file of a form; new for each request, as a request closes it."""
    return io.BytesIO(content), name


def form(**fields: Any) -> MultiDict[str, Any]:
    """A multipart form in which a list becomes several fields of one name."""
    pairs = [
        (name, one)
        for name, value in fields.items()
        for one in (value if isinstance(value, list) else [value])
    ]
    return MultiDict(pairs)


def add_images(api: FlaskClient, model: dict[str, Any], *files: File, split: str = "train") -> dict[str, Any]:
    """The answer to an upload."""
    answer = api.post(f"/api/v1/models/{model['id']}/images?split={split}", data=form(files=list(files)))
    assert answer.status_code == 201, answer.text
    return answer.get_json()


def coco(names: list[str], category: str = "nut") -> File:
    """A COCO file with one triangle on each of these photos of 40 x 30 pixels."""
    document = {
        "images": [
            {"id": n, "file_name": name, "width": 40, "height": 30} for n, name in enumerate(names, 1)
        ],
        "annotations": [
            {
                "id": n,
                "image_id": n,
                "category_id": 1,
                "segmentation": [[5, 5, 25, 5, 25, 20]],
                "bbox": [5, 5, 20, 15],
                "area": 150,
                "iscrowd": 0,
            }
            for n, _name in enumerate(names, 1)
        ],
        "categories": [{"id": 1, "name": category}],
    }
    return io.BytesIO(json.dumps(document).encode()), "labels.json"


def safetensors(
    categories: list[str],
    architecture: str = "efficientnet_lite0_fpn",
    outputs: int | None = None,
    metadata: bool = True,
) -> bytes:
    """A small file with the tensors that tell an architecture, as 8-bit numbers; ``outputs`` as the header
    of a file for that many categories would have them."""
    count = len(categories) if outputs is None else outputs
    sizes = {"C": count, "C+1": count + 1, "4C": 4 * count}
    header: dict[str, Any] = {}
    if metadata:
        own = WeightsMetadata(architecture=architecture, categories=categories)
        header["__metadata__"] = {METADATA_KEY: own.to_json()}
    end = 0
    expected = EXPECTED.get(architecture, EXPECTED[Architecture.EFFICIENTNET_LITE0_FPN])  # type: ignore[call-overload]
    for name, symbols in expected.items():
        shape = [sizes[part] if isinstance(part, str) else part for part in symbols]
        length = 1
        for side in shape:
            length *= side
        header[name] = {"dtype": "U8", "shape": shape, "data_offsets": [end, end + length]}
        end += length
    encoded = json.dumps(header).encode()
    return struct.pack("<Q", len(encoded)) + encoded + bytes(end)


def assert_problem(answer: TestResponse, status: int, code: str | None = None) -> dict[str, Any]:
    """The answer is an RFC 9457 problem; its body."""
    assert answer.status_code == status, answer.text
    assert answer.mimetype == "application/problem+json"
    body = json.loads(answer.text)
    assert body["status"] == status
    assert body["detail"].strip()
    assert code is None or body["code"] == code, body
    return body


def walk(api: FlaskClient, address: str, cursor: str | None = None) -> list[dict[str, Any]]:
    """The items of all pages, or of those from ``cursor`` on."""
    items: list[dict[str, Any]] = []
    mark = "&" if "?" in address else "?"
    while True:
        page = api.get(address + (f"{mark}cursor={cursor}" if cursor else "")).get_json()
        items += page["items"]
        assert page["next_cursor"] != cursor or cursor is None, "the list does not move on"
        cursor = page["next_cursor"]
        if cursor is None:
            return items
        assert page["items"], "an empty page before the end"
