"""The automatic split: what it divides, what stays, and that only what was looked at is carried out."""

from collections import Counter
from typing import Any

import pytest
from flask_openapi3 import OpenAPI
from rq import Queue

from jobs.tasks import library as task_library
from jobs.tasks import run_job
from tests.images.seeded import add_photo
from webapp.core import queues
from webapp.core.errors import UserError
from webapp.core.extensions import db
from webapp.images import moves as image_moves
from webapp.images import undo as image_undo
from webapp.images.splits import plan as split_plan
from webapp.images.splits.units import Scope, SplitRequest
from webapp.models import (
    Category,
    DetectionModel,
    Image,
    LibraryRun,
    NearDuplicate,
    RunStatus,
    Split,
    User,
)
from webapp.projects import detection_models


@pytest.fixture
def model(clean_app: OpenAPI, administrator: User) -> DetectionModel:
    return detection_models.create_model("Screws", "", administrator)


def category(model: DetectionModel, name: str) -> Category:
    one = Category(model_id=model.id, name=name, color="#112233", position=0)
    db.session.add(one)
    db.session.commit()
    return one


def add(model: DetectionModel, count: int, *categories: Category, **columns: Any) -> list[Image]:
    """Labelled photos that show these categories, or no object."""
    start = db.session.query(Image).count()
    values = {"labelled": True, "category_ids": [one.id for one in categories]} | columns
    images = [add_photo(model, f"{n:04}.jpg", **values) for n in range(start, start + count)]
    db.session.commit()
    return images


def alike(first: Image, second: Image, kept_apart: bool = False) -> None:
    pair = NearDuplicate(
        first_id=first.id,
        second_id=second.id,
        model_id=first.model_id,
        distance=0,
        leaks=False,
        kept_apart=kept_apart,
    )
    db.session.add(pair)
    db.session.commit()


def splits() -> Counter[Split]:
    db.session.expire_all()
    return Counter(db.session.scalars(db.select(Image.split)))


def carry_out(model: DetectionModel, request: SplitRequest, user: User) -> Any:
    return split_plan.apply(model, request, split_plan.build(model, request).digest, user)


def test_the_plan_says_what_applying_does(model: DetectionModel, administrator: User) -> None:
    fig, date = category(model, "fig"), category(model, "date")
    add(model, 80, fig)
    add(model, 20, fig, date)
    plan = split_plan.build(model, SplitRequest())
    assert plan.before == {Split.TRAIN: 100}
    assert plan.after == {Split.TRAIN: 70, Split.VALIDATION: 15, Split.TEST: 15}
    assert {one.category.name: list(one.photos.values()) for one in plan.categories} == {
        "fig": [70, 15, 15],
        "date": [14, 3, 3],
    }
    assert splits() == {Split.TRAIN: 100}  # looking changes nothing
    assert carry_out(model, SplitRequest(), administrator).count == plan.moved == 30
    assert splits() == plan.after


def test_photos_without_labels_stay_unless_they_are_asked_for(model: DetectionModel) -> None:
    add(model, 10, category(model, "fig"))
    add(model, 10, labelled=False, split=Split.TEST)
    assert split_plan.build(model, SplitRequest(train=50, validation=50, test=0)).after == {
        Split.TRAIN: 5,
        Split.VALIDATION: 5,
        Split.TEST: 10,
    }
    asked = SplitRequest(train=50, validation=50, test=0, unlabelled=True)
    assert split_plan.build(model, asked).after == {Split.TRAIN: 10, Split.VALIDATION: 10}


def test_photos_of_other_splits_stay_where_only_training_is_divided(model: DetectionModel) -> None:
    fig = category(model, "fig")
    add(model, 20, fig)
    test = {image.id for image in add(model, 5, fig, split=Split.TEST)}
    plan = split_plan.build(model, SplitRequest(train=80, validation=20, test=0, scope=Scope.TRAIN))
    assert plan.after == {Split.TRAIN: 16, Split.VALIDATION: 4, Split.TEST: 5}
    assert test.isdisjoint(image_id for ids in plan.moves.values() for image_id in ids)


