"""The first page: what waits, and models in the order of their use."""

from datetime import timedelta

from tests.builders import runs
from tests.builders.library import all_images
from webapp.core.extensions import db
from webapp.models import DetectionModel, User
from webapp.models.columns import now
from webapp.projects import choice, detection_models
from webapp.projects.detection_models import ModelSummary, summarise


def summaries(user: User) -> list[ModelSummary]:
    return summarise(detection_models.list_models(user))


def test_runs_that_ended_today_and_photos_without_labels_wait(administrator: User) -> None:
    model = runs.model_with_photos(administrator)
    assert choice.waiting(summaries(administrator)) == []
    run = runs.finished_training(model, administrator)
    all_images(model)[0].labelled = False
    db.session.commit()
    ended, unlabelled = choice.waiting(summaries(administrator))
    assert (ended.model, ended.run) == (model, run)
    assert (unlabelled.model, unlabelled.unlabelled) == (model, 1)
    run.finished_at = now() - choice.NEWS - timedelta(minutes=1)
    db.session.commit()
    assert [one.run for one in choice.waiting(summaries(administrator))] == [None]


def test_the_model_that_was_used_last_stands_first(administrator: User) -> None:
    old = runs.model_with_photos(administrator)
    new = detection_models.create_model("New", "", administrator)
    assert [one.model for one in choice.last_used_first(summaries(administrator))] == [new, old]
    runs.running_training(old, administrator)
    assert [one.model for one in choice.last_used_first(summaries(administrator))] == [old, new]


def test_models_stand_as_a_person_has_put_them(administrator: User) -> None:
    first, second, third = (
        detection_models.create_model(name, "", administrator) for name in ("1", "2", "3")
    )

    def shown() -> list[DetectionModel]:
        return [one.model for one in choice.by_hand(summaries(administrator))]

    assert shown() == [first, second, third]
    choice.move(third, first)
    assert shown() == [third, first, second]
    choice.move(third, None)
    assert shown() == [first, second, third]
    choice.move(second, second)
    assert shown() == [first, second, third]
    # A new one comes after those that were moved.
    new = detection_models.create_model("0", "", administrator)
    assert shown() == [first, second, third, new]
