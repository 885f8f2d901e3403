"""One photo of a watched folder: looked at, its results written beside, then moved away.

The results are written first and the photo is moved last, under a name that is chosen before: after a crash in between
the photo is looked at again and the same files are written again.
"""

import io
import json
from pathlib import Path
from typing import Any

import numpy as np
from flask import current_app

from webapp.contracts.atomic_file import atomic_path
from webapp.core.errors import UserError
from webapp.formats import detection_table
from webapp.formats.files.filenames import safe_filename
from webapp.formats.images.decoding import decode_image
from webapp.formats.masks.rendering import draw_detections
from webapp.line import single_photo, watched_folders
from webapp.line.single_photo import LineResult
from webapp.models import WatchedFolder

PICTURE_QUALITY = 90


def look_at(folder: WatchedFolder, photo: Path) -> None:
    """Write ``out/<name>.json``, ``.csv`` and ``.result.jpg``, and move the photo to ``done``.

    Raises UserError where it cannot be looked at (the photo stays), OSError where the disk does not take the results.
    """
    data = photo.read_bytes()
    result = single_photo.look(folder.model, data, score_threshold=folder.score_threshold)
    place = watched_folders.path_of(folder)
    name = _free_name(place / "done", photo.name)
    _write(place / "out" / f"{name}.json", _document(name, folder, result).encode())
    _write(place / "out" / f"{name}.csv", _table(name, result).encode())
    _write(place / "out" / f"{name}.result.jpg", _picture(data, result))
    photo.replace(place / "done" / name)
    watched_folders.count_done(folder.id)


def give_up(folder: WatchedFolder, photo: Path, error: UserError) -> None:
    """Move a photo that cannot be looked at to ``failed``, the reason beside it. Raises OSError."""
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
    buffer = io.BytesIO()
    drawn = draw_detections(photo, result.answer.detections, result.weights.categories)
    drawn.save(buffer, "JPEG", quality=PICTURE_QUALITY)
    return buffer.getvalue()


def _free_name(folder: Path, name: str) -> str:
    """The photo's own name, with a number where the folder has one of that name."""
    wanted = Path(safe_filename(name))
    free, number = wanted.name, 1
    while (folder / free).exists():
        number += 1
        free = f"{wanted.stem}-{number}{wanted.suffix}"
    return free


def _write(path: Path, data: bytes) -> None:
    with atomic_path(path) as unfinished:
        unfinished.write_bytes(data)