@pytest.mark.parametrize("seed", range(5))
def test_similar_photos_stay_together(model: DetectionModel, administrator: User, seed: int) -> None:
    images = add(model, 40, category(model, "fig"))
    for first, second in zip(images[0:10], images[10:20], strict=True):
        alike(first, second)
    plan = split_plan.build(model, SplitRequest(train=50, validation=25, test=25, seed=seed))
    assert plan.groups == 10
    place = {image_id: split for split, ids in plan.moves.items() for image_id in ids}
    for first, second in zip(images[0:10], images[10:20], strict=True):
        assert place.get(first.id, Split.TRAIN) == place.get(second.id, Split.TRAIN)


def test_those_that_are_kept_apart_need_not_stay_together(model: DetectionModel) -> None:
    first, second = add(model, 2, category(model, "fig"))
    alike(first, second, kept_apart=True)
    assert split_plan.build(model, SplitRequest(train=50, validation=50, test=0)).after == {
        Split.TRAIN: 1,
        Split.VALIDATION: 1,
    }


def test_a_photo_goes_to_its_twin_that_is_not_divided(model: DetectionModel) -> None:
    fig = category(model, "fig")
    twin = add(model, 1, fig, split=Split.TEST)[0]
    image = add(model, 10, fig)[3]
    alike(twin, image)
    plan = split_plan.build(model, SplitRequest(train=100, validation=0, test=0, scope=Scope.TRAIN))
    assert plan.moves == {Split.TEST: [image.id]}


def test_a_category_that_misses_a_split_is_named(model: DetectionModel) -> None:
    add(model, 20, category(model, "fig"))
    add(model, 2, category(model, "rare"))
    plan = split_plan.build(model, SplitRequest())
    assert {one.category.name: bool(one.missing) for one in plan.categories} == {"fig": False, "rare": True}
    without_test = split_plan.build(model, SplitRequest(train=80, validation=20, test=0))
    assert all(Split.TEST not in one.missing for one in without_test.categories)


@pytest.mark.parametrize(
    ("asked", "field"),
    [
        ({"train": 60, "validation": 60, "test": 0}, "train"),
        ({"train": 120, "validation": -20, "test": 0}, "train"),
        ({"train": 90, "validation": -1, "test": 11}, "validation"),
        ({"train": 0, "validation": 50, "test": 50}, "train"),
        ({"seed": -1}, "seed"),
        ({"seed": 2**31}, "seed"),
    ],
)
def test_wrong_numbers_are_refused_beside_their_field(
    model: DetectionModel, asked: dict[str, int], field: str
) -> None:
    add(model, 3, category(model, "fig"))
    with pytest.raises(UserError) as refusal:
        split_plan.build(model, SplitRequest(**asked))
    assert refusal.value.field == field


def test_nothing_to_divide_is_said(model: DetectionModel) -> None:
    add(model, 3, labelled=False)
    with pytest.raises(UserError) as refusal:
        split_plan.build(model, SplitRequest())
    assert (refusal.value.code, refusal.value.field) == ("no_photos", "scope")


def test_a_plan_that_is_out_of_date_is_not_carried_out(model: DetectionModel, administrator: User) -> None:
    images = add(model, 20, category(model, "fig"))
    digest = split_plan.build(model, SplitRequest()).digest
    image_moves.move(model, Image.id == images[0].id, Split.TEST)
    with pytest.raises(UserError) as refusal:
        split_plan.apply(model, SplitRequest(), digest, administrator)
    assert (refusal.value.code, refusal.value.status) == ("plan_changed", 409)
    assert splits() == {Split.TRAIN: 19, Split.TEST: 1}


def test_many_photos_move_by_the_worker_and_can_come_back(
    model: DetectionModel, administrator: User, clean_app: OpenAPI, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(split_plan, "AT_ONCE", 5)
    monkeypatch.setattr(image_moves, "BATCH", 4)
    add(model, 40, category(model, "fig"))
    run = carry_out(model, SplitRequest(), administrator)
    assert isinstance(run, LibraryRun)
    assert splits() == {Split.TRAIN: 40}
    assert [job.args for job in Queue(queues.IO, connection=clean_app.extensions["redis"]).jobs] == [
        (run.id,)
    ]
    monkeypatch.setattr(run_job, "application", lambda: clean_app)
    task_library.carry_out_run(run.id)
    assert splits() == {Split.TRAIN: 28, Split.VALIDATION: 6, Split.TEST: 6}
    assert (run.status, run.done, run.total) == (RunStatus.COMPLETED, 12, 12)
    assert run.result is not None and run.result["count"] == 12
    image_moves.arrange(model, image_undo.plan(model, run.result["undo"]))
    assert splits() == {Split.TRAIN: 40}
