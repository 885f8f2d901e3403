"""A prediction as a streamed COCO document: detections are annotations with a ``score``."""

from collections.abc import Iterator
from typing import Any

from webapp.formats.coco.document import canonical_json
from webapp.prediction.images import ResultSource


def filename(source: ResultSource) -> str:
    """File name of the download."""
    return f"{source.name}.coco.json"


def chunks(source: ResultSource) -> Iterator[str]:
    """The document in pieces: all predicted photos, with their ``verdict`` if there are rules."""
    category_ids = {name: number for number, name in enumerate(source.categories, start=1)}
    categories = [{"id": number, "name": name} for name, number in category_ids.items()]
    info = {
        "description": source.name,
        "score_threshold": source.thresholds.overall,
        "category_thresholds": dict(source.thresholds.by_category),
    }
    yield f'{{"info":{canonical_json(info)},"categories":{canonical_json(categories)},"images":['
    yield from _list(_images(source))
    yield '],"annotations":['
    yield from _list(_annotations(source, category_ids))
    yield "]}\n"


def _list(items: Iterator[dict[str, Any]]) -> Iterator[str]:
    separator = ""
    for item in items:
        yield separator + canonical_json(item)
        separator = ",\n"


def _images(source: ResultSource) -> Iterator[dict[str, Any]]:
    for photo in source.photos():
        if photo.size is not None:
            width, height = photo.size
            image = {"id": photo.id, "file_name": photo.filename, "width": width, "height": height}
            yield image | ({"verdict": photo.verdict} if photo.verdict else {})


def _annotations(source: ResultSource, category_ids: dict[str, int]) -> Iterator[dict[str, Any]]:
    for photo in source.photos():
        for found in photo.detections:
            yield {
                "id": found.id,
                "image_id": photo.id,
                "category_id": category_ids[found.category],
                "score": found.score,
                "bbox": found.bbox,
                "area": found.area,
                "segmentation": found.segmentation,
                "iscrowd": 0,
            }
