"""The outline of the object in a box that was drawn in the editor (GrabCut, see ``grab_cut.py``)."""

import logging
import math
import threading
from collections import OrderedDict
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from typing import Any

import cv2
from flask_babel import gettext as _

from webapp.core.errors import UserError
from webapp.formats.images.value_range import ValueRange
from webapp.formats.masks.segmentation import Box, Polygons
from webapp.images import intake as image_intake
from webapp.images import stored_content
from webapp.models import Image, ImageFile
from webapp.suggestions.grab_cut import Pixels, Stroke, grown_by, outline_in, window_of

SMALLEST_SIDE = 3
"""Smallest side of a box in px."""
MOST_STROKES = 40
MOST_POINTS = 10_000
"""Most points of a stroke: those of a minute."""
WAIT_SECONDS = 5
KEPT_PHOTOS = 2
KEPT_PIXELS = 25_000_000
"""Larger photos are not cached: three bytes for each pixel would stay in the memory of each web process."""
_log = logging.getLogger(__name__)
_one_at_a_time = threading.BoundedSemaphore(1)
_decoded: OrderedDict[str, Pixels] = OrderedDict()
# A web process uses only one core for outlines, so that pages stay fast.
cv2.setNumThreads(1)


def outline_of(image: Image, setting: ValueRange | None, box: Any, include: Any, exclude: Any) -> Polygons:
    """Polygons in pixels of the photo, which is seen in the model's range of values.

    ``box`` is [x, y, width, height] in pixels, ``include`` and ``exclude`` lists of strokes [x1, y1, x2, y2,
    …]. Raises UserError: invalid input, nothing found, or too many requests at once (503).
    """
    checked = _box(box, image.width, image.height)
    wanted, unwanted = _strokes(include, "include", image), _strokes(exclude, "exclude", image)
    path = image_intake.picture_path(image.file, setting)
    window = window_of(grown_by(checked, wanted), image.width, image.height)
    with turn():
        photo = read_photo(image.file, str(path))
        crop = photo[window.top : window.bottom, window.left : window.right]
        try:
            found = outline_in(crop, window, checked, wanted, unwanted)
        except cv2.error:
            _log.exception("no outline on photo %s", image.id)
            found = []
    if not found:
        raise UserError(
            _(
                "No outline was found in this box: drag it closer round the object, or draw the outline by hand."
            ),
            code="no_outline",
            field="box",
        )
    return found


@contextmanager
def turn() -> Iterator[None]:
    """One computation at a time in a process. Raises UserError (503) where that takes too long."""
    if not _one_at_a_time.acquire(timeout=WAIT_SECONDS):
        raise UserError(
            _("The server is drawing outlines for others: try again in a moment."), code="busy", status=503
        )
    try:
        yield
    finally:
        _one_at_a_time.release()


def read_photo(file: ImageFile, path: str) -> Pixels:
    """The photo, height x width x 3; the last ones are cached, as several boxes follow on one photo."""
    photo = _decoded.pop(path, None)
    if photo is None:
        with suppress(cv2.error):  # more pixels than OpenCV takes
            photo = cv2.imread(path, cv2.IMREAD_COLOR | cv2.IMREAD_IGNORE_ORIENTATION)
        if photo is None:
            raise stored_content.unreadable(file)
    if photo.shape[0] * photo.shape[1] <= KEPT_PIXELS:
        _decoded[path] = photo
        while len(_decoded) > KEPT_PHOTOS:
            _decoded.popitem(last=False)
    return photo


def _box(value: Any, width: int, height: int) -> Box:
    numbers = _numbers(value, "box")
    if len(numbers) == 4:
        left, top = max(0.0, numbers[0]), max(0.0, numbers[1])
        right, bottom = min(width, numbers[0] + numbers[2]), min(height, numbers[1] + numbers[3])
        if right - left >= SMALLEST_SIDE and bottom - top >= SMALLEST_SIDE:
            return [left, top, right - left, bottom - top]
    raise UserError(
        _("Drag a box of at least %(n)s pixels round the object, on the photo.", n=SMALLEST_SIDE),
        code="box_invalid",
        field="box",
    )


def _strokes(value: Any, field: str, image: Image) -> list[Stroke]:
    if value is None:
        return []
    if not isinstance(value, list) or len(value) > MOST_STROKES:
        raise _wrong(field)
    return [_stroke(one, f"{field}[{number}]", image) for number, one in enumerate(value)]


def _stroke(value: Any, field: str, image: Image) -> Stroke:
    numbers = _numbers(value, field)
    if not numbers or len(numbers) % 2 or len(numbers) > 2 * MOST_POINTS:
        raise _wrong(field)
    xs = (min(max(x, 0), image.width - 1) for x in numbers[0::2])
    ys = (min(max(y, 0), image.height - 1) for y in numbers[1::2])
    return list(zip(xs, ys, strict=True))


def _numbers(value: Any, field: str) -> list[float]:
    is_list = isinstance(value, list) and len(value) <= 2 * MOST_POINTS
    if not is_list or not all(isinstance(one, int | float) and not isinstance(one, bool) for one in value):
        raise _wrong(field)
    # Larger than any photo; also prevents overflows such as 1e308 + 1e308.
    if not all(math.isfinite(one) and abs(one) < 1e9 for one in value):
        raise _wrong(field)
    return [float(one) for one in value]


def _wrong(field: str) -> UserError:
    return UserError(
        _("A box is [x, y, width, height] and a stroke [x1, y1, x2, y2, …], in pixels of the photo."),
        code="stroke_invalid",
        field=field,
    )
