"""Imports COCO files with or without their photos: one report, one transaction for the labels."""

from collections.abc import Iterable
from dataclasses import dataclass, field
from typing import Any

from flask import current_app
from flask_babel import gettext as _

from webapp.errors import UserError
from webapp.extensions import db
from webapp.formats.annotations import FormatRejected, ParsedAnnotations, ParsedImage, ParsedShape
from webapp.formats.coco import parse_coco
from webapp.formats.filenames import is_system_litter, safe_filename
from webapp.formats.fitting import fit_to_photo
from webapp.formats.matching import match_photos
from webapp.models import Annotation, DetectionModel, Image, ImportReport, Split, User
from webapp.services import annotation_findings, categories, photo_faults, photos
from webapp.services.photos import FileRefused, Upload


@dataclass
class Findings:
    """Lines of the report by code: how often, and at most five examples."""

    lines: dict[str, dict[str, Any]] = field(default_factory=dict)

    def add(self, code: str, examples: Iterable[str], count: int | None = None) -> None:
        """Add to the line of this code."""
        named = list(examples)
        line = self.lines.setdefault(code, {"code": code, "count": 0, "examples": []})
        line["count"] += len(named) if count is None else count
        line["examples"] = (line["examples"] + named)[:5]

    def add_all(self, documents: Iterable[dict[str, Any]]) -> None:
        """Add lines made by ``annotation_findings.documents``."""
        for document in documents:
            self.add(document["code"], document["examples"], document["count"])


@dataclass
class Outcome:
    """What an import did, or would do."""

    images: int = 0
    annotations: int = 0
    categories: list[str] = field(default_factory=list)
    fixed: Findings = field(default_factory=Findings)
    skipped: Findings = field(default_factory=Findings)

    def report(self) -> dict[str, Any]:
        """The document that is kept."""
        return {
            "images": self.images,
            "annotations": self.annotations,
            "categories": self.categories,
            "fixed": list(self.fixed.lines.values()),
            "skipped": list(self.skipped.lines.values()),
        }


def import_annotations(
    model: DetectionModel,
    split: Split,
    annotation_files: list[Upload],
    photo_files: list[Upload],
    user: User | None,
    dry_run: bool = False,
) -> ImportReport:
    """Take what is good, repair what can be repaired, and report both beside what was skipped.

    Raises UserError where nothing of what was sent can be used. With ``dry_run`` nothing is kept and the
    report has no id.
    """
    outcome = Outcome()
    parsed = _parse_all(annotation_files, outcome)
    if not parsed and not photo_files:
        _refuse(outcome)
    if dry_run:
        _preview(model, parsed, photo_files, outcome)
    else:
        _take_photos(model, split, photo_files, outcome)
        _take_labels(model, parsed, outcome)
    report = ImportReport(
        model_id=model.id,
        split=split,
        filename=", ".join(safe_filename(f.filename) for f in annotation_files)[:255],
        status="preview" if dry_run else "completed",
        report=outcome.report(),
        created_by_id=user.id if user else None,
    )
    if not dry_run:
        db.session.add(report)
        db.session.commit()
    return report


def _refuse(outcome: Outcome) -> None:
    fault = next(iter(outcome.skipped.lines.values()), None)
    if fault is None:
        raise UserError(
            _("Choose a COCO JSON file, photos, or both."), code="nothing_sent", field="annotations"
        )
    raise UserError(fault["examples"][0], code=fault["code"], field="annotations")


def _parse_all(files: list[Upload], outcome: Outcome) -> list[ParsedAnnotations]:
    limit_mb = current_app.extensions["settings"].max_annotations_mb
    parsed = []
    for upload in files:
        if is_system_litter(upload.filename):
            continue
        try:
            # One byte more than allowed is enough to see that the file is too large.
            result = parse_coco(upload.stream.read(limit_mb * 2**20 + 1), limit_mb * 2**20)
        except FormatRejected as error:
            fault = photo_faults.sentence(photo_faults.fault_document(error.code, **error.params))
            outcome.skipped.add("file_refused", [f"{safe_filename(upload.filename)}: {fault}"])
            continue
        outcome.fixed.add_all(annotation_findings.documents(result.fixed))
        outcome.skipped.add_all(annotation_findings.documents(result.skipped))
        parsed.append(result)
    return parsed


