"""What an update from a version without groups, parts and leaks of runs makes of its photos and pairs."""

import flask_migrate
from sqlalchemy import select

from tests.builders.runs import model_with_photos, running_training
from webapp.core.extensions import db
from webapp.models import DetectionModel, Image, ImageToCompare, NearDuplicate, TrainingRun, User


def test_pairs_that_a_person_kept_apart_stay_and_all_photos_are_compared_again(administrator: User) -> None:
    model = model_with_photos(administrator, train=2, validation=1, test=1)
    run = running_training(model, administrator)
    images = db.session.scalars(select(Image).order_by(Image.id)).all()
    kept, found = (images[0].id, images[2].id), (images[1].id, images[3].id)
    for first, second in (kept, found):
        db.session.add(
            NearDuplicate(
                first_id=first,
                second_id=second,
                model_id=model.id,
                distance=3,
                kept_apart=(first, second) == kept,
            )
        )
    images[0].part = "AX12"
    db.session.commit()
    before = [(image.id, image.filename, image.split, image.category_ids) for image in images]
    model_id, run_id = model.id, run.id
    db.session.remove()
    flask_migrate.downgrade(revision="library_run_resumes")
    flask_migrate.upgrade()
    images = db.session.scalars(select(Image).order_by(Image.id)).all()
    assert [(image.id, image.filename, image.split, image.category_ids) for image in images] == before
    (pair,) = db.session.scalars(select(NearDuplicate)).all()
    assert (pair.first_id, pair.second_id, pair.kept_apart) == (*kept, True)
    assert (pair.reasons, pair.off, pair.orientation) == (["look"], False, None)
    waiting = db.session.scalars(select(ImageToCompare.image_id)).all()
    assert set(waiting) == {image.id for image in images}
    # Nobody has said it in that version.
    assert [image.part for image in images] == [None] * 4
    model = db.session.get_one(DetectionModel, model_id)
    assert (model.groups_off, model.group_name_pattern) == ([], "")
    assert db.session.get_one(TrainingRun, run_id).leaks is None
