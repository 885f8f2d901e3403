"""A prediction's pictures, CSV and COCO document as one zip: streamed while it is made, and cached on disk.

The photos are read from the database once, and memory does not grow with their number. A disk that is full keeps
nothing for the next time, and the zip arrives all the same.
"""

import logging
import secrets
from collections.abc import Iterator
from pathlib import Path
from typing import BinaryIO
from zipfile import ZIP_DEFLATED

import numpy as np
from flask import Response
from zipstream import ZipStream

from webapp.contracts.atomic_file import atomic_path
from webapp.core import storage
from webapp.core.downloads import stream, whole_file
from webapp.formats.files.handed_out_names import stem_of
from webapp.formats.images.pixels import open_rgb
from webapp.formats.masks.rendering import drawn_jpeg
from webapp.prediction import coco_document, detections_csv
from webapp.prediction.images import ResultSource, SavedImage
from webapp.prediction.read_once import ReadOnce

_log = logging.getLogger(__name__)


def download(source: ResultSource) -> Response:
    """The zip to be kept by who asks: the one that was made before, else made while it is sent."""
    name, made = f"{source.name}.zip", made_before(source)
    if made is not None:
        return whole_file(made, name, "application/zip")
    return stream(chunks(source), "application/zip", name)


def made_before(source: ResultSource) -> Path | None:
    """The cached zip of the same run, thresholds and rules; None if it was never sent completely."""
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
    """Yield the bytes and write them to a temporary file, which is renamed to ``target`` when all were sent."""
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
    """Open for writing; None if the disk refuses."""
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        return path.open("wb")
    except OSError:
        _log.exception("the zip is not kept")
        return None


def _write(kept: BinaryIO | None, chunk: bytes) -> BinaryIO | None:
    """Write; returns the file, or None after a failed write."""
    try:
        if kept is not None:
            kept.write(chunk)
        return kept
    except OSError:
        _log.exception("the zip is not kept")
        return None


def _close(kept: BinaryIO) -> bool:
    """Close; whether the last bytes were written."""
    try:
        kept.close()
    except OSError:
        _log.exception("the zip is not kept")
        return False
    return True


def _remove_others(target: Path) -> None:
    """Delete the run's older zips: only the newest is cached."""
    for other in target.parent.glob("results-*.zip"):
        if other != target:
            other.unlink(missing_ok=True)


def _archive(source: ResultSource) -> Iterator[bytes]:
    with ReadOnce(source) as read:
        yield from _entries(source, read)


def _entries(source: ResultSource, read: ReadOnce) -> Iterator[bytes]:
    archive = ZipStream()
    lines = (line.encode() for line in detections_csv.lines_of(source, read.photos()))
    archive.add(lines, "detections.csv", compress_type=ZIP_DEFLATED)
    document = (chunk.encode() for chunk in coco_document.chunks_of(source, read))
    archive.add(document, "detections.coco.json", compress_type=ZIP_DEFLATED)
    yield from archive.all_files()
    for photo in read.photos():
        picture = _picture(source, photo)
        if picture is not None:
            # Uncompressed, since JPEGs do not shrink. Sent before the next one is made.
            archive.add(picture, f"pictures/{stem_of(photo.name)}.jpg")
            yield from archive.all_files()
    yield from archive.footer()


def _picture(source: ResultSource, photo: SavedImage) -> bytes | None:
    """A JPEG with the detections above the thresholds; None if it was not predicted or its file is missing."""
    if not photo.is_done or photo.picture is None:
        return None
    try:
        if source.are_the_runs_own and photo.drawn.is_file():
            return photo.drawn.read_bytes()
        rgb = np.asarray(open_rgb(photo.picture.path()))
        return drawn_jpeg(rgb, photo.detections, source.categories)
    except Exception:  # what one photo raises must not cut the zip off
        _log.exception("photo %s of prediction %s cannot be drawn", photo.id, source.run_id)
        return None
