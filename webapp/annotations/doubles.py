"""Labels that are one object twice on their photo: found, removed, and brought back by the history of the labels.

A run of kind ``doubles`` looks at all photos of a model in batches, so that memory does not depend on their number.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from itertools import groupby
from typing import Any

from flask_babel import gettext as _
from sqlalchemy import func, select

from webapp.annotations import restore, store
from webapp.annotations.queries import annotations_of_many
from webapp.annotations.store import ImageAnnotations
from webapp.core.errors import UserError
from webapp.core.extensions import db
from webapp.formats.annotations.parsed import ParsedShape
from webapp.formats.masks.doubles import Covered, doubles_within, has_near
from webapp.models import (
    Annotation,
    DetectionModel,
    Image,
    ImageFile,
    LabelSource,
    LabelVersion,
    LibraryKind,
    LibraryRun,
    User,
)
from webapp.runs import library_runs
from webapp.runs.library_runs import RunStopped

BATCH = 1_000
"""Photos looked at together."""
AT_ONCE = 5_000
"""Most labels of a model that is looked at in the request."""
EXAMPLES = 10


@dataclass(frozen=True)
class DoubledImage:
    """A photo with doubled labels."""

    id: int
    filename: str
    doubles: set[int]
    """Ids of the labels that are the same as an earlier one."""


def start(model: DetectionModel, user: User | None, remove: bool = False) -> LibraryRun:
    """Look for doubled labels, or remove them, now or by a run."""
    return _start(model, {"remove": remove}, user)


def start_undo(run: LibraryRun, user: User | None) -> LibraryRun:
    """Bring back what a run removed, now or by a run. Raises UserError (409) if it removed nothing."""
    if not run.parameters.get("remove") or not (run.result or {}).get("labels"):
        raise UserError(_("There is nothing to bring back."), code="undo_gone", status=409)
    return _start(run.model, {"undo": run.id}, user)


def newest(model: DetectionModel) -> LibraryRun | None:
    """The last run of this model, in any state."""
    return next(iter(library_runs.newest(model, (LibraryKind.DOUBLES,), limit=1)), None)


def carry_out(run: LibraryRun) -> dict[str, Any]:
    """The work of a run of kind ``doubles``: ``{photos, labels, examples}``; what was done before a stop is kept."""
    if "undo" in run.parameters:
        return _carry_out_undo(run)
    run_id, model, removes = run.id, run.model, run.parameters["remove"]
    user = db.session.get(User, run.created_by_id) if run.created_by_id else None
    result: dict[str, Any] = {"photos": 0, "labels": 0, "examples": []}
    done = 0
    try:
        library_runs.progress(run_id, 0, _count(model))
        for ids in _batches(model):
            found = find(ids)
            if found and removes:
                found = _remove(model, [image.id for image in found], user)
            db.session.commit()
            result["photos"] += len(found)
            result["labels"] += sum(len(image.doubles) for image in found)
            result["examples"] += [
                {"id": image.id, "filename": image.filename, "labels": len(image.doubles)}
                for image in found[: EXAMPLES - len(result["examples"])]
            ]
            done += len(ids)
            library_runs.progress(run_id, done)
    except RunStopped as stop:
        raise RunStopped(result) from stop
    return result


def find(image_ids: list[int]) -> list[DoubledImage]:
    """Those of these photos that have doubled labels. Outlines are read where boxes and areas are alike."""
    rows = db.session.execute(
        select(
            Annotation.image_id,
            Annotation.category_id,
            Annotation.bbox,
            Annotation.area,
            Annotation.iscrowd,
        )
        .where(Annotation.image_id.in_(image_ids))
        .order_by(Annotation.image_id)
    )
    near = [
        image_id
        for image_id, labels in groupby(rows, key=lambda row: row.image_id)
        if has_near([Covered(_kind(row.category_id, row.iscrowd), [], row.bbox, row.area) for row in labels])
    ]
    if not near:
        return []
    labels = annotations_of_many(near)
    found = []
    photos = select(Image.id, Image.filename, ImageFile.width, ImageFile.height).join(
        ImageFile, ImageFile.sha256 == Image.sha256
    )
    for photo in db.session.execute(photos.where(Image.id.in_(near)).order_by(Image.id)):
        own = labels[photo.id]
        covered = [
            Covered(_kind(one.category_id, one.iscrowd), one.segmentation, one.bbox, one.area) for one in own
        ]
        twice = {own[number].id for number in doubles_within(covered, photo.width, photo.height)}
        if twice:
            found.append(DoubledImage(photo.id, photo.filename, twice))
    return found


def _kind(category_id: int, iscrowd: bool) -> str:
    return f"{category_id}/{iscrowd}"


def _remove(model: DetectionModel, image_ids: list[int], user: User | None) -> list[DoubledImage]:
    """Remove doubled labels of these photos, which are locked and looked at again; the caller commits."""
    store.lock(image_ids)
    found = find(image_ids)
    labels = annotations_of_many([image.id for image in found])
    kept = [
        ImageAnnotations(
            image.id,
            [
                ParsedShape(
                    category=one.category.name,
                    segmentation=one.segmentation,
                    bbox=one.bbox,
                    area=one.area,
                    iscrowd=one.iscrowd,
                    is_box=one.is_box,
                    suggested=one.suggested,
                )
                for one in labels[image.id]
                if one.id not in image.doubles
            ],
        )
        for image in found
    ]
    if kept:
        store.write(model, kept, source=LabelSource.DOUBLES, user=user)
    return found


def _carry_out_undo(run: LibraryRun) -> dict[str, Any]:
    """Photos whose labels were changed since the removal keep them."""
    run_id, photos = run.id, 0
    removal = db.session.get_one(LibraryRun, run.parameters["undo"])
    user = db.session.get(User, run.created_by_id) if run.created_by_id else None
    written = (
        select(Image)
        .join(
            LabelVersion,
            (LabelVersion.image_id == Image.id) & (LabelVersion.version == Image.annotations_version),
        )
        .where(
            Image.model_id == removal.model_id,
            LabelVersion.source == LabelSource.DOUBLES,
            LabelVersion.created_at >= removal.started_at,
            LabelVersion.created_at <= func.coalesce(removal.finished_at, func.now()),
        )
        .order_by(Image.id)
    )
    total = db.session.scalar(select(func.count()).select_from(written.subquery())) or 0
    try:
        library_runs.progress(run_id, 0, total)
        while image := db.session.scalars(written.limit(1)).first():
            restore.restore(image, image.annotations_version - 1, user)
            photos += 1
            if photos % 50 == 0:
                library_runs.progress(run_id, photos)
    except RunStopped as stop:
        raise RunStopped({"restored": photos}) from stop
    return {"restored": photos}


def _start(model: DetectionModel, asked: dict[str, Any], user: User | None) -> LibraryRun:
    active = newest(model)
    if active is not None and not active.status.is_over:
        return active
    run = library_runs.prepare(model, LibraryKind.DOUBLES, asked, user)
    counted = (
        select(func.count())
        .select_from(Annotation)
        .join(Image, Image.id == Annotation.image_id)
        .where(Image.model_id == model.id)
    )
    if (db.session.scalar(counted) or 0) <= AT_ONCE:
        return library_runs.carry_out_prepared(run, carry_out)
    db.session.commit()
    library_runs.enqueue(run)
    return run


def _count(model: DetectionModel) -> int:
    chosen = select(func.count()).select_from(Image).where(Image.model_id == model.id, Image.labelled)
    return db.session.scalar(chosen) or 0


def _batches(model: DetectionModel) -> Iterator[list[int]]:
    after = 0
    chosen = select(Image.id).where(Image.model_id == model.id, Image.labelled).order_by(Image.id)
    while ids := list(db.session.scalars(chosen.where(Image.id > after).limit(BATCH))):
        yield ids
        after = ids[-1]
