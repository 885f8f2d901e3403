"""A photo that the disk has lost: named where it is missed, and mended by adding it again."""

import io
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from flask.testing import FlaskClient

from bench.fuzz_photos.photo_kinds import KINDS
from tests.builders.library import photo
from tests.rest.sending import add_images, photo_file
from webapp.core import storage
from webapp.core.extensions import db
from webapp.exchange.imports import single_request
from webapp.images import intake, thumbnails
from webapp.images.intake import Upload
from webapp.models import DetectionModel, Image, ImageFile, Split
from webapp.projects import detection_models


def path_of(sha256: str) -> Path:
    file = db.session.get_one(ImageFile, sha256, populate_existing=True)
    return storage.image_path(file.sha256, file.suffix)


def lost(path: Path) -> None:
    path.unlink()


def cut_off(path: Path) -> None:
    path.write_bytes(path.read_bytes()[:-10])


def emptied(path: Path) -> None:
    path.write_bytes(b"")


def overwritten(path: Path) -> None:
    path.write_bytes(bytes(path.stat().st_size))


def flipped(path: Path) -> None:
    """One byte, where the picture can still be decoded."""
    data = bytearray(path.read_bytes())
    data[-20] ^= 0x55
    path.write_bytes(data)


DAMAGES = (lost, cut_off, emptied, overwritten, flipped)


@pytest.mark.parametrize("damage", DAMAGES)
@pytest.mark.parametrize("kind", ["jpeg_turned", "jpeg", "tiff"])
def test_the_same_photo_again_mends_it(
    api: FlaskClient, model: dict[str, Any], damage: Callable[[Path], None], kind: str
) -> None:
    content = KINDS[kind]()
    [added] = add_images(api, model, photo_file("part 7", content))["created"]
    path = path_of(added["sha256"])
    whole = path.read_bytes()
    damage(path)
    answer = add_images(api, model, photo_file("part 7", content))
    assert (len(answer["created"]), answer["duplicates"][0]["image_id"]) == (0, added["id"])
    assert [(remark["filename"], remark["code"]) for remark in answer["remarks"]] == [
        ("part 7", "photo_mended")
    ]
    assert path_of(added["sha256"]).read_bytes() == whole
    assert api.get(added["thumbnail_url"]).status_code == 200
    assert add_images(api, model, photo_file("part 7", content))["remarks"] == []


def test_a_browser_sends_a_damaged_photo_again(api: FlaskClient, model: dict[str, Any]) -> None:
    """It asks first which photos are there, by their hash."""
    contents = {"a.png": photo(1), "b.png": photo(2), "c.png": photo(3)}
    added = add_images(api, model, *[photo_file(*file) for file in contents.items()])["created"]
    flipped(path_of(added[0]["sha256"]))
    lost(path_of(added[1]["sha256"]))
    found = intake.known_photos(
        db.session.get_one(DetectionModel, model["id"]), [image["sha256"] for image in added]
    )
    assert [image.filename for image in found] == ["c.png"]


def test_a_photo_of_an_earlier_version_is_kept_as_it_was_stored_unless_it_is_damaged(
    api: FlaskClient, model: dict[str, Any]
) -> None:
    """It has no checksum, and other bytes than are stored for the same photo now."""
    [added] = add_images(api, model, photo_file("a.png", photo(4)))["created"]
    file = db.session.get_one(ImageFile, added["sha256"])
    other = photo(5)
    file.checksum, file.size = None, len(other)
    db.session.commit()
    path = path_of(added["sha256"])
    path.write_bytes(other)
    assert add_images(api, model, photo_file("a.png", photo(4)))["remarks"] == []
    assert path.read_bytes() == other
    path.write_bytes(bytes(len(other)))
    [remark] = add_images(api, model, photo_file("a.png", photo(4)))["remarks"]
    assert remark["code"] == "photo_mended"
    file = db.session.get_one(ImageFile, added["sha256"], populate_existing=True)
    assert (path.stat().st_size, file.checksum is not None) == (file.size, True)


def test_an_import_and_another_model_mend_it_too(api: FlaskClient, model: dict[str, Any]) -> None:
    content = photo(6)
    [added] = add_images(api, model, photo_file("a.png", content))["created"]
    path = path_of(added["sha256"])
    whole = path.read_bytes()
    own = db.session.get_one(DetectionModel, model["id"])
    overwritten(path)
    single_request.import_annotations(own, Split.TRAIN, [], [Upload("a.png", io.BytesIO(content))], None)
    assert path.read_bytes() == whole
    overwritten(path)
    other = detection_models.create_model("Another", "", None)
    intake.add_images(other, Split.TRAIN, [Upload("a.png", io.BytesIO(content))])
    assert path.read_bytes() == whole


def test_a_damaged_photo_is_named_and_not_its_hash(api: FlaskClient, model: dict[str, Any]) -> None:
    [added] = add_images(api, model, photo_file("零件 7.png", photo(7)))["created"]
    # Written later, it would be that of the whole photo.
    thumbnails.finish()
    image = db.session.get_one(Image, added["id"])
    for damage in (overwritten, lost):
        damage(path_of(added["sha256"]))
        storage.thumbnail_path(image.sha256).unlink(missing_ok=True)
        answer = api.get(added["thumbnail_url"])
        assert (answer.status_code, answer.get_json()["code"]) == (404, "photo_missing")
        assert "零件 7.png" in answer.get_json()["detail"]
        assert added["sha256"][:8] not in answer.text
