"""Holds the labels of a model against the out-of-fold detections of its newest cross-validation.

The first time all photos are looked at: what is usual follows from all of them. Later those alone whose labels changed.
"""

from collections.abc import Sequence
from typing import Any

import msgspec
from sqlalchemy import delete, exists, insert, select

from webapp.annotations import categories
from webapp.annotations.queries import annotations_of_many
from webapp.core.extensions import db
from webapp.formats.label_mistakes.candidates import Candidate
from webapp.formats.label_mistakes.expectations import Expectations, expectations_of
from webapp.formats.label_mistakes.overlaps import JudgedLabel, JudgedPhoto, Overlaps
from webapp.formats.label_mistakes.ranking import ranked, shown_count
from webapp.models import (
    Annotation,
    DetectionModel,
    Image,
    LabelMistake,
    LabelRanking,
    OutOfFoldImage,
    RankedImage,
    TrainingFold,
    TrainingRun,
)
from webapp.models.columns import now
from webapp.suggestions.label_mistakes import fingerprints
from webapp.training.cross_validation import out_of_fold


def newest_run(model: DetectionModel) -> TrainingRun | None:
    """The newest training whose folds have all judged; None without one."""
    fold = TrainingFold.run_id == TrainingRun.id
    return db.session.scalars(
        select(TrainingRun)
        .where(
            TrainingRun.model_id == model.id,
            TrainingRun.deleted_at.is_(None),
            exists().where(fold),
            ~exists().where(fold, TrainingFold.finished_at.is_(None)),
        )
        .order_by(TrainingRun.id.desc())
        .limit(1)
    ).first()


def bring_up_to_date(run: TrainingRun) -> None:
    """Rank the photos whose labels changed since, or all where the run has no ranking yet. Commits."""
    # Of two requests one ranks, the other finds it done.
    db.session.execute(select(TrainingRun.id).where(TrainingRun.id == run.id).with_for_update())
    ranking = db.session.get(LabelRanking, run.id, populate_existing=True)
    images = _outdated(run)
    if images or ranking is None:
        labels = annotations_of_many(list(images))
        photos = [Overlaps(photo) for photo in _judged(run, images, labels)]
        ranking = ranking or _first(run, photos)
        _store(ranking, images, labels, _candidates(run, ranking, photos))
    db.session.commit()


def _outdated(run: TrainingRun) -> dict[int, Image]:
    """Photos by id that were judged, and are not ranked with the labels that they have."""
    is_ranked = (
        exists()
        .where(
            RankedImage.run_id == run.id,
            RankedImage.image_id == Image.id,
            RankedImage.version == Image.annotations_version,
        )
        .correlate(Image)
    )
    rows = db.session.scalars(
        select(Image)
        .join(OutOfFoldImage, OutOfFoldImage.sha256 == Image.sha256)
        .where(
            OutOfFoldImage.run_id == run.id,
            OutOfFoldImage.judged,
            Image.model_id == run.model_id,
            Image.labelled,
            ~is_ranked,
        )
        .order_by(Image.id)
        .execution_options(populate_existing=True)
    )
    return {image.id: image for image in rows}


def _judged(
    run: TrainingRun, images: dict[int, Image], labels: dict[int, list[Annotation]]
) -> list[JudgedPhoto]:
    found = out_of_fold.found_by_photo(run.id)
    return [
        JudgedPhoto(
            image.id, image.width, image.height, list(map(_label, labels[image.id])), found[image.sha256]
        )
        for image in images.values()
    ]


def _label(annotation: Annotation) -> JudgedLabel:
    return JudgedLabel(
        annotation.id,
        annotation.category.name,
        annotation.segmentation,
        annotation.bbox,
        annotation.iscrowd,
        annotation.is_box,
    )


def _first(run: TrainingRun, photos: Sequence[Overlaps]) -> LabelRanking:
    expected = expectations_of(photos)
    scores = [one.score for _photo, one in ranked(photos, expected)]
    shown = shown_count(photos)
    ranking = LabelRanking(
        run_id=run.id,
        expectations=msgspec.to_builtins(expected),
        least_score=scores[shown - 1] if 0 < shown <= len(scores) else 0.0,
        ranked_at=now(),
    )
    db.session.add(ranking)
    db.session.flush()
    return ranking


def _candidates(
    run: TrainingRun, ranking: LabelRanking, photos: Sequence[Overlaps]
) -> list[tuple[JudgedPhoto, Candidate]]:
    """Those that are likely enough, and of a category that the model still has under this name."""
    expected = msgspec.convert(ranking.expectations, Expectations)
    names = {category.name for category in categories.list_categories(run.model)}
    return [
        (photo, one)
        for photo, one in ranked(photos, expected)
        if one.score >= ranking.least_score
        and all(photo.detections[at].category in names for at in one.detections)
    ]


def _store(
    ranking: LabelRanking,
    images: dict[int, Image],
    labels: dict[int, list[Annotation]],
    found: Sequence[tuple[JudgedPhoto, Candidate]],
) -> None:
    ids = list(images)
    db.session.execute(
        delete(RankedImage)
        .where(RankedImage.run_id == ranking.run_id, RankedImage.image_id.in_(ids))
        .execution_options(synchronize_session=False)
    )
    versions = [
        {"run_id": ranking.run_id, "image_id": image.id, "version": image.annotations_version}
        for image in images.values()
    ]
    if versions:
        db.session.execute(insert(RankedImage), versions)
    kept = fingerprints.kept_of(ids)
    rows: list[dict[str, Any]] = []
    for photo, one in found:
        meant = [labels[photo.id][at] for at in one.labels]
        places = [photo.detections[at] for at in one.detections]
        if not fingerprints.is_kept(meant, places, kept[photo.id]):
            rows.append(
                {
                    "run_id": ranking.run_id,
                    "image_id": photo.id,
                    "kind": one.kind,
                    "score": round(one.score, 9),
                    "annotation_ids": [label.id for label in meant],
                    "detection_ids": [place.id for place in places],
                }
            )
    if rows:
        db.session.execute(insert(LabelMistake), rows)
