"""What weights suggest: kept, accepted on many photos, refused; and the order of what to teach first."""

import numpy as np
import pytest
from flask.testing import FlaskClient
from flask_openapi3 import OpenAPI
from sqlalchemy import select

from jobs.tasks import run_job
from jobs.tasks.library import carry_out_run
from tests.builders import library
from tests.suggestions.suggested import found_object, mask, suggest
from webapp.annotations import queries as annotation_queries
from webapp.annotations import store as annotation_store
from webapp.contracts.score_thresholds import Thresholds
from webapp.core.errors import UserError
from webapp.core.extensions import db
from webapp.formats.masks.outline_operations import iou
from webapp.formats.masks.rle import encode_mask
from webapp.images.browsing import paging as image_paging
from webapp.images.browsing.positions import Position
from webapp.images.browsing.queries import ImageQuery, Sort
from webapp.models import (
    Annotation,
    DetectionModel,
    Image,
    LabelSource,
    LabelVersion,
    RunStatus,
    Split,
    Suggestion,
    Uncertainty,
    User,
)
from webapp.projects import detection_models
from webapp.suggestions import acceptance
from webapp.suggestions import drafts as suggestion_drafts
from webapp.suggestions import runs as suggestion_runs


@pytest.fixture
def model(administrator: User) -> DetectionModel:
    return detection_models.create_model("Screw", "", administrator)


