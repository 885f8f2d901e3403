"""The preview (dry run) of an import."""

from collections import Counter
from dataclasses import dataclass
from typing import Any, cast

from webapp.exchange.imports import known_images, spool
from webapp.exchange.imports import plan as import_plan
from webapp.exchange.imports.choices import ImportChoices, asked
from webapp.exchange.imports.entries.labels import LEFT_OUT, LabelReader
from webapp.exchange.imports.entries.targets import key_of
from webapp.exchange.imports.findings import SHOWN, ImportFindings
from webapp.exchange.imports.known_images import KnownImage
from webapp.exchange.imports.plan import ImportPlan
from webapp.exchange.imports.spool import ListedImage, Reading
from webapp.formats.annotations.options import Question, QuestionName
from webapp.formats.annotations.parsed import ParsedShape
from webapp.formats.masks.polygons import points_text
from webapp.formats.masks.rle import rectangle
from webapp.formats.masks.segmentation import Polygons
from webapp.models import DataImport, Split

FILES_SHOWN = 50
DRAWN = 100
"""Labels on the photo that is shown both ways."""
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
    plan = import_plan.build(data_import, choices)
    findings = ImportFindings()
    findings.extend(reading.findings)
    findings.extend(plan.findings.document())
    shapes, photos, doubles = _count_shapes(data_import, plan, choices, findings)
    names = {photo.file_name for photo in listed}
    questions = asked([*reading.questions, plan.orientations.question, doubles, _conflicts(plan)], choices)
    summaries = {"fixed": findings.summary("fixed"), "skipped": findings.summary("skipped")}
    document = {
        "files": reading.files[:FILES_SHOWN],
        "file_count": len(reading.files),
        "formats": sorted({file["format"] for file in reading.files}),
        "listed": len(names),
        "matched": len(plan.targets),
        "new": len(plan.new),
        "already_there": len(plan.already_there),
        "shapes": shapes.total(),
        "categories": [
            {"name": name, "shapes": count, "photos": photos[name]} for name, count in shapes.items()
        ],
        "splits": dict(Counter(photo.split.value for photo in plan.new if photo.split)),
        "questions": questions,
        "both_ways": _both_ways(data_import, plan),
        "without_labels": _without_labels(plan),
        **summaries,
    }
    splits = Counter((choices.split or photo.split or data_import.split).value for photo in plan.new)
    report = _report(reading, listed, plan, shapes) | summaries
    report |= {"questions": questions, "splits": {split.value: splits[split.value] for split in Split}}
    if not plan.photos_sent and not plan.targets:
        # A preview of an annotation file without photos: missing photos are not reported.
        report["skipped"] = [line for line in report["skipped"] if line["code"] not in NOT_THERE]
    return Preview(document, report)


def _count_shapes(
    data_import: DataImport, plan: ImportPlan, choices: ImportChoices, findings: ImportFindings
) -> tuple[Counter[str], Counter[str], Question]:
    """Number of usable shapes by category, and of their photos; photos whose labels differ. Adds the findings."""
    shapes: Counter[str] = Counter()
    photos: Counter[str] = Counter()
    with spool.photos(data_import.id) as read_image:
        reader = LabelReader(plan, choices, read_image)
        for group in plan.groups:
            names = Counter(shape.category for shape in reader.read(group).shapes)
            shapes.update(names)
            photos.update(names.keys())
    findings.add_parsed(reader.fixed.findings, reader.skipped.findings)
    if reader.left_out:
        findings.add("skipped", LEFT_OUT, reader.left_out)
    return shapes, photos, reader.question


def _both_ways(data_import: DataImport, plan: ImportPlan) -> dict[str, Any] | None:
    """The first photo whose labels may be upright or raw, with the outlines of both; None where there is none.

    ``{sha256, width, height, upright: [points], raw: [points]}``; points as SVG has them, pixels of the photo.
    """
    named = plan.orientations.question.examples[:1]
    listed = [
        photo for group in plan.groups for photo in group if import_plan.drawing_name(plan, photo) in named
    ]
    if not listed:
        return None
    target = plan.targets[listed[0].file_name]
    with spool.photos(data_import.id) as read_image:
        ways = import_plan.both_ways(read_image(listed[0]), target)
    sha256 = known_images.sha256_of(target.id) if isinstance(target, KnownImage) else target.sha256
    return {"sha256": sha256, "width": target.width, "height": target.height} | {
        drawn.value: [points for shape in shapes[:DRAWN] for points in _outlines(shape)]
        for drawn, shapes in ways.items()
    }


def _outlines(shape: ParsedShape) -> list[str]:
    """Those of a mask are its box."""
    is_mask = isinstance(shape.segmentation, dict)
    return [
        points_text(flat)
        for flat in ([rectangle(shape.bbox)] if is_mask else cast(Polygons, shape.segmentation))
    ]


def _conflicts(plan: ImportPlan) -> Question:
    """Photos that already have labels and for which the files have labels, too."""
    found = []
    for group in plan.groups:
        target = plan.targets[group[0].file_name]
        if isinstance(target, KnownImage) and target.labelled and _has_labels(group):
            found.append(target.filename)
    return Question(QuestionName.CONFLICTS, len(found), found[:SHOWN])


def _without_labels(plan: ImportPlan) -> dict[str, Any]:
    """New photos for which the files have no labels."""
    labelled = {key_of(plan.targets[group[0].file_name]) for group in plan.groups if _has_labels(group)}
    names = [photo.filename for photo in plan.new if photo.sha256 not in labelled]
    return {"count": len(names), "examples": names[:SHOWN]}


def _has_labels(group: list[ListedImage]) -> bool:
    return any(photo.count or photo.no_object for photo in group)


def _report(
    reading: Reading, listed: list[ListedImage], plan: ImportPlan, shapes: Counter[str]
) -> dict[str, Any]:
    """Without photos the counts are those of the files."""
    if plan.photos_sent:
        return {"images": len(plan.new), "annotations": shapes.total(), "categories": list(shapes)}
    return {
        "images": len({photo.file_name for photo in listed}),
        "annotations": sum(photo.count for photo in listed),
        "categories": reading.categories,
    }
