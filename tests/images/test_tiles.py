"""Large photos are cut into tiles: together they are the photo; whoever may see the photo sees them."""

import io
import os
from collections.abc import Iterator
from http import HTTPStatus
from pathlib import Path

import numpy as np
import pytest
from flask.testing import FlaskClient
from PIL import Image as Picture

from tests.builders.runs import sign_in
from webapp.core import storage
from webapp.core.extensions import db
from webapp.images import intake, stored_files, tiles
from webapp.images.intake import Upload
from webapp.models import DetectionModel, Image, Role, Split, User
from webapp.projects import detection_models

WIDTH, HEIGHT = 1500, 1100


@pytest.fixture(autouse=True)
def every_photo_is_large(monkeypatch: pytest.MonkeyPatch) -> None:
    """Or each test would decode 24 megapixels."""
    monkeypatch.setattr(tiles, "LARGE_PIXELS", 10_000)
    monkeypatch.setattr(tiles, "OVERVIEW_SIDE", 800)


@pytest.fixture
def model(administrator: User) -> DetectionModel:
    return detection_models.create_model("Castings", "", administrator)


@pytest.fixture
def image(model: DetectionModel) -> Iterator[Image]:
    across = np.linspace(0, 255, WIDTH)[None, :].repeat(HEIGHT, 0)
    down = np.linspace(0, 255, HEIGHT)[:, None].repeat(WIDTH, 1)
    pixels = np.stack([across, down, 255 - across], axis=2).astype(np.uint8)
    buffer = io.BytesIO()
    Picture.fromarray(pixels).save(buffer, "JPEG", quality=95)
    made = intake.add_images(model, Split.TRAIN, [Upload("a.jpg", buffer)]).created[0]
    sha256 = made.sha256
    yield made
    tiles.remove_of(sha256)


def folder_of(image: Image) -> Path:
    return storage.data_dir() / "tiles" / image.sha256[:2] / f"{image.sha256}.8"


def address(image: Image, level: int, name: str, key: str = "8") -> str:
    return f"/photos/{image.sha256}/tiles/{key}/{level}/{name}.jpg"


def test_the_levels_double_until_they_are_the_photo() -> None:
    assert [(level.width, level.height) for level in tiles.levels(12_000, 9_001)] == [
        (375, 282), (750, 563), (1500, 1126), (3000, 2251), (6000, 4501), (12_000, 9_001)]  # fmt: skip


def test_put_together_the_tiles_are_the_photo(image: Image) -> None:
    tiles.cut(image.file, "8")
    whole = np.asarray(Picture.open(storage.image_path(image.sha256, image.file.suffix)).convert("RGB"))
    for level in tiles.levels(WIDTH, HEIGHT):
        picture = np.zeros((level.height, level.width, 3), np.uint8)
        for name, (left, top, right, lower) in level.boxes():
            tile = Picture.open(folder_of(image) / str(level.number) / name)
            assert tile.size == (right - left, lower - top)
            picture[top:lower, left:right] = np.asarray(tile)
        smaller = Picture.fromarray(whole).resize((level.width, level.height), Picture.Resampling.BOX)
        assert np.abs(picture.astype(int) - np.asarray(smaller)).mean() < 2


def test_the_overview_comes_at_once_and_the_rest_when_the_worker_has_cut_it(
    client: FlaskClient, image: Image
) -> None:
    first = client.get(address(image, 0, "0_0"))
    assert first.status_code == HTTPStatus.OK and first.mimetype == "image/jpeg"
    assert "immutable" in first.headers["Cache-Control"]
    waiting = client.get(address(image, 2, "1_1"))
    assert waiting.status_code == HTTPStatus.SERVICE_UNAVAILABLE and waiting.headers["Retry-After"]
    tiles.cut(image.file, "8")
    assert client.get(address(image, 2, "1_1")).status_code == HTTPStatus.OK


def test_a_tile_that_a_power_cut_left_empty_is_made_again(client: FlaskClient, image: Image) -> None:
    client.get(address(image, 0, "0_0"))
    tile = folder_of(image) / "0" / "0_0.jpg"
    tile.write_bytes(b"")
    assert client.get(address(image, 0, "0_0")).data
    assert tile.stat().st_size


def test_what_the_pyramid_has_not_is_not_there(client: FlaskClient, image: Image) -> None:
    for wrong in ((9, "0_0", "8"), (2, "3_0", "8"), (2, "0_3", "8"), (0, "0_0", "0_4095"), (0, "0_0", "x")):
        assert client.get(address(image, *wrong)).status_code == HTTPStatus.NOT_FOUND
    assert not folder_of(image).exists()


def test_who_may_not_see_the_photo_sees_no_tile(
    client: FlaskClient, image: Image, model: DetectionModel
) -> None:
    model.closed = True
    db.session.commit()
    sign_in(client, Role.ANNOTATOR)
    assert client.get(address(image, 0, "0_0")).status_code == HTTPStatus.NOT_FOUND


def test_they_go_with_the_photo_and_when_nobody_opens_it(
    image: Image, monkeypatch: pytest.MonkeyPatch
) -> None:
    tiles.cut(image.file, "8", 800)
    tiles.remove_unused()
    assert folder_of(image).is_dir()
    os.utime(folder_of(image) / "0", (0, 0))
    tiles.remove_unused()
    assert not folder_of(image).exists()
    tiles.cut(image.file, "8", 800)
    sha256, folder = image.sha256, folder_of(image)
    db.session.delete(image)
    image.file.created_at -= 2 * stored_files.GRACE
    db.session.commit()
    assert stored_files.free_files([sha256]) == 1
    assert not folder.exists()


def test_the_annotator_is_told_where_they_are(
    client: FlaskClient, image: Image, model: DetectionModel
) -> None:
    page = client.get(f"/models/{model.id}/annotate?photo={image.id}").text
    assert f'"folder": "/photos/{image.sha256}/tiles/8"' in page
    assert '"maxLevel": 2' in page
