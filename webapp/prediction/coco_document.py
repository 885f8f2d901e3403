"""A prediction as a streamed COCO document: detections are annotations with a ``score``."""

from collections.abc import Iterator
from typing import Any

from webapp.formats.coco.document import canonical_json
from webapp.prediction.images import ResultSource
from webapp.prediction.read_once import ReadOnce


def filename(source: ResultSource) -> str:
    """File name of the download."""
    return f"{source.name}.coco.json"


def chunks(source: ResultSource) -> Iterator[str]:
    """Photos that were predicted, also those without detections; a photo has its ``verdict`` where there are rules."""
    with ReadOnce(source) as read:
        yield from chunks_of(source, read)


def chunks_of(source: ResultSource, read: ReadOnce) -> Iterator[str]:
    """The same; goes through the photos of ``read`` twice."""
    category_ids = {name: number for number, name in enumerate(source.categories, start=1)}
    categories = [{"id": number, "name": name} for name, number in category_ids.items()]
    info = {
        "description": source.name,
        "weights_id": source.weights_id,
        "weights": source.weights,
        "score_threshold": source.thresholds.overall,
        "category_thresholds": dict(source.thresholds.by_category),
    }
    yield f'{{"info":{canonical_json(info)},"categories":{canonical_json(categories)},"images":['
    yield from _list(_images(read))
    yield '],"annotations":['
    yield from _list(_annotations(read, category_ids))
    yield "]}\n"


def _list(items: Iterator[dict[str, Any]]) -> Iterator[str]:
    separator = ""
    for item in items:
        yield separator + canonical_json(item)
        separator = ",\n"


def _images(read: ReadOnce) -> Iterator[dict[str, Any]]:
    for photo in read.photos():
        if photo.size is not None:
            width, height = photo.size
            image = {"id": photo.id, "file_name": photo.name, "width": width, "height": height}
            yield image | ({"verdict": photo.verdict} if photo.verdict else {})


def _annotations(read: ReadOnce, category_ids: dict[str, int]) -> Iterator[dict[str, Any]]:
    for photo in read.photos():
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
