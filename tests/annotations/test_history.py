"""Every save of a photo's labels counts a version, holds the row and keeps what was before."""

from typing import Any

import pytest
from flask_openapi3 import OpenAPI

from tests.images.seeded import add_photo
from webapp.annotations import categories
from webapp.annotations import history as annotation_history
from webapp.annotations import queries as annotation_queries
from webapp.annotations import store as annotation_store
from webapp.annotations.shape_checks import NewShape
from webapp.annotations.store import ImageAnnotations
from webapp.core.errors import UserError
from webapp.core.extensions import db
from webapp.formats.annotations.parsed import ParsedShape
from webapp.formats.coco.shape import make_shape
from webapp.images import trash as image_trash
from webapp.models import DetectionModel, Image, LabelSource, LabelVersion, Review, User
from webapp.projects import detection_models

TRIANGLE = [[1.25, 2, 30, 2, 30, 20.5]]


@pytest.fixture
def model(clean_app: OpenAPI, administrator: User) -> DetectionModel:
    return detection_models.create_model("Screw", "", administrator)


@pytest.fixture
def photo(model: DetectionModel) -> Image:
    image = add_photo(model, "a.jpg")
    db.session.commit()
    return image


def save(image: Image, count: int, user: User, source: LabelSource = LabelSource.EDITOR) -> None:
    shapes = [NewShape("nut", TRIANGLE, None) for _ in range(count)]
    annotation_store.replace(image, shapes, False, image.annotations_version, source=source, user=user)


def history(image: Image) -> list[tuple[int, str, int]]:
    return [(v.version, v.source.value, v.shapes) for v in annotation_history.versions_of(image)]


def shape(category: str = "nut") -> ParsedShape:
    return make_shape(category, TRIANGLE)


def test_saves_of_one_sitting_are_one_version_until_something_is_deleted(
    photo: Image, administrator: User
) -> None:
    for count in (1, 2, 3):
        save(photo, count, administrator)
    assert history(photo) == [(3, "editor", 3)]
    save(photo, 1, administrator)
    assert history(photo) == [(4, "editor", 1), (3, "editor", 3)]
    kept = annotation_history.version_of(photo, 3).document
    assert kept is not None
    assert [(row["category"], row["segmentation"]) for row in kept] == [("nut", TRIANGLE)] * 3


def test_saves_of_others_are_versions_of_their_own(photo: Image, administrator: User) -> None:
    save(photo, 1, administrator)
    save(photo, 2, administrator, LabelSource.VIA)
    save(photo, 2, administrator)
    assert [(source, count) for _, source, count in history(photo)] == [
        ("editor", 2),
        ("via", 2),
        ("editor", 1),
    ]


def test_labels_from_before_the_history_are_kept_too(
    model: DetectionModel, photo: Image, administrator: User
) -> None:
    save(photo, 2, administrator)
    db.session.execute(db.delete(LabelVersion))
    db.session.commit()
    save(photo, 3, administrator)
    assert history(photo) == [(2, "editor", 3), (1, "earlier", 2)]


def test_the_oldest_go(photo: Image, administrator: User, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(annotation_history, "KEPT", 3)
    for _ in range(5):
        save(photo, 1, administrator, LabelSource.API)
    assert [version for version, _source, _count in history(photo)] == [5, 4, 3]


def test_many_photos_are_written_together(model: DetectionModel, administrator: User) -> None:
    photos = [add_photo(model, f"{number}.jpg") for number in range(4)]
    db.session.commit()
    save(photos[0], 2, administrator)
    first, second, third, gone = [image.id for image in photos]
    db.session.delete(photos[3])
    db.session.commit()
    written: list[Any] = [
        ImageAnnotations(first, [shape("bolt")], keep_existing=True),
        ImageAnnotations(second, [shape(), shape()]),
        ImageAnnotations(third, [], no_object=True),
        ImageAnnotations(gone, [shape()]),
    ]
    annotation_store.write(model, written, source=LabelSource.IMPORT, user=administrator)
    db.session.commit()
    db.session.expire_all()
    ids = {category.name: category.id for category in categories.list_categories(model)}
    states = [
        (
            i.labelled,
            i.no_object,
            i.annotations_version,
            i.category_ids,
            len(annotation_queries.annotations_of(i)),
        )
        for i in photos[:3]
    ]
    assert states == [
        (True, False, 2, sorted(ids.values()), 3),
        (True, False, 1, [ids["nut"]], 2),
        (True, True, 1, [], 0),
    ]
    assert history(photos[0]) == [(2, "import", 3), (1, "editor", 2)]
    assert history(photos[1]) == [(1, "import", 2)]


def test_a_stale_version_is_refused_and_writes_nothing(photo: Image, administrator: User) -> None:
    save(photo, 1, administrator)
    with pytest.raises(UserError) as refused:
        annotation_store.replace(photo, [], False, 0, source=LabelSource.EDITOR, user=administrator)
    assert refused.value.status == 412
    assert len(annotation_queries.annotations_of(photo)) == 1


def test_a_change_takes_the_mark_reviewed_back_but_a_rejection_stays(
    photo: Image, administrator: User
) -> None:
    for before, after in ((Review.REVIEWED, Review.OPEN), (Review.REJECTED, Review.REJECTED)):
        photo.review = before
        db.session.commit()
        save(photo, 1, administrator)
        assert photo.review is after


def test_a_photo_from_the_trash_has_its_history_and_an_emptied_trash_has_none(
    model: DetectionModel, photo: Image, administrator: User
) -> None:
    save(photo, 2, administrator)
    save(photo, 1, administrator)
    image_trash.delete_images(model, Image.id == photo.id, administrator)
    assert db.session.scalar(db.select(db.func.count()).select_from(LabelVersion)) == 2
    image_trash.delete_for_good(model, db.true())
    assert db.session.scalar(db.select(db.func.count()).select_from(LabelVersion)) == 0
