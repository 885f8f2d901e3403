"""A photo that its EXIF turns is upright for everybody, and nothing in it tells where it was taken."""

import gzip
import io
import json

import pytest
from flask.testing import FlaskClient
from flask_openapi3 import OpenAPI
from PIL import Image as Picture
from sqlalchemy import select

from tests.builders import library
from tests.formats.images.photo_files import exif, picture, saved
from webapp.core import storage
from webapp.core.extensions import db
from webapp.images import intake as image_intake
from webapp.images.intake import Upload
from webapp.models import DetectionModel, Image, ImageFile, Split, User
from webapp.prediction import uploads as prediction_uploads
from webapp.projects import detection_models
from webapp.training import dataset_versions

TURNED = saved(picture(80, 60), "JPEG", exif=exif(6))
"""80 x 60 in the file, 60 x 80 as the photographer saw it, red at the top right then."""


@pytest.fixture
def model(clean_app: OpenAPI, administrator: User) -> DetectionModel:
    return detection_models.create_model("Screws", "", administrator)


def is_upright(data: bytes) -> bool:
    with Picture.open(io.BytesIO(data)) as shown:
        red, blue, _green = shown.convert("RGB").getpixel((shown.width * 4 // 5, shown.height // 10))
        return shown.height > shown.width and red > 200 and blue < 90 and not shown.getexif()


def test_in_the_gallery_in_training_and_in_prediction(client: FlaskClient, model: DetectionModel) -> None:
    library.add_images(client, model.id, {"turned.jpg": TURNED})
    image = db.session.scalars(select(Image)).one()
    assert (image.width, image.height) == (60, 80)
    assert is_upright(client.get(f"/photos/{image.sha256}").data)
    assert is_upright(client.get(f"/photos/{image.sha256}/thumbnail").data)
    assert 'viewBox="0 0 60 80"' in client.get(f"/models/{model.id}/images/{image.id}").text
    stored = storage.image_path(image.sha256, image.file.suffix).read_bytes()
    assert is_upright(stored)
    assert b"SECRETCAMERA" not in stored and b"Exif" not in stored

    assert library.import_coco(client, model.id, library.coco("turned.jpg")).status_code == 200
    document = gzip.decompress(dataset_versions.freeze(model, set(Split)).document)
    assert [(photo["width"], photo["height"]) for photo in json.loads(document)["images"]] == [(60, 80)]


def test_in_a_prediction(client: FlaskClient, model: DetectionModel, administrator: User) -> None:
    batch = prediction_uploads.new_batch()
    prediction_uploads.add(model, administrator, batch, Upload("turned.jpg", io.BytesIO(TURNED)))
    file = db.session.scalars(select(ImageFile)).one()
    assert (file.width, file.height) == (60, 80)
    assert is_upright(storage.image_path(file.sha256, file.suffix).read_bytes())


@pytest.mark.parametrize(
    ("sent", "kept"),
    [
        ("../../etc/passwd.png", "passwd.png"),
        ("C:\\parts\\a.png", "a.png"),
        ("a\0b.png", "ab.png"),
        ("螺絲🔩.png", "螺絲🔩.png"),
        ("n" * 5000 + ".png", "n" * 196 + ".png"),
        ("...", "photo"),
    ],
)
def test_a_name_that_means_harm_is_a_name(model: DetectionModel, sent: str, kept: str) -> None:
    added = image_intake.add_images(model, Split.TRAIN, [Upload(sent, io.BytesIO(library.photo(1)))])
    assert [image.filename for image in added.created] == [kept]
