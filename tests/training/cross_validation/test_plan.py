"""Which photos judge together: groups and parts stay whole, whatever split they are in."""

import pytest

from tests.builders.runs import model_with_photos
from webapp.core.errors import UserError
from webapp.core.extensions import db
from webapp.images.splits import parts
from webapp.models import Image, NearDuplicate, Split, User
from webapp.training import runs as training_runs
from webapp.training.cross_validation import out_of_fold, plan, spread
from webapp.training.cross_validation.spread import FigureSpread
from webapp.training.cross_validation.stages import Stage, next_of


def test_no_group_and_no_part_is_parted(administrator: User) -> None:
    model = model_with_photos(administrator, train=8, validation=2, test=2)
    images = db.session.query(Image).order_by(Image.id).all()
    db.session.add(
        NearDuplicate(first_id=images[0].id, second_id=images[11].id, model_id=model.id, distance=0)
    )
    db.session.commit()
    parts.from_names(model, "^(p[0-3])[.]")
    run = training_runs.start(model, administrator, {"folds": 3, "iterations": 5})
    fold_of = out_of_fold.photos_by_fold(run.id)
    # All labelled photos, also those that are kept for validation and test.
    assert set(fold_of) == {image.sha256 for image in images}
    assert set(fold_of.values()) == {1, 2, 3}
    assert fold_of[images[0].sha256] == fold_of[images[11].sha256]
    assert run.iterations == 20
    assert (run.leaks["test"], run.leaks["of_test"], run.leaks["pairs"]) == (0, 12, [])
    again = training_runs.start(model, administrator, {"folds": 3, "iterations": 5})
    assert out_of_fold.photos_by_fold(again.id) == fold_of
    # The frozen labels are those of any other run: only who judges is another.
    assert run.dataset_version_id == again.dataset_version_id


def test_photos_of_one_part_judge_together(administrator: User) -> None:
    model = model_with_photos(administrator, train=9, validation=0, test=0)
    for number, image in enumerate(db.session.query(Image).order_by(Image.id)):
        image.part = f"part {number % 3}"
    db.session.commit()
    run = training_runs.start(model, administrator, {"folds": 3, "iterations": 5})
    fold_of = out_of_fold.photos_by_fold(run.id)
    by_part: dict[str | None, set[int]] = {}
    for image in db.session.query(Image):
        by_part.setdefault(image.part, set()).add(fold_of[image.sha256])
    assert sorted(map(len, by_part.values())) == [1, 1, 1]


@pytest.mark.parametrize(("folds", "code"), [(1, "folds_range"), (5, "folds_too_many")])
def test_folds_that_cannot_be_made_are_refused_beside_their_field(
    administrator: User, folds: int, code: str
) -> None:
    model = model_with_photos(administrator)
    with pytest.raises(UserError) as refused:
        training_runs.start(model, administrator, {"folds": folds})
    assert (refused.value.code, refused.value.field) == (code, "folds")


def test_splits_do_not_matter_but_labels_do(administrator: User) -> None:
    model = model_with_photos(administrator, train=0, validation=2, test=2)
    run = training_runs.start(model, administrator, {"folds": 2, "iterations": 5})
    assert run.notices == []
    db.session.query(Image).update({"labelled": False})
    db.session.commit()
    with pytest.raises(UserError) as refused:
        training_runs.start(model, administrator, {"folds": 2})
    assert refused.value.code == "no_labels"


def test_a_training_never_sees_the_photos_that_judge_it(administrator: User) -> None:
    run = training_runs.start(model_with_photos(administrator), administrator, {"folds": 2, "iterations": 5})
    fold_of = out_of_fold.photos_by_fold(run.id)
    dataset = {"images": [{"sha256": sha256, "split": "validation"} for sha256 in fold_of]}
    stage = next_of(run)
    assert (stage.fold, stage.done, stage.left) == (1, 0, 2)
    for number in (1, 2):
        splits = {
            image["sha256"]: image["split"]
            for image in Stage(number, 0, 3, fold_of).document(dataset)["images"]
        }
        assert splits == {sha256: "test" if fold == number else "train" for sha256, fold in fold_of.items()}
    final = Stage(None, 2, 3, fold_of).document(dataset)
    assert {image["split"] for image in final["images"]} == {Split.TRAIN.value}
    assert Stage().document(dataset) is dataset


def test_the_spread_is_that_of_the_folds_that_have_the_figure() -> None:
    assert FigureSpread.of([]) is None
    assert FigureSpread.of([50.0]) == FigureSpread(50.0, None, 50.0, 50.0, 1)
    found = FigureSpread.of([40.0, 50.0, 60.0])
    assert found == FigureSpread(50.0, 10.0, 40.0, 60.0, 3)


@pytest.mark.parametrize(("labelled", "folds"), [(5, 0), (6, 3), (10, 5), (100, 5), (101, 0)])
def test_folds_are_proposed_for_small_sets(labelled: int, folds: int) -> None:
    assert plan.proposed(labelled) == folds


def test_a_run_without_folds_is_no_cross_validation(administrator: User) -> None:
    run = training_runs.start(model_with_photos(administrator), administrator, {"iterations": 5})
    assert spread.of_run(run) is None
    assert next_of(run) == Stage()
