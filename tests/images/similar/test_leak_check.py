"""The check of the photos that judge: what it counts, and that mending leaves no leak and no part without photos."""

import pytest
from flask_openapi3 import OpenAPI

from tests.images.seeded import add_photo
from webapp.core.extensions import db
from webapp.images import moves
from webapp.images.similar import groups, leak_check
from webapp.images.similar.leak_check import check, mend
from webapp.models import DetectionModel, Image, Split, User
from webapp.projects import detection_models

TRAIN, VALIDATION, TEST = Split


@pytest.fixture
def model(clean_app: OpenAPI, administrator: User) -> DetectionModel:
    return detection_models.create_model("Screws", "", administrator)


def group(model: DetectionModel, *splits: Split, labelled: bool = True) -> list[int]:
    """Photos of one group in these splits."""
    start = db.session.query(Image).count()
    images = [
        add_photo(model, f"{start + n:03}.jpg", split=split, labelled=labelled)
        for n, split in enumerate(splits)
    ]
    db.session.commit()
    ids = [image.id for image in images]
    if len(ids) > 1:
        groups.join(model, ids)
    return ids


def splits_of(ids: list[int]) -> list[Split]:
    db.session.expire_all()
    return [db.session.get_one(Image, image_id).split for image_id in ids]


def test_photos_that_judge_are_counted_once_through_any_number_of_twins(model: DetectionModel) -> None:
    group(model, TRAIN, TEST, TEST, TEST)
    group(model, TRAIN, VALIDATION)
    group(model, VALIDATION, TEST)  # neither is trained on
    group(model, TRAIN, TRAIN)
    found = check(model)
    assert found.leaking == {VALIDATION: 1, TEST: 3}
    assert found.judging == {VALIDATION: 2, TEST: 4}
    assert found.document()["test"] == 3
    assert {pair["split"] for pair in found.document()["pairs"]} == {"validation", "test"}


def test_photos_without_labels_do_not_count(model: DetectionModel) -> None:
    group(model, TRAIN, TEST, labelled=False)
    assert check(model).photos == 0


def test_mending_puts_each_group_where_most_of_it_stands(model: DetectionModel) -> None:
    mostly_test = group(model, TRAIN, TEST, TEST)
    mostly_train = group(model, TRAIN, TRAIN, TEST)
    even = group(model, TRAIN, VALIDATION)
    alone = group(model, TRAIN)
    group(model, TEST)
    moved = mend(model)
    assert moved.count == 3
    assert splits_of(mostly_test) == [TEST] * 3
    assert splits_of(mostly_train) == [TRAIN] * 3
    assert splits_of(even) == [VALIDATION] * 2
    assert splits_of(alone) == [TRAIN]
    assert check(model).photos == 0
    assert mend(model).count == 0


def test_mending_leaves_no_part_without_photos(model: DetectionModel) -> None:
    only_test = group(model, TRAIN, TRAIN, TRAIN, TEST)
    group(model, TRAIN)
    group(model, VALIDATION)
    mend(model)
    assert splits_of(only_test) == [TEST] * 4
    assert check(model).photos == 0


def test_photos_that_still_wait_make_the_check_incomplete(model: DetectionModel) -> None:
    group(model, TRAIN)
    assert not check(model).complete


def test_a_move_that_parts_a_group_says_so(model: DetectionModel) -> None:
    one, other, third = group(model, TRAIN, TRAIN, TRAIN)
    assert leak_check.parted_by(model, [one]) == 0
    moves.move(model, Image.id == third, TEST)
    assert leak_check.parted_by(model, [third]) == 1
    assert leak_check.parted_by(model, [one, other]) == 1  # the chain goes by the second
