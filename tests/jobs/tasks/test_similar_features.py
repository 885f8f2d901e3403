"""Photos of which one is a part of the other, or for which the camera moved, are found by features of a network."""

import pytest
from flask_openapi3 import OpenAPI
from PIL import Image as Picture
from rq import Queue
from sqlalchemy import select

from jobs.tasks.similar import features as similar_features
from tests.images import alike
from webapp.core import queues
from webapp.core.extensions import db
from webapp.images import intake as image_intake
from webapp.images.similar import features, groups, near_duplicates
from webapp.models import DetectionModel, ImageFeatures, NearDuplicate, PairReason, Split, User
from webapp.projects import detection_models


@pytest.fixture
def model(clean_app: OpenAPI, administrator: User, monkeypatch: pytest.MonkeyPatch) -> DetectionModel:
    monkeypatch.setattr(similar_features, "application", lambda: clean_app)
    return detection_models.create_model("Screws", "", administrator)


def compare(model: DetectionModel) -> list[list[int]]:
    """What the predict worker and the io worker do until nothing waits; the groups then."""
    model_id = model.id
    similar_features.compute(model_id)
    while near_duplicates.compare_some(model_id):
        pass
    db.session.expire_all()
    return groups.ids_of(db.session.get_one(DetectionModel, model_id))


def cut(picture: Picture.Image) -> Picture.Image:
    """80 % of its sides, from a corner."""
    width, height = picture.size
    return picture.crop((0, 0, width * 4 // 5, height * 4 // 5))


def moved(picture: Picture.Image) -> Picture.Image:
    """As a camera sees it that moved by 5 %."""
    width, height = picture.size
    other = alike.scene(99)
    other.paste(picture, (width // 20, -(height // 20)))
    return other


@pytest.mark.parametrize("change", [cut, moved])
def test_a_part_and_a_moved_camera_are_found(model: DetectionModel, change: object) -> None:
    others = [alike.add(model, alike.scene(seed)).id for seed in range(8)]
    twin = alike.add(model, change(alike.scene(3)), Split.TEST).id  # type: ignore[operator]
    assert compare(model) == [[others[3], twin]]
    if change is cut:
        assert db.session.scalars(select(NearDuplicate.reasons)).one() == ["part"]


def test_without_that_source_no_features_are_computed(model: DetectionModel) -> None:
    alike.add(model, alike.scene(1))
    assert features.is_waiting(model)
    groups.switch(model, [PairReason.PART])
    assert not features.is_waiting(model)
    features.request(model)
    assert not Queue(queues.PREDICT, connection=similar_features.application().extensions["redis"]).jobs


def test_a_comparison_asks_for_features_once(model: DetectionModel, clean_app: OpenAPI) -> None:
    alike.add(model, alike.scene(1))
    near_duplicates.compare_some(model.id)
    features.request_missing()
    jobs = Queue(queues.PREDICT, connection=clean_app.extensions["redis"]).jobs
    assert [(job.func_name, job.args) for job in jobs] == [(features.JOB, (model.id,))]
    similar_features.compute(model.id)
    assert not features.is_waiting(model)


def test_a_photo_that_cannot_be_read_has_no_features_and_does_not_stop_the_others(
    model: DetectionModel,
) -> None:
    broken = alike.add(model, alike.scene(77))
    image_intake.file_path(broken.file).write_bytes(b"no picture")
    whole = alike.add(model, alike.scene(2))
    compare(model)
    rows = db.session.execute(select(ImageFeatures.sha256, ImageFeatures.vectors))
    stored = {sha256: vectors for sha256, vectors in rows}
    assert stored[broken.sha256] == b""
    assert len(stored[whole.sha256]) == 6 * 160
