"""Operations on outlines that the editor asks for (``formats/masks/outline_operations.py``); nothing is stored."""

import math
from collections.abc import Callable
from typing import Any

import msgspec
import shapely
from flask_babel import gettext as _

from webapp.core.errors import UserError
from webapp.formats.masks import outline_operations as operations
from webapp.formats.masks.outline_operations import Became
from webapp.formats.masks.rings import only_areas, to_geometry, to_rings
from webapp.formats.masks.segmentation import Polygon, Polygons
from webapp.models import Image

MOST_POINTS = 400_000
"""Of all outlines of a request."""
MOST_SHAPES = 10_000
LARGEST_WIDTH = 2_000.0


class Request(msgspec.Struct, forbid_unknown_fields=True):
    """``shapes`` as rings; what else counts depends on the operation. Pixels of the photo."""

    operation: str
    shapes: list[Polygons]
    cutter: Polygons = []
    neighbours: list[Polygons] = []
    line: Polygon = []
    width: float = 0.0
    """Of a stroke or line; of ``simplify`` the tolerance, of ``join`` the reach."""


_OPERATIONS: dict[str, Callable[[Request], list[Became]]] = {
    "merge": lambda asked: operations.merge(asked.shapes),
    "cut": lambda asked: operations.cut(asked.shapes, asked.cutter),
    "erase": lambda asked: operations.erase(asked.shapes, asked.line, asked.width),
    "brush": lambda asked: operations.brush(asked.shapes, asked.line, asked.width),
    "line": lambda asked: operations.line_of_width(asked.line, asked.width),
    "split": lambda asked: operations.split(asked.shapes, asked.line),
    "simplify": lambda asked: operations.simplify(asked.shapes, asked.width),
    "join": lambda asked: operations.join(asked.shapes, asked.neighbours, asked.width),
}
_WITH_LINE = ("erase", "brush", "line", "split")


def carry_out(image: Image, body: bytes) -> list[Became]:
    """What became of each shape, inside the photo. Raises UserError (422): not such a request."""
    try:
        asked = msgspec.json.decode(body, type=Request)
    except (msgspec.MsgspecError, UnicodeDecodeError) as error:
        raise _invalid("body") from error
    work = _OPERATIONS.get(asked.operation)
    if work is None:
        raise _invalid("operation")
    _check(asked)
    try:
        results = work(asked)
    except shapely.errors.GEOSException as error:
        raise _invalid("shapes") from error
    return [None if found is None else _inside(found, image) for found in results]


def _check(asked: Request) -> None:
    outlines = [flat for rings in [*asked.shapes, *asked.neighbours, asked.cutter] for flat in rings]
    everything = [*outlines, asked.line]
    if len(asked.shapes) > MOST_SHAPES or sum(map(len, everything)) > 2 * MOST_POINTS:
        raise _invalid("shapes")
    if any(len(flat) < 6 for flat in outlines) or any(len(flat) % 2 for flat in everything):
        raise _invalid("shapes")
    if not all(math.isfinite(value) and abs(value) < 1e7 for flat in everything for value in flat):
        raise _invalid("shapes")
    if not 0 <= asked.width <= LARGEST_WIDTH:
        raise _invalid("width")
    if asked.operation in _WITH_LINE and not asked.line:
        raise _invalid("line")
    if asked.operation == "join" and len(asked.shapes) != 1:
        raise _invalid("shapes")


def _inside(found: list[Polygons], image: Image) -> list[Polygons]:
    frame = shapely.box(0, 0, image.width, image.height)
    clipped = [_clipped(rings, frame) for rings in found]
    return [rings for rings in clipped if rings]


def _clipped(rings: Polygons, frame: Any) -> Polygons:
    shape = to_geometry(rings)
    return rings if shapely.covers(frame, shape) else to_rings(only_areas(shapely.intersection(shape, frame)))


def _invalid(field: str) -> UserError:
    return UserError(
        _("These outlines cannot be computed with: reload the page and draw them again."),
        code="outlines_invalid",
        field=field,
    )
