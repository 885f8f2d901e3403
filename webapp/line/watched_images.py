"""Processes one photo of a watched folder: predict, write the results, move the photo.

The photo is moved last, under a name that is chosen before the results are written: after a crash in between it
is processed again and the same files are overwritten.
"""

import json
from pathlib import Path
from typing import Any

import numpy as np
from flask import current_app

from webapp.contracts.atomic_file import atomic_path
from webapp.core.errors import UserError
from webapp.formats import detection_table
from webapp.formats.files.filenames import free_name, safe_filename
from webapp.formats.images.decoding import decode_image
from webapp.formats.images.pixels import to_rgb
from webapp.formats.masks.rendering import drawn_jpeg
from webapp.images import faults as image_faults
from webapp.line import single_photo, watched_folders
from webapp.line.single_photo import LineResult
from webapp.models import WatchedFolder

LONGEST_STEM = 180
"""Bytes: a file system takes names of 255, and a result that is being written has the longest."""


def process(folder: WatchedFolder, photo: Path) -> None:
    """Predict the photo, write ``out/<name>.json``, ``.csv`` and ``.result.jpg``, and move it to ``done``.

    Raises UserError if it cannot be predicted (the photo is not moved), FileNotFoundError if it is gone, OSError if
    the results cannot be written.
    """
    data = _read(photo)
    result = single_photo.predict(folder.model, data, score_threshold=folder.score_threshold)
    place = watched_folders.path_of(folder)
    name = _free_name(place / "done", photo.name)
    for ending, content in _results(name, folder, data, result).items():
        _write(place / "out" / f"{name}{ending}", content)
    photo.replace(place / "done" / name)
    watched_folders.count_done(folder.id)


def _read(photo: Path) -> bytes:
    limit = current_app.extensions["settings"].max_photo_mb
    try:
        if photo.stat().st_size > limit * 2**20:
            raise refusal(image_faults.fault_document("photo_too_large", limit=limit))
        return photo.read_bytes()
    except FileNotFoundError:
        raise
    except OSError as error:
        raise refusal(image_faults.fault_document("file_unreadable")) from error


def _results(name: str, folder: WatchedFolder, data: bytes, result: LineResult) -> dict[str, bytes]:
    """All files of a photo by their ending, made before the first is written."""
    try:
        return {
            ".json": _document(name, folder, result).encode(),
            ".csv": _table(name, result).encode(),
            ".result.jpg": _picture(data, result),
        }
    except Exception as error:  # the other photos must not wait for what one of them raises
        raise refusal(image_faults.of_error(error)) from error


def refusal(fault: dict[str, Any]) -> UserError:
    """The photo cannot be used, for a reason of its own."""
    return UserError(image_faults.sentence(fault), code=fault["code"])


def give_up(folder: WatchedFolder, photo: Path, error: UserError) -> None:
    """Move a photo that cannot be used to ``failed`` and write the reason beside it. Raises OSError."""
    place = watched_folders.path_of(folder) / "failed"
    name = _free_name(place, photo.name)
    _write(place / f"{name}.txt", f"{error.message}\n".encode())
    photo.replace(place / name)
    watched_folders.count_failed(folder.id, name, error.message)


def _document(name: str, folder: WatchedFolder, result: LineResult) -> str:
    document: dict[str, Any] = {
        "photo": name,
        "model": folder.model.name,
        "weights_id": result.weights.id,
        "weights": result.weights.filename,
        "width": result.answer.width,
        "height": result.answer.height,
        "thresholds": result.thresholds_by_category,
        "verdict": result.verdict,
        "reasons": result.reasons,
        "remarks": result.remarks,
        "detections": [
            {
                "category": found.category,
                "score": found.score,
                "bbox": found.bbox,
                "area": found.area,
                "segmentation": found.segmentation,
            }
            for found in result.answer.detections
        ],
    }
    return json.dumps(document, ensure_ascii=False, indent=1)


def _table(name: str, result: LineResult) -> str:
    reasons = "; ".join(result.reasons)
    weights = (result.weights.id, result.weights.filename)
    lines = detection_table.rows(name, result.verdict or "", reasons, result.answer.detections, weights)
    return detection_table.header() + "".join(lines)


def _picture(data: bytes, result: LineResult) -> bytes:
    limit = current_app.extensions["settings"].max_image_pixels
    photo = decode_image(data, limit, result.value_range).picture
    return drawn_jpeg(np.array(to_rgb(photo)), result.answer.detections, result.weights.categories)


def _free_name(folder: Path, name: str) -> str:
    """The photo's own name, with a number if the folder already has that name, and room for the endings."""
    wanted = Path(safe_filename(name))
    stem = wanted.stem.encode()[:LONGEST_STEM].decode("utf-8", "ignore")
    return free_name(
        stem + wanted.suffix,
        lambda number: f"{stem}-{number}{wanted.suffix}",
        lambda choice: (folder / choice).exists(),
    )


def _write(path: Path, data: bytes) -> None:
    with atomic_path(path) as unfinished:
        unfinished.write_bytes(data)