@pytest.fixture(autouse=True)
def jobs_in_this_app(clean_app: OpenAPI, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(run_job, "application", lambda: clean_app)


@pytest.fixture
def photos(client: FlaskClient, model: DetectionModel) -> list[Image]:
    library.add_images(client, model.id, {f"{n}.png": library.photo(n) for n in range(4)})
    return list(db.session.scalars(select(Image).order_by(Image.id)))


def shapes_of(image: Image) -> list[Annotation]:
    return annotation_queries.annotations_of(image)


@pytest.mark.parametrize(
    ("scores", "value"),
    [([], 1.0), ([0.99], 0.02), ([0.5], 1.0), ([0.99, 0.6], 0.8), ([0.98, 0.1], 0.2)],
)
def test_the_least_sure_object_decides_how_unsure_a_photo_is(scores: list[float], value: float) -> None:
    assert suggestion_drafts.uncertainty_of(scores) == pytest.approx(value)


def test_a_new_look_takes_the_place_of_the_old_one(photos: list[Image]) -> None:
    suggest(photos[0], 0.9, 0.8)
    suggest(photos[0], 0.7)
    assert [one.score for one in suggestion_drafts.of_image(photos[0])] == [0.7]
    assert db.session.get_one(Uncertainty, photos[0].id).value == pytest.approx(0.6)


def test_doubts_count_for_the_order_and_are_not_suggested(photos: list[Image]) -> None:
    suggest(photos[0], 0.9, 0.1)
    assert [one.score for one in suggestion_drafts.of_image(photos[0])] == [0.9]
    assert db.session.get_one(Uncertainty, photos[0].id).value == pytest.approx(0.2)


def test_what_reaches_the_threshold_of_its_category_is_suggested_however_low_its_score(
    photos: list[Image],
) -> None:
    found = [found_object(name, 0.2, mask(photos[0], left, 5)) for name, left in (("fig", 2), ("date", 40))]
    thresholds = Thresholds(0.5, {"fig": 0.15})
    suggestion_drafts.keep(photos[0].id, found, thresholds, model_id=photos[0].model_id)
    assert [one.category for one in suggestion_drafts.of_image(photos[0])] == ["fig"]


def test_a_suggestion_is_a_polygon_at_its_place(photos: list[Image]) -> None:
    suggestion_drafts.keep(
        photos[0].id,
        [found_object("fig", 0.9, mask(photos[0], 30, 20))],
        Thresholds(),
        model_id=photos[0].model_id,
    )
    (one,) = suggestion_drafts.of_image(photos[0])
    x, y, width, height = one.bbox
    assert (x, y) == pytest.approx((30, 20), abs=0.5)
    assert (width, height) == pytest.approx((20, 20), abs=1)


def test_an_empty_mask_is_left_out(photos: list[Image]) -> None:
    empty = encode_mask(np.zeros((60, 80), np.uint8))
    found = [found_object("fig", 0.9, empty)]
    assert suggestion_drafts.keep(photos[0].id, found, Thresholds(), model_id=photos[0].model_id) == 0


def test_a_photo_that_is_gone_is_left_out(photos: list[Image]) -> None:
    found = [found_object("fig", 0.9, mask(photos[0], 5, 5))]
    assert suggestion_drafts.keep(10**6, found, Thresholds(), model_id=photos[0].model_id) == 0


def test_many_are_accepted_by_a_run_and_marked_as_suggested(
    photos: list[Image], model: DetectionModel, administrator: User
) -> None:
    suggest(photos[0], 0.9, 0.4)
    suggest(photos[1], 0.8)
    suggest(photos[2], 0.3)
    run = suggestion_runs.accept_all(model, administrator, Split.TRAIN, 0.5)
    carry_out_run(run.id)
    db.session.refresh(run)
    assert run.status is RunStatus.COMPLETED, run.error
    assert (run.result["photos"], run.result["shapes"]) == (2, 2)
    for image in photos:
        db.session.refresh(image)
    assert [image.labelled for image in photos] == [True, True, False, False]
    (shape,) = shapes_of(photos[0])
    assert shape.suggested
    assert shape.category.name == "fig"
    version = db.session.scalars(select(LabelVersion).where(LabelVersion.image_id == photos[0].id)).all()[-1]
    assert (version.source, version.user_id) == (LabelSource.SUGGESTION, administrator.id)
    assert [one.score for one in suggestion_drafts.of_image(photos[0])] == [0.4], (
        "what was not accepted still waits"
    )


def test_an_object_that_was_found_as_two_categories_is_accepted_once(
    photos: list[Image], model: DetectionModel, administrator: User
) -> None:
    found = [
        found_object(name, score, mask(photos[0], left, 5))
        for name, score, left in (("fig", 0.9, 5), ("date", 0.8, 7), ("date", 0.7, 40))
    ]
    suggestion_drafts.keep(photos[0].id, found, Thresholds(), model_id=model.id)
    db.session.commit()
    shown = acceptance.preview(model, None, 0.5)
    assert [[one.score for one in chosen] for _image, chosen in shown] == [[0.9, 0.7]]
    carry_out_run(suggestion_runs.accept_all(model, administrator, None, 0.5).id)
    assert [shape.category.name for shape in shapes_of(photos[0])] == ["fig", "date"]


def test_one_press_takes_back_what_was_accepted_but_not_what_was_changed_since(
    photos: list[Image], model: DetectionModel, administrator: User
) -> None:
    for image in photos[:2]:
        suggest(image, 0.9)
    run = suggestion_runs.accept_all(model, administrator, None, 0.5)
    carry_out_run(run.id)
    db.session.refresh(run)
    db.session.refresh(photos[1])
    annotation_store.keep(
        photos[1], [], True, photos[1].annotations_version, source=LabelSource.EDITOR, user=administrator
    )
    undo = suggestion_runs.undo_acceptance(run, administrator)
    carry_out_run(undo.id)
    db.session.refresh(undo)
    assert undo.result == {"photos": 1, "shapes": 1, "taken_back": True}, undo.error
    for image in photos[:2]:
        db.session.refresh(image)
    assert [(image.labelled, image.no_object) for image in photos[:2]] == [(False, False), (True, True)]
    assert [one.score for one in suggestion_drafts.of_image(photos[0])] == [0.9], "it waits again"
    with pytest.raises(UserError) as refused:
        suggestion_runs.undo_acceptance(undo, administrator)
    assert refused.value.code == "nothing_to_undo"


def test_an_accepted_outline_has_few_points_and_covers_the_same(photos: list[Image]) -> None:
    y, x = np.mgrid[:60, :80]
    disc = encode_mask(((x - 40) ** 2 + (y - 30) ** 2 < 27**2).astype(np.uint8))
    suggestion_drafts.keep(
        photos[0].id, [found_object("fig", 0.9, disc)], Thresholds(), model_id=photos[0].model_id
    )
    (one,) = suggestion_drafts.of_image(photos[0])
    few = suggestion_drafts.few_points(one)
    assert len(few[0]) <= len(one.segmentation[0])
    assert iou(few, one.segmentation) >= 0.98


def test_photos_labelled_by_hand_meanwhile_are_left_alone(
    photos: list[Image], model: DetectionModel, administrator: User
) -> None:
    suggest(photos[0], 0.9)
    suggest(photos[1], 0.9)
    run = suggestion_runs.accept_all(model, administrator, None, 0.5)
    annotation_store.keep(
        photos[0], [], True, photos[0].annotations_version, source=LabelSource.EDITOR, user=administrator
    )
    carry_out_run(run.id)
    assert shapes_of(photos[0]) == []
    assert len(shapes_of(photos[1])) == 1


def test_other_tabs_are_left_alone(photos: list[Image], model: DetectionModel, administrator: User) -> None:
    suggest(photos[0], 0.9)
    carry_out_run(suggestion_runs.accept_all(model, administrator, Split.TEST, 0.5).id)
    assert shapes_of(photos[0]) == []


def test_decided_ones_go_and_come_back_and_those_of_other_photos_stay(photos: list[Image]) -> None:
    suggest(photos[0], 0.9, 0.8)
    suggest(photos[1], 0.9)
    first, second = suggestion_drafts.of_image(photos[0])
    (other,) = suggestion_drafts.of_image(photos[1])
    assert suggestion_drafts.decide(photos[0], decided=[first.id, other.id], waiting=[]) == 1
    assert suggestion_drafts.of_image(photos[0]) == [second]
    assert suggestion_drafts.of_image(photos[1]) == [other]
    suggestion_drafts.decide(photos[0], decided=[second.id], waiting=[first.id])
    assert suggestion_drafts.of_image(photos[0]) == [first]


def test_decided_ones_are_neither_counted_nor_accepted_on_many_photos(
    photos: list[Image], model: DetectionModel, administrator: User
) -> None:
    suggest(photos[0], 0.9, 0.8)
    suggest(photos[1], 0.9)
    first, _second = suggestion_drafts.of_image(photos[0])
    (other,) = suggestion_drafts.of_image(photos[1])
    suggestion_drafts.decide(photos[0], decided=[first.id], waiting=[])
    suggestion_drafts.decide(photos[1], decided=[other.id], waiting=[])
    assert suggestion_drafts.count_waiting(model.id) == (1, 1)
    run = suggestion_runs.accept_all(model, administrator, None, 0.5)
    carry_out_run(run.id)
    db.session.refresh(run)
    assert (run.result["photos"], run.result["shapes"]) == (1, 1), run.error


def test_weights_that_look_anew_leave_nothing_of_before(photos: list[Image]) -> None:
    suggest(photos[0], 0.9)
    (old,) = suggestion_drafts.of_image(photos[0])
    suggestion_drafts.decide(photos[0], decided=[old.id], waiting=[])
    suggest(photos[0], 0.7)
    assert [one.score for one in db.session.scalars(select(Suggestion))] == [0.7]


def test_a_model_that_was_never_trained_suggests_nothing(
    photos: list[Image], model: DetectionModel, administrator: User
) -> None:
    with pytest.raises(UserError) as refused:
        suggestion_runs.start(model, administrator)
    assert refused.value.code == "not_trained"


def test_what_to_teach_first_is_ordered_by_uncertainty(photos: list[Image], model: DetectionModel) -> None:
    suggest(photos[0], 0.95)
    suggest(photos[1], 0.55)
    suggest(photos[2])
    query, sort = ImageQuery(), Sort.UNCERTAIN
    expected = [photos[2].id, photos[1].id, photos[0].id, photos[3].id]
    page = image_paging.page_after(model, query, sort, None, 10)
    assert [image.id for image in page.photos] == expected
    assert image_paging.ids_after(model, query, sort, Position.of(photos[1]), 10) == expected[2:]
    assert image_paging.ids_before(model, query, sort, Position.of(photos[0]), 10) == [
        expected[1],
        expected[0],
    ]
    assert image_paging.ids_before(model, query, sort, None, 10) == expected[::-1]
    assert image_paging.ids_before(model, query, sort, Position.of(photos[3]), 2) == expected[1:3][::-1]
    assert image_paging.ids_after(model, query, sort, Position.of(photos[0]), 10) == expected[3:]


def test_labelled_photos_need_no_teaching(
    photos: list[Image], model: DetectionModel, administrator: User
) -> None:
    suggest(photos[0], 0.5)
    annotation_store.keep(
        photos[0], [], True, photos[0].annotations_version, source=LabelSource.EDITOR, user=administrator
    )
    page = image_paging.page_after(model, ImageQuery(), Sort.UNCERTAIN, None, 10)
    assert photos[0].id not in [image.id for image in page.photos]
