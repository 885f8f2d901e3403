"""Stores the test results of a run, and computes the counts at a threshold."""

import json
import zlib
from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any

from sqlalchemy import Integer, cast, func, select
from sqlalchemy.sql.elements import ColumnElement

from webapp.contracts.score_thresholds import STEPS, step_of
from webapp.core.extensions import db
from webapp.models import EvaluatedImage, RunEvaluation

NOT_FOUND = -1.0


@dataclass(frozen=True)
class EvaluatedShape:
    """A labelled object or a detection, as a page draws it."""

    category: int
    """Index in the summary's categories."""
    score: float | None
    """Of an object: score of the detection that found it, or None; of a detection: its own."""
    right: bool
    """Of a detection: whether it found an object."""
    outlines: list[list[int]]
    """[x1, y1, x2, y2, ...] in pixels of the photo, to be filled «evenodd»."""


@dataclass(frozen=True)
class EvaluatedShapes:
    """Objects and detections of a photo."""

    objects: list[EvaluatedShape]
    detections: list[EvaluatedShape]


@dataclass(frozen=True)
class TestedImage:
    """A test photo with its errors at a threshold."""

    photo: EvaluatedImage
    missed: int
    false_alarms: int
    shapes: EvaluatedShapes


@dataclass(frozen=True)
class NewEvaluatedImage:
    """A photo of a test that is to be stored."""

    filename: str
    sha256: str
    width: int
    height: int
    shapes: EvaluatedShapes


@dataclass(frozen=True)
class Consequence:
    """Counts on a run's test photos at a threshold."""

    threshold: float
    objects: int
    right: int
    missed: int
    false_alarms: int


@dataclass(frozen=True)
class ComparableFigures:
    """What differences to other runs are computed from, see ``RunEvaluation``."""

    test_hash: str
    resamples: bytes


def store(
    run_id: int,
    summary: dict[str, Any],
    photos: Iterable[NewEvaluatedImage],
    comparable: ComparableFigures | None = None,
) -> None:
    """Of a run that is being tested, in the place of an earlier test of it. The caller commits."""
    earlier = db.session.get(RunEvaluation, run_id)
    if earlier is not None:
        db.session.delete(earlier)
        db.session.flush()
    db.session.add(
        RunEvaluation(
            run_id=run_id,
            summary=summary,
            test_hash=comparable.test_hash if comparable else None,
            resamples=comparable.resamples if comparable else None,
        )
    )
    db.session.flush()
    for position, photo in enumerate(photos):
        db.session.add(
            EvaluatedImage(
                run_id=run_id,
                position=position,
                filename=photo.filename,
                sha256=photo.sha256,
                width=photo.width,
                height=photo.height,
                found_scores=[NOT_FOUND if s.score is None else s.score for s in photo.shapes.objects],
                false_scores=[s.score for s in photo.shapes.detections if not s.right],
                shapes=_packed(photo.shapes),
            )
        )


def of_run(run_id: int) -> RunEvaluation | None:
    """The test of a run; None if it was not tested, or is older than this table."""
    return db.session.get(RunEvaluation, run_id)


def consequence(summary: dict[str, Any], threshold: float) -> Consequence:
    """The counts over all categories, at the step nearest to the threshold."""
    rows = summary["counts"][step_of(threshold)]
    right, false, missed = (sum(row[place] for row in rows) for place in range(3))
    return Consequence(step_of(threshold) / STEPS, right + missed, right, missed, false)


def confusion(summary: dict[str, Any], threshold: float) -> list[list[int]]:
    """Confusion matrix. Rows: true category, last «nothing». Columns: detected category, last «missed».

    A false detection that overlaps no object is in the last row.
    """
    step = step_of(threshold)
    counts, mistaken = summary["counts"][step], summary["mistaken"][step]
    size = len(counts)
    table = [[0] * (size + 1) for _row in range(size + 1)]
    for category, (right, false, missed) in enumerate(counts):
        table[category][category] = right
        table[category][size] = missed
        table[size][category] = false
    for there, taken_for, number in mistaken:
        table[there][taken_for] += number
        table[there][size] -= number
        table[size][taken_for] -= number
    return table


