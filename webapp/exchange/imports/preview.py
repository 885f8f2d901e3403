"""The preview (dry run) of an import."""

from collections import Counter
from dataclasses import dataclass
from typing import Any

from webapp.exchange.imports import plan as import_plan
from webapp.exchange.imports import spool
from webapp.exchange.imports.choices import ImportChoices, asked
from webapp.exchange.imports.findings import SHOWN, ImportFindings
from webapp.exchange.imports.known_images import KnownImage
from webapp.exchange.imports.plan import ImportPlan
from webapp.exchange.imports.spool import ListedImage, Reading
from webapp.formats.annotations.options import Question, QuestionName
from webapp.formats.annotations.parsed import FindingLog
from webapp.models import DataImport

FILES_SHOWN = 50
NOT_THERE = frozenset({"photo_not_there", "shape_without_photo"})


@dataclass
class Preview:
    """``document`` is for the page, ``report`` has the keys of the REST API."""

    document: dict[str, Any]
    report: dict[str, Any]


def build(data_import: DataImport, choices: ImportChoices) -> Preview:
    """Match and fit everything, and count. Changes nothing."""
    reading = spool.read(data_import.id)
    listed = spool.listed(data_import.id)
    plan = import_plan.build(data_import, choices.reading)
    findings = ImportFindings()
    findings.extend(reading.findings)
    findings.extend(plan.findings.document())
    shapes, photos = _count_shapes(data_import, plan, findings)
    summaries = {"fixed": findings.summary("fixed"), "skipped": findings.summary("skipped")}
    document = {
        "files": reading.files[:FILES_SHOWN],
        "file_count": len(reading.files),
        "formats": sorted({file["format"] for file in reading.files}),
        "listed": len(listed),
        "matched": len(plan.targets),
        "new": len(plan.new),
        "already_there": len(plan.already_there),
        "shapes": shapes.total(),
        "categories": [
            {"name": name, "shapes": count, "photos": photos[name]} for name, count in shapes.items()
        ],
        "splits": dict(Counter(photo.split.value for photo in plan.new if photo.split)),
        "questions": asked(
            [*reading.questions, plan.orientations.question, _conflicts(plan, listed)], choices
        ),
        "without_labels": _without_labels(plan, listed),
        **summaries,
    }
    report = _report(reading, listed, plan, shapes) | summaries | {"questions": document["questions"]}
    if not plan.photos_sent and not plan.targets:
        # A preview of an annotation file without photos: missing photos are not reported.
        report["skipped"] = [line for line in report["skipped"] if line["code"] not in NOT_THERE]
    return Preview(document, report)


def _count_shapes(
    data_import: DataImport, plan: ImportPlan, findings: ImportFindings
) -> tuple[Counter[str], Counter[str]]:
    """Number of usable shapes by category, and of their photos; adds the findings of fitting."""
    shapes: Counter[str] = Counter()
    photos: Counter[str] = Counter()
    fixed, skipped = FindingLog(), FindingLog()
    for image in spool.photos(data_import.id):
        target = plan.targets.get(image.file_name)
        if target is None:
            continue
        fitted = import_plan.fitted(plan, image, target)
        fixed.merge(fitted.fixed)
        skipped.merge(fitted.skipped)
        names = Counter(shape.category for shape in fitted.shapes)
        shapes.update(names)
        photos.update(names.keys())
    findings.add_parsed(fixed.findings, skipped.findings)
    return shapes, photos


def _conflicts(plan: ImportPlan, listed: list[ListedImage]) -> Question:
    """Photos that already have labels and for which the files have labels, too."""
    found = []
    for photo in listed:
        target = plan.targets.get(photo.file_name)
        if isinstance(target, KnownImage) and target.labelled and (photo.count or photo.no_object):
            found.append(target.filename)
    return Question(QuestionName.CONFLICTS, len(found), found[:SHOWN])


def _without_labels(plan: ImportPlan, listed: list[ListedImage]) -> dict[str, Any]:
    """New photos for which the files have no labels."""
    labelled = {
        id(plan.targets[photo.file_name])
        for photo in listed
        if photo.file_name in plan.targets and (photo.count or photo.no_object)
    }
    names = [photo.filename for photo in plan.new if id(photo) not in labelled]
    return {"count": len(names), "examples": names[:SHOWN]}


def _report(
    reading: Reading, listed: list[ListedImage], plan: ImportPlan, shapes: Counter[str]
) -> dict[str, Any]:
    """Without photos the counts are those of the files."""
    if plan.photos_sent:
        return {"images": len(plan.new), "annotations": shapes.total(), "categories": list(shapes)}
    return {
        "images": len(listed),
        "annotations": sum(photo.count for photo in listed),
        "categories": reading.categories,
    }
