"""Photos and COCO files as a browser sends them, and what the pages answer."""

import io
import json
from http import HTTPStatus
from typing import Any

from flask.testing import FlaskClient
from PIL import Image as PilImage
from sqlalchemy import select
from werkzeug.test import TestResponse

from tests.formats.images.photo_files import picture, saved
from webapp.core.extensions import db
from webapp.models import DetectionModel, Image

HTMX = {"HX-Request": "true"}
JSON = {"Accept": "application/json"}


def photo(shade: int = 0, width: int = 80, height: int = 60) -> bytes:
    """A photo; each shade gives another file."""
    image = picture(width, height)
    image.putpixel((0, 0), (shade % 256, shade // 256 % 256, 7))
    return saved(image, "PNG")


def coco(*names: str, shapes: int = 2, segmentation: Any = None) -> bytes:
    """A COCO file with these photos of 80 x 60 pixels, each with as many figs."""
    square = [[10, 10, 40, 10, 40, 40, 10, 40]]
    document = {
        "images": [
            {"id": n, "file_name": name, "width": 80, "height": 60} for n, name in enumerate(names, start=1)
        ],
        "annotations": [
            {
                "id": 100 * image + number,
                "image_id": image,
                "category_id": 1,
                "segmentation": segmentation or square,
                "bbox": [10, 10, 30, 30],
                "area": 900,
                "iscrowd": 0,
            }
            for image in range(1, len(names) + 1)
            for number in range(shapes)
        ],
        "categories": [{"id": 1, "name": "fig"}],
    }
    return json.dumps(document).encode()


def add_images(client: FlaskClient, model_id: int, files: dict[str, bytes], split: str = "train") -> Any:
    """What the drop zone is answered."""
    data = {"split": split, "files": [(io.BytesIO(data), name) for name, data in files.items()]}
    answer = client.post(f"/models/{model_id}/images", data=data, headers=JSON)
    assert answer.status_code == HTTPStatus.OK, answer.text
    return answer.get_json()


def import_coco(
    client: FlaskClient, model_id: int, document: bytes, name: str = "labels.json"
) -> TestResponse:
    """The page with the report, or with the refusal: the preview is confirmed as it is."""
    answer = preview_of(client, model_id, {name: document})
    if answer.status_code != HTTPStatus.SEE_OTHER:
        return answer
    return client.post(answer.location, follow_redirects=True)


def preview_of(
    client: FlaskClient, model_id: int, files: dict[str, bytes], split: str = "train"
) -> TestResponse:
    """The answer to a form with these files, which leads to the preview."""
    data = {"split": split, "files": [(io.BytesIO(content), name) for name, content in files.items()]}
    return client.post(f"/models/{model_id}/imports", data=data)


def annotated_images(client: FlaskClient, model_id: int, *names: str) -> list[int]:
    """Photos with two figs each; their ids."""
    added = add_images(client, model_id, {name: photo(n) for n, name in enumerate(names)})
    assert import_coco(client, model_id, coco(*names)).status_code == HTTPStatus.OK
    return [one["id"] for one in added["created"]]


def open_picture(data: bytes) -> PilImage.Image:
    """A picture that the server sent."""
    return PilImage.open(io.BytesIO(data))


def all_images(model: DetectionModel) -> list[Image]:
    """Every photo of a model, in the order in which they came."""
    return list(db.session.scalars(select(Image).where(Image.model_id == model.id).order_by(Image.id)))