def worst_photos(run_id: int, threshold: float, limit: int, offset: int = 0) -> list[TestedImage]:
    """Photos with errors at the threshold, the most errors first, then by name."""
    threshold = step_of(threshold) / STEPS
    missed = _how_many(EvaluatedImage.found_scores, below=threshold)
    false_alarms = _how_many(EvaluatedImage.false_scores, from_=threshold)
    rows = db.session.execute(
        select(EvaluatedImage, missed.label("missed"), false_alarms.label("false_alarms"))
        .where(EvaluatedImage.run_id == run_id, missed + false_alarms > 0)
        .order_by((missed + false_alarms).desc(), EvaluatedImage.filename)
        .limit(limit)
        .offset(offset)
    )
    return [TestedImage(photo, m, f, _unpacked(photo.shapes)) for photo, m, f in rows]


def same_photos(run_ids: list[int], threshold: float, limit: int) -> list[list[TestedImage]]:
    """Photos that each of these runs was tested on, in the order of the runs.

    First those on which the errors at the threshold differ most, then by name.
    """
    columns = (EvaluatedImage.run_id, EvaluatedImage.position, EvaluatedImage.sha256, EvaluatedImage.filename)
    scores = (EvaluatedImage.found_scores, EvaluatedImage.false_scores)
    by_photo: dict[str, dict[int, tuple[int, int, int]]] = {}
    names: dict[str, str] = {}
    for row in db.session.execute(select(*columns, *scores).where(EvaluatedImage.run_id.in_(run_ids))):
        missed = sum(score < threshold for score in row.found_scores)
        false_alarms = sum(score >= threshold for score in row.false_scores)
        by_photo.setdefault(row.sha256, {})[row.run_id] = (row.position, missed, false_alarms)
        names[row.sha256] = row.filename
    common = [sha256 for sha256, runs in by_photo.items() if len(runs) == len(run_ids)]

    def spread(sha256: str) -> int:
        errors = [missed + false for _position, missed, false in by_photo[sha256].values()]
        return max(errors) - min(errors)

    chosen = sorted(common, key=lambda sha256: (-spread(sha256), names[sha256]))[:limit]
    return [[_tested(run_id, *by_photo[sha256][run_id]) for run_id in run_ids] for sha256 in chosen]


def _tested(run_id: int, position: int, missed: int, false_alarms: int) -> TestedImage:
    photo = db.session.get_one(EvaluatedImage, (run_id, position))
    return TestedImage(photo, missed, false_alarms, _unpacked(photo.shapes))


def open_image(run_id: int, position: int) -> EvaluatedImage | None:
    """A test photo; None if there is none."""
    return db.session.get(EvaluatedImage, (run_id, position))


def _how_many(column: Any, below: float | None = None, from_: float | None = None) -> ColumnElement[int]:
    score = func.unnest(column).column_valued("score")
    wanted = score < below if below is not None else score >= from_
    return cast(select(func.count(score)).where(wanted).scalar_subquery(), Integer)


def _packed(shapes: EvaluatedShapes) -> bytes:
    def rows(each: list[EvaluatedShape]) -> list[list[Any]]:
        return [[s.category, s.score, s.right, s.outlines] for s in each]

    text = json.dumps([rows(shapes.objects), rows(shapes.detections)], separators=(",", ":"))
    return zlib.compress(text.encode(), 6)


def _unpacked(data: bytes) -> EvaluatedShapes:
    objects, detections = json.loads(zlib.decompress(data))
    return EvaluatedShapes(
        [EvaluatedShape(*row) for row in objects], [EvaluatedShape(*row) for row in detections]
    )
