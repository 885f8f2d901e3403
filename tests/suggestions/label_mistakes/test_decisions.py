"""Labels that look wrong wait in the order of their likelihood, and are kept or corrected by a person."""

import json

import pytest

from tests.suggestions.label_mistakes import judged
from tests.suggestions.label_mistakes.judged import Judged
from webapp.annotations import categories
from webapp.annotations import store as annotation_store
from webapp.annotations.queries import annotations_of
from webapp.annotations.store import ImageAnnotations
from webapp.core.errors import UserError
from webapp.core.extensions import db
from webapp.formats.annotations.parsed import ParsedShape
from webapp.formats.label_mistakes.kinds import MistakeKind
from webapp.images import restore as image_restore
from webapp.images import trash as image_trash
from webapp.models import (
    Annotation,
    AuditAction,
    AuditEntry,
    Image,
    KeptLabel,
    LabelMistake,
    LabelSource,
    LabelVersion,
    TrainingRun,
    TrashedImage,
    User,
)
from webapp.suggestions.label_mistakes import decisions, ranking, review_queue

LOOKS_WRONG = review_queue.LOOKS_WRONG


@pytest.fixture
def here(administrator: User) -> Judged:
    return judged.judged_model(administrator)


def waiting(here: Judged) -> dict[MistakeKind, LabelMistake]:
    """Those that look wrong, by kind."""
    ranking.bring_up_to_date(here.run)
    rows = review_queue.page(here.run, None, None, 100)
    return {one.kind: one for one in rows if one.score >= LOOKS_WRONG}


def shapes_of(image: Image) -> list[tuple[str, list[float]]]:
    return [(one.category.name, [round(side) for side in one.bbox]) for one in annotations_of(image)]


def save(here: Judged, image: Image, shapes: list[ParsedShape]) -> None:
    annotation_store.write(
        here.model, [ImageAnnotations(image.id, shapes)], source=LabelSource.API, user=None
    )
    db.session.commit()
    db.session.refresh(image)


def test_every_mistake_waits_on_its_photo_the_likeliest_first(here: Judged) -> None:
    found = waiting(here)
    assert {kind: one.image_id for kind, one in found.items()} == {
        kind: here.with_mistake(kind).id for kind in MistakeKind
    }
    rows = review_queue.page(here.run, None, None, 100)
    assert [one.score for one in rows] == sorted((one.score for one in rows), reverse=True)
    assert review_queue.count_wrong(here.run) == len(MistakeKind)


def test_only_a_run_whose_folds_have_all_judged_counts(here: Judged) -> None:
    assert ranking.newest_run(here.model) == here.run
    for fold in ranking.out_of_fold.folds_of(here.run.id):
        fold.finished_at = None if fold.number == 2 else fold.finished_at
    db.session.commit()
    assert ranking.newest_run(here.model) is None


@pytest.mark.parametrize("kind", list(MistakeKind))
def test_an_accepted_correction_leaves_the_labels_as_they_should_be(
    here: Judged, administrator: User, kind: MistakeKind
) -> None:
    image = here.with_mistake(kind)
    before, version = shapes_of(image), image.annotations_version
    decisions.accept(waiting(here)[kind], administrator)
    right = sorted(
        (category, [x, y, 60, 60]) for category, places in judged.PLACES.items() for x, y in places
    )
    near = sorted(shapes_of(image))
    assert [category for category, _box in near] == [category for category, _box in right]
    for (_category, box), (_same, wanted) in zip(near, right, strict=True):
        assert box == pytest.approx(wanted, abs=2)
    assert kind not in waiting(here)
    assert (image.annotations_version, len(waiting(here))) == (version + 1, len(MistakeKind) - 1)
    newest = db.session.scalars(
        db.select(LabelVersion).where(LabelVersion.image_id == image.id, LabelVersion.version == version + 1)
    ).one()
    assert (newest.source, newest.user_id) == (LabelSource.CORRECTION, administrator.id)
    entry = db.session.scalars(db.select(AuditEntry).order_by(AuditEntry.id.desc())).first()
    assert entry is not None and entry.after is not None
    assert (entry.action, json.loads(entry.after)["source"]) == (AuditAction.LABEL, "correction")
    decisions.undo(image, version, administrator)
    assert shapes_of(image) == before
    assert kind in waiting(here)


def test_the_other_labels_of_the_photo_stay_as_they_came(here: Judged, administrator: User) -> None:
    image = here.with_mistake(MistakeKind.SHIFTED)
    others = [one.segmentation for one in annotations_of(image)[1:]]
    decisions.accept(waiting(here)[MistakeKind.SHIFTED], administrator)
    after = annotations_of(image)
    assert [one.segmentation for one in after[1:]] == others
    assert [one.suggested for one in after] == [True, False, False, False]


def test_a_box_becomes_another_box(here: Judged, administrator: User) -> None:
    image = here.with_mistake(MistakeKind.SHIFTED)
    shapes = judged.labels_of(judged.WRONG[MistakeKind.SHIFTED])
    for one in shapes:
        one.is_box = True
    save(here, image, shapes)
    decisions.accept(waiting(here)[MistakeKind.SHIFTED], administrator)
    assert all(one.is_box for one in annotations_of(image))


