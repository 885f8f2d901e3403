"""Outlines as the ``d`` of an SVG path, in as few bytes as whole pixels need: a page may hold hundreds of them."""

import math
from collections.abc import Sequence
from itertools import pairwise


def svg_path(outlines: Sequence[Sequence[float]]) -> str:
    """Each outline is ``[x, y, x, y, …]`` in px; the result is closed, with steps relative to the point before.

    Each point is rounded by itself: nothing adds up along the way. One that falls on the point before is left out.
    """
    return "".join(_closed(outline) for outline in outlines)


def _closed(outline: Sequence[float]) -> str:
    points = [(round(x), round(y)) for x, y in zip(outline[::2], outline[1::2], strict=True)]
    if not points:
        return ""
    steps = [
        (x - before_x, y - before_y)
        for (before_x, before_y), (x, y) in pairwise(points)
        if (x, y) != (before_x, before_y)
    ]
    # A minus parts two numbers as a blank does.
    joined = " ".join(f"{x} {y}" for x, y in steps).replace(" -", "-")
    return f"M{points[0][0]} {points[0][1]}l{joined}z" if steps else ""


def floored(score: float) -> str:
    """A score with four digits, never above itself: it passes the same thresholds, which have two."""
    return f"{math.floor(score * 10_000 + 1e-9) / 10_000:g}"
