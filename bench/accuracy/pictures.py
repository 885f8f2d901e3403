"""The same test photos as three trainings see them: ``python -m bench.accuracy.pictures SHEET.webp``.

A row for each photo, four of each set: its labels, what the first version's defaults find, and what today's
find, each at the thresholds that its validation photos advise. Takes the weights that ``bench.accuracy`` has kept in
``RESULTS`` (seed 1, ten minutes, ``--side first`` and ``ours``); trains where they are missing.
"""

import argparse
from pathlib import Path
from typing import Any

import numpy as np
from PIL import Image
from pycocotools import mask as coco_mask

from bench.accuracy import data
from bench.accuracy.__main__ import kept_weights
from jobs.detection.evaluation.evaluator import detect_split
from jobs.detection.inputs.dataset import Record, records_of_split
from jobs.detection.inputs.images import read_image
from webapp.contracts.atomic_file import atomic_path
from webapp.contracts.score_thresholds import DEFAULT
from webapp.contracts.suppression import Suppression
from webapp.formats.found_object import FoundObject
from webapp.formats.masks.rendering import draw_detections
from webapp.formats.weights_file import read_weights_header

SIDES = ("first", "ours")
PHOTOS = 4
WIDTH = 420
"""Px of each picture."""
GAP = 6


def main() -> None:
    """Writes the sheet."""
    parser = argparse.ArgumentParser(prog="bench.accuracy.pictures", description=__doc__)
    parser.add_argument("sheet", type=Path)
    asked = parser.parse_args()
    rows = [row for name in data.NAMES for row in _rows(name)]
    with atomic_path(asked.sheet) as unfinished:
        _sheet(rows).save(unfinished, "WEBP", quality=80)


def _rows(name: str) -> list[list[Image.Image]]:
    document, path_of = data.load(name, 1)
    categories = [category["name"] for category in document["categories"]]
    records = sorted(records_of_split(document, "test", path_of), key=lambda record: record["file_name"])
    chosen = [records[int(place)] for place in np.linspace(0, len(records) - 1, PHOTOS)]
    columns = [{record["image_id"]: _labels(record, categories) for record in chosen}]
    wanted = {record["image_id"] for record in chosen}
    document["images"] = [image for image in document["images"] if image["id"] in wanted]
    for side in SIDES:
        weights = kept_weights(name, side)
        metadata = read_weights_header(weights).metadata
        at = (metadata.thresholds if metadata else None) or dict.fromkeys(categories, DEFAULT)
        found = detect_split(weights, document, "test", path_of, suppression=Suppression(), device="cpu")
        columns.append(
            {i: [one for one in each if one.score >= at[one.category]] for i, each in found.items()}
        )
    return [
        [
            draw_detections(read_image(record["path"]), column[record["image_id"]], categories)
            for column in columns
        ]
        for record in chosen
    ]


def _labels(record: Record, categories: list[str]) -> list[FoundObject]:
    return [_label(each, record, categories) for each in record["annotations"] if not each["iscrowd"]]


def _label(annotation: dict[str, Any], record: Record, categories: list[str]) -> FoundObject:
    outline = annotation["segmentation"]
    if isinstance(outline, list):
        outline = coco_mask.merge(coco_mask.frPyObjects(outline, record["height"], record["width"]))
    area = float(coco_mask.area(outline))
    return FoundObject(categories[annotation["category_id"]], 1.0, annotation["bbox"], area, outline)


def _sheet(rows: list[list[Image.Image]]) -> Image.Image:
    small = [
        [picture.resize((WIDTH, round(WIDTH * picture.height / picture.width))) for picture in row]
        for row in rows
    ]
    height = sum(row[0].height + GAP for row in small) - GAP
    sheet = Image.new("RGB", (len(small[0]) * (WIDTH + GAP) - GAP, height), "white")
    top = 0
    for row in small:
        for column, picture in enumerate(row):
            sheet.paste(picture, (column * (WIDTH + GAP), top))
        top += row[0].height + GAP
    return sheet


if __name__ == "__main__":
    main()
