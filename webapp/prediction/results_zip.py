"""A prediction's pictures, CSV and COCO document as one zip: streamed while it is made, and kept for the next time.

The photos are read from the database once, and memory does not grow with their number. A disk that is full keeps
nothing for the next time, and the zip arrives all the same.
"""

import io
import logging
import secrets
from collections.abc import Iterator
from pathlib import Path, PurePath
from typing import BinaryIO
from zipfile import ZIP_DEFLATED

import numpy as np
from zipstream import ZipStream

from webapp.contracts.atomic_file import atomic_path
from webapp.core import storage
from webapp.formats.images.pixels import open_rgb
from webapp.formats.masks.rendering import draw_detections
from webapp.prediction import coco_document, detections_csv
from webapp.prediction.images import ResultSource, SavedImage
from webapp.prediction.read_once import ReadOnce

PICTURE_QUALITY = 90
_log = logging.getLogger(__name__)


def filename(source: ResultSource) -> str:
    """Its name in the browser's downloads."""
    return f"{source.name}.zip"


def made_before(source: ResultSource) -> Path | None:
    """The zip of the same run, thresholds and rules, where it was sent to its end once."""
    path = _kept_path(source)
    return path if source.is_over and path.is_file() else None


def chunks(source: ResultSource) -> Iterator[bytes]:
    """``detections.csv``, ``detections.coco.json`` and ``pictures/<name>.jpg`` for each predicted photo."""
    archive = _archive(source)
    if not source.is_over:
        return archive
    return _keeping(archive, _kept_path(source))


def _kept_path(source: ResultSource) -> Path:
    return storage.results_dir(source.run_id) / f"results-{source.key}.zip"


def _keeping(archive: Iterator[bytes], target: Path) -> Iterator[bytes]:
    """Hands the bytes on and writes them beside ``target``, which they become when all of them were sent."""
    unfinished = target.with_name(f".{target.name}.{secrets.token_hex(6)}.sending")
    kept = _open(unfinished)
    try:
        for chunk in archive:
            kept = _write(kept, chunk)
            yield chunk
        if kept is not None and _close(kept):
            with atomic_path(target) as temporary:
                unfinished.replace(temporary)
            _remove_others(target)
    finally:
        if kept is not None:
            kept.close()
        unfinished.unlink(missing_ok=True)


def _open(path: Path) -> BinaryIO | None:
    """None where the disk does not take it."""
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        return path.open("wb")
    except OSError:
        _log.exception("the zip is not kept")
        return None


def _write(kept: BinaryIO | None, chunk: bytes) -> BinaryIO | None:
    """The file, None once a byte of it is missing."""
    try:
        if kept is not None:
            kept.write(chunk)
        return kept
    except OSError:
        _log.exception("the zip is not kept")
        return None


def _close(kept: BinaryIO) -> bool:
    """Whether the last bytes came onto the disk too."""
    try:
        kept.close()
    except OSError:
        _log.exception("the zip is not kept")
        return False
    return True


def _remove_others(target: Path) -> None:
    """Of each run the newest zip is enough."""
    for other in target.parent.glob("results-*.zip"):
        if other != target:
            other.unlink(missing_ok=True)


def _archive(source: ResultSource) -> Iterator[bytes]:
    with ReadOnce(source) as read:
        yield from _entries(source, read)


def _entries(source: ResultSource, read: ReadOnce) -> Iterator[bytes]:
    archive = ZipStream()
    lines = (line.encode() for line in detections_csv.lines_of(read.photos()))
    archive.add(lines, "detections.csv", compress_type=ZIP_DEFLATED)
    document = (chunk.encode() for chunk in coco_document.chunks_of(source, read))
    archive.add(document, "detections.coco.json", compress_type=ZIP_DEFLATED)
    yield from archive.all_files()
    taken: set[str] = set()
    for photo in read.photos():
        picture = _picture(source, photo)
        if picture is not None:
            # Stored as it is: a JPEG does not get smaller. Sent before the next one is made.
            archive.add(picture, f"pictures/{_unique_name(photo.filename, taken)}")
            yield from archive.all_files()
    yield from archive.footer()


def _picture(source: ResultSource, photo: SavedImage) -> bytes | None:
    """A JPEG with what counts drawn on it; None for a photo that was not predicted or whose file is gone."""
    if not photo.is_done or photo.file is None:
        return None
    try:
        if source.are_the_runs_own and photo.drawn.is_file():
            return photo.drawn.read_bytes()
        rgb = np.asarray(open_rgb(photo.file))
    except OSError:
        _log.exception("photo %s of prediction %s cannot be drawn", photo.id, source.run_id)
        return None
    buffer = io.BytesIO()
    draw_detections(rgb, photo.detections, source.categories).save(buffer, "JPEG", quality=PICTURE_QUALITY)
    return buffer.getvalue()


def _unique_name(filename: str, taken: set[str]) -> str:
    """``<name>.jpg``; a number is added where another photo has that name, in whatever case."""
    stem = PurePath(filename).stem
    name, number = f"{stem}.jpg", 1
    while name.lower() in taken:
        number += 1
        name = f"{stem}-{number}.jpg"
    taken.add(name.lower())
    return name
