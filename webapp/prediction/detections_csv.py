"""A prediction's detections as streamed CSV; the columns are in ``webapp/formats/detection_table.py``."""

from collections.abc import Iterable, Iterator

from webapp.formats import detection_table
from webapp.prediction.images import ResultSource, SavedImage


def filename(source: ResultSource) -> str:
    """File name of the download."""
    return f"{source.name}.csv"


def lines(source: ResultSource) -> Iterator[str]:
    """As ``detection_table``, of all photos of the result."""
    return lines_of(source, source.photos())


def lines_of(source: ResultSource, photos: Iterable[SavedImage]) -> Iterator[str]:
    """The same of photos that somebody else reads."""
    weights = (source.weights_id, source.weights)
    yield detection_table.header()
    for photo in photos:
        yield from detection_table.rows(photo.name, photo.verdict, photo.reason, photo.detections, weights)