def _take_photos(model: DetectionModel, split: Split, files: list[Upload], outcome: Outcome) -> None:
    added = photos.add_photos(model, split, files)
    for name, fault in added.rejected:
        outcome.skipped.add("photo_refused", [f"{name}: {photo_faults.sentence(fault)}"])
    elsewhere = [f"{name} ({image.split})" for name, image in added.duplicates if image.split != split]
    if elsewhere:
        outcome.skipped.add("photo_in_other_split", elsewhere)
    outcome.images = len(added.created)


def _take_labels(model: DetectionModel, parsed: list[ParsedAnnotations], outcome: Outcome) -> None:
    images = {image.filename: image for image in photos.all_photos(model)}
    try:
        for document in parsed:
            pairs = _match(document, images, outcome)
            names = [name for name in document.categories if any(_uses(p, name) for p, _name in pairs)]
            by_name = categories.ensure(model, names)
            for parsed_image, filename in pairs:
                _label(images[filename], parsed_image, by_name, outcome)
            outcome.categories += [name for name in names if name not in outcome.categories]
        db.session.commit()
    except BaseException:
        db.session.rollback()
        raise


def _uses(image: ParsedImage, category: str) -> bool:
    return any(shape.category == category for shape in image.shapes)


def _match(
    document: ParsedAnnotations, names: Iterable[str], outcome: Outcome
) -> list[tuple[ParsedImage, str]]:
    match = match_photos([image.file_name for image in document.images], names)
    ambiguous = set(match.ambiguous)
    without = [image for image in document.images if image.file_name not in match.pairs]
    for code, lost in (
        ("photo_ambiguous", [image for image in without if image.file_name in ambiguous]),
        ("photo_not_there", [image for image in without if image.file_name not in ambiguous]),
    ):
        if lost:
            outcome.skipped.add(code, [image.file_name for image in lost[:5]], len(lost))
            shapes = sum(len(image.shapes) for image in lost)
            if shapes:
                outcome.skipped.add("shape_without_photo", [i.file_name for i in lost[:5]], shapes)
    return [
        (image, match.pairs[image.file_name]) for image in document.images if image.file_name in match.pairs
    ]


def _label(image: Image, parsed: ParsedImage, by_name: dict[str, int], outcome: Outcome) -> None:
    if image.labelled:
        # Nothing a person labelled is replaced by a file.
        if parsed.shapes:
            outcome.skipped.add("photo_labelled_already", [image.filename], len(parsed.shapes))
        return
    fitted = fit_to_photo(parsed, image.width, image.height)
    outcome.fixed.add_all(annotation_findings.documents(fitted.fixed))
    outcome.skipped.add_all(annotation_findings.documents(fitted.skipped))
    db.session.add_all(_annotation(image, shape, by_name[shape.category]) for shape in fitted.shapes)
    image.no_object = parsed.no_object and not fitted.shapes
    image.labelled = bool(fitted.shapes) or image.no_object
    image.category_ids = sorted({by_name[shape.category] for shape in fitted.shapes})
    image.annotations_version += 1
    outcome.annotations += len(fitted.shapes)


def _annotation(image: Image, shape: ParsedShape, category_id: int) -> Annotation:
    return Annotation(
        image_id=image.id,
        category_id=category_id,
        segmentation=shape.segmentation,
        bbox=shape.bbox,
        area=shape.area,
        iscrowd=shape.iscrowd,
        is_box=shape.is_box,
    )


def _preview(
    model: DetectionModel, parsed: list[ParsedAnnotations], files: list[Upload], outcome: Outcome
) -> None:
    names = [image.filename for image in photos.all_photos(model)]
    for upload in files:
        try:
            names.append(photos.check_photo(upload).filename)
            outcome.images += 1
        except FileRefused as refused:
            line = f"{safe_filename(upload.filename)}: {photo_faults.sentence(refused.fault)}"
            outcome.skipped.add("photo_refused", [line])
    for document in parsed:
        # Without photos the counts are what the file holds.
        found = (
            [image for image, _name in _match(document, names, outcome)] if files else list(document.images)
        )
        outcome.annotations += sum(len(image.shapes) for image in found)
        outcome.categories += [name for name in document.categories if name not in outcome.categories]
        if not files:
            outcome.images += len(found)