def test_without_its_only_label_a_photo_shows_no_object(here: Judged, administrator: User) -> None:
    image = here.with_mistake(MistakeKind.SPURIOUS)
    ranking.bring_up_to_date(here.run)
    label = annotations_of(image)[-1]
    db.session.execute(
        db.delete(Annotation).where(Annotation.image_id == image.id, Annotation.id != label.id)
    )
    db.session.commit()
    decisions.accept(waiting(here)[MistakeKind.SPURIOUS], administrator)
    assert (shapes_of(image), image.no_object, image.labelled) == ([], True, True)


def test_labels_that_somebody_saved_meanwhile_are_not_overwritten(here: Judged, administrator: User) -> None:
    mistake = waiting(here)[MistakeKind.DOUBLED]
    image = here.with_mistake(MistakeKind.DOUBLED)
    save(here, image, [judged.shape("fig", judged.square(10, 10))])
    with pytest.raises(UserError) as refused:
        decisions.accept(mistake, administrator)
    assert refused.value.status == 412
    assert shapes_of(image) == [("fig", [10, 10, 60, 60])]


def test_what_was_kept_is_not_asked_again(here: Judged, administrator: User) -> None:
    for one in waiting(here).values():
        decisions.keep(one, administrator)
    assert waiting(here) == {}
    assert db.session.query(KeptLabel).count() == len(MistakeKind)
    # Another label comes to each photo: it is ranked again, and what was kept is recognised.
    for kind in MistakeKind:
        labels = [*judged.labels_of(judged.WRONG[kind]), judged.shape("fig", judged.square(250, 5, 10))]
        save(here, here.with_mistake(kind), labels)
    assert boxes_asked_about(here.run) == [[250, 5, 10, 10]] * len(MistakeKind)
    # Nor does the next training ask.
    again = judged.judge(here.model, administrator, here.images)
    assert boxes_asked_about(again) == [[250, 5, 10, 10]] * len(MistakeKind)


def boxes_asked_about(run: TrainingRun) -> list[list[float]]:
    ranking.bring_up_to_date(run)
    shown = review_queue.shown(review_queue.page(run, None, None, 100))
    return [one.labels[0].bbox if one.labels else one.found[0].bbox for one in shown]


def test_a_kept_label_that_changes_is_asked_about(here: Judged, administrator: User) -> None:
    decisions.keep(waiting(here)[MistakeKind.SHIFTED], administrator)
    image = here.with_mistake(MistakeKind.SHIFTED)
    assert MistakeKind.SHIFTED not in waiting(here)
    shapes = judged.labels_of(judged.WRONG[MistakeKind.SHIFTED])
    save(here, image, [judged.shape("fig", judged.square(63, 52)), *shapes[1:]])
    assert waiting(here)[MistakeKind.SHIFTED].image_id == image.id


def test_a_decision_to_keep_is_taken_back(here: Judged, administrator: User) -> None:
    kept = decisions.keep(waiting(here)[MistakeKind.MISSING], administrator)
    assert MistakeKind.MISSING not in waiting(here)
    decisions.take_back(here.model, kept.id)
    assert MistakeKind.MISSING in waiting(here)
    with pytest.raises(UserError):
        decisions.take_back(here.model, kept.id)


def test_a_correction_is_not_undone_over_later_changes(here: Judged, administrator: User) -> None:
    image = here.with_mistake(MistakeKind.MERGED)
    version = image.annotations_version
    decisions.accept(waiting(here)[MistakeKind.MERGED], administrator)
    save(here, image, [judged.shape("fig", judged.square(10, 10))])
    with pytest.raises(UserError) as refused:
        decisions.undo(image, version, administrator)
    assert refused.value.status == 409


def test_what_was_kept_survives_the_trash_and_goes_for_good(here: Judged, administrator: User) -> None:
    image = here.with_mistake(MistakeKind.MISSING)
    number = image.id
    decisions.keep(waiting(here)[MistakeKind.MISSING], administrator)
    image_trash.delete_images(here.model, Image.id == number, administrator)
    assert len(waiting(here)) == len(MistakeKind) - 1
    image_restore.restore(here.model)
    assert len(waiting(here)) == len(MistakeKind) - 1
    image_trash.delete_images(here.model, Image.id == number, administrator)
    image_trash.delete_for_good(here.model, TrashedImage.model_id == here.model.id)
    assert db.session.query(KeptLabel).count() == 0


def test_a_category_that_was_renamed_since_is_not_offered(here: Judged, administrator: User) -> None:
    fig = next(one for one in categories.list_categories(here.model) if one.name == "fig")
    fig.name = "Feige"
    db.session.commit()
    found = waiting(here)
    assert all(
        "fig" not in [each.category for each in one.found] for one in review_queue.shown(list(found.values()))
    )
