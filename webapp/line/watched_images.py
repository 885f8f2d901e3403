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
from webapp.formats.masks.rendering import drawn_jpeg
from webapp.line import single_photo, watched_folders
from webapp.line.single_photo import LineResult
from webapp.models import WatchedFolder


def process(folder: WatchedFolder, photo: Path) -> None:
    """Predict the photo, write ``out/<name>.json``, ``.csv`` and ``.result.jpg``, and move it to ``done``.

    Raises UserError if it cannot be predicted (the photo is not moved), OSError if the results cannot be
    written.
    """
    data = photo.read_bytes()
    result = single_photo.predict(folder.model, data, score_threshold=folder.score_threshold)
    place = watched_folders.path_of(folder)
    name = _free_name(place / "done", photo.name)
    _write(place / "out" / f"{name}.json", _document(name, folder, result).encode())
    _write(place / "out" / f"{name}.csv", _table(name, result).encode())
    _write(place / "out" / f"{name}.result.jpg", _picture(data, result))
    photo.replace(place / "done" / name)
    watched_folders.count_done(folder.id)


def give_up(folder: WatchedFolder, photo: Path, error: UserError) -> None:
    """Move a photo that cannot be used to ``failed`` and write the reason beside it. Raises OSError."""
    place = watched_folders.path_of(folder) / "failed"
    name = _free_name(place, photo.name)
    _write(place / f"{name}.txt", f"{error.message}\n".encode())
    photo.replace(place / name)
    watched_folders.count_failed(folder.id, photo.name, error.message)


def _document(name: str, folder: WatchedFolder, result: LineResult) -> str:
    document: dict[str, Any] = {
        "photo": name,
        "model": folder.model.name,
        "weights": result.weights.filename,
        "width": result.answer.width,
        "height": result.answer.height,
        "verdict": result.verdict,
        "reasons": result.reasons,
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
    lines = detection_table.rows(name, result.verdict or "", reasons, result.answer.detections)
    return detection_table.header() + "".join(lines)


def _picture(data: bytes, result: LineResult) -> bytes:
    limit = current_app.extensions["settings"].max_image_pixels
    photo = np.array(decode_image(data, limit).convert("RGB"))
    return drawn_jpeg(photo, result.answer.detections, result.weights.categories)


def _free_name(folder: Path, name: str) -> str:
    """The photo's own name, with a number if the folder already has that name."""
    wanted = Path(safe_filename(name))
    return free_name(
        wanted.name,
        lambda number: f"{wanted.stem}-{number}{wanted.suffix}",
        lambda choice: (folder / choice).exists(),
    )


def _write(path: Path, data: bytes) -> None:
    with atomic_path(path) as unfinished:
        unfinished.write_bytes(data)
