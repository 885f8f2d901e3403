"""Outlines in few bytes are the same outlines."""

import re

import pytest

from webapp.web.svg_path import floored, svg_path


def read(path: str) -> list[list[tuple[int, int]]]:
    """What a browser reads of it."""
    outlines = []
    for start, steps in re.findall(r"M(\S+ \S+?)l([^z]*)z", path):
        x, y = map(int, re.findall(r"-?\d+", start))
        points = [(x, y)]
        numbers = list(map(int, re.findall(r"-?\d+", steps)))
        for step_x, step_y in zip(numbers[::2], numbers[1::2], strict=True):
            x, y = x + step_x, y + step_y
            points.append((x, y))
        outlines.append(points)
    return outlines


def test_every_point_is_where_it_was_to_the_pixel() -> None:
    # Far apart and with every fraction, as no outline is.
    outlines = [[(7919.37 * number) % 4000 for number in range(2 * count)] for count in (3, 40, 200)]
    expected = [[(round(x), round(y)) for x, y in zip(one[::2], one[1::2], strict=True)] for one in outlines]
    path = svg_path(outlines)
    assert read(path) == expected
    assert len(path) < len(" ".join(f"{x} {y}" for one in expected for x, y in one))


def test_points_that_fall_together_are_one() -> None:
    assert svg_path([[1.0, 1.0, 1.2, 1.2, 9.0, 1.0, 9.0, 5.0]]) == "M1 1l8 0 0 4z"
    assert svg_path([[1.0, 1.0, 1.1, 1.1], []]) == ""


@pytest.mark.parametrize("score", [0.29999, 0.3, 0.30001, 0.07, 0.57, 0.999999, 1.0, 0.05])
def test_a_score_in_four_digits_passes_the_same_thresholds(score: float) -> None:
    for hundredths in range(101):
        assert (float(floored(score)) >= hundredths / 100) == (score >= hundredths / 100)
