"""What a prediction run found, as files to take away: a CSV of the detections, a zip with the pictures too.

Both are made while they are sent, a page of photos at a time, so memory does not grow with the number of
photos. The generators outlive the request: they hold nothing but the run's id and open a short app context
with a session of its own for each page.
"""

import csv
import io
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path, PurePath
from zipfile import ZIP_DEFLATED

from flask import Flask, current_app
from flask_babel import force_locale
from flask_babel import gettext as _
from sqlalchemy import select
from zipstream import ZipStream

from webapp.extensions import db
from webapp.models import PhotoState, PredictedPhoto, PredictionRun
from webapp.services import languages, photo_faults, storage
from webapp.services.prediction_gallery import Found, detections_of

BOM = "\ufeff"
"""Makes Excel read the file as UTF-8, so that Chinese is right."""
COLUMNS = [
    "photo",
    "category",
    "score",
    "x",
    "y",
    "width",
    "height",
    "area",
    "center_x",
    "center_y",
    "reason",
]
"""Pixels and square pixels; x and y are the upper left corner of the box. Not translated: scripts read them."""
PAGE = 200
_FORMULA_STARTS = ("=", "+", "-", "@", "\t", "\r")


def zip_filename(run: PredictionRun) -> str:
    """The name of the zip in the browser's downloads."""
    return f"{_file_stem(run)}.zip"


def csv_filename(run: PredictionRun) -> str:
    """The name of the CSV file that is sent alone."""
    return f"{_file_stem(run)}.csv"


def zip_chunks(run: PredictionRun) -> Iterator[bytes]:
    """The zip as it is made: ``detections.csv`` and ``pictures/<name>.jpg`` for each photo that was drawn."""
    lines = csv_lines(run)
    pages = _pages(run)

    def chunks() -> Iterator[bytes]:
        archive = ZipStream()
        archive.add((line.encode() for line in lines), "detections.csv", compress_type=ZIP_DEFLATED)
        yield from archive.all_files()
        taken: set[str] = set()
        for page in pages:
            for photo in page:
                if photo.picture.is_file():
                    # Stored as it is: a JPEG does not get smaller.
                    archive.add_path(photo.picture, f"pictures/{_unique_name(photo.filename, taken)}")
            # Sent before the next page is read, so that the archive's list stays short.
            yield from archive.all_files()
        yield from archive.footer()

    return chunks()


def csv_lines(run: PredictionRun) -> Iterator[str]:
    """One row a detection; one row for a photo on which nothing was found, or that was not predicted."""
    pages = _pages(run)

    def lines() -> Iterator[str]:
        yield BOM + _csv_line(COLUMNS)
        for page in pages:
            for photo in page:
                yield from _rows(photo)

    return lines()


@dataclass(frozen=True)
class _Photo:
    """What the files need of a photo; it is no row, so no session has to stay open."""

    id: int
    filename: str
    picture: Path
    detections: list[Found]
    reason: str


def _pages(run: PredictionRun) -> Iterator[list[_Photo]]:
    # Bound now, while there is a request: the caller's app and language.
    app: Flask = current_app._get_current_object()  # type: ignore[attr-defined]
    return _read_pages(app, languages.current(), run.id)


def _read_pages(app: Flask, locale: str, run_id: int) -> Iterator[list[_Photo]]:
    after = 0
    while True:
        # The context closes before the yield: a slow download holds no database connection.
        with app.app_context(), force_locale(locale):
            page = _read_page(run_id, after)
        if not page:
            return
        yield page
        after = page[-1].id


def _read_page(run_id: int, after: int) -> list[_Photo]:
    photos = list(
        db.session.scalars(
            select(PredictedPhoto)
            .where(PredictedPhoto.run_id == run_id, PredictedPhoto.id > after)
            .order_by(PredictedPhoto.id)
            .limit(PAGE)
        )
    )
    found = detections_of(photos)
    return [
        _Photo(
            photo.id,
            photo.filename,
            storage.result_picture_path(run_id, photo.id),
            found[photo.id],
            _reason(photo),
        )
        for photo in photos
    ]


def _reason(photo: PredictedPhoto) -> str:
    if photo.reason is not None:
        return photo_faults.sentence(photo.reason)
    if photo.state == PhotoState.WAITING:
        return _("Not predicted: the run ended before this photo.")
    return ""


def _rows(photo: _Photo) -> Iterator[str]:
    name = _text(photo.filename)
    if not photo.detections:
        blanks = [""] * (len(COLUMNS) - 2)
        yield _csv_line([name, *blanks, _text(photo.reason)])
    for found in photo.detections:
        numbers = [found.score, *found.bbox, found.area, *found.center]
        yield _csv_line([name, _text(found.category), *(f"{number:.10g}" for number in numbers), ""])


def _text(value: str) -> str:
    """Excel would run a cell that starts like a formula (OWASP, CSV injection): an apostrophe makes it text."""
    return "'" + value if value.startswith(_FORMULA_STARTS) else value


def _csv_line(cells: list[str]) -> str:
    buffer = io.StringIO()
    csv.writer(buffer, lineterminator="\r\n").writerow(cells)
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


def _file_stem(run: PredictionRun) -> str:
    name = "".join(c if c.isalnum() else "-" for c in run.model.name).strip("-") or "model"
    return f"{name}-prediction-{run.number}"
