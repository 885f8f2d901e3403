"""Where the points of a photo lie on another one of the same part."""

import cv2
import numpy as np
import pytest

from webapp.suggestions.registration import Pixels, register


def part(seed: int = 1) -> Pixels:
    """A picture with edges and texture, 400 x 600."""
    noise = np.random.default_rng(seed)
    picture = np.full((400, 600, 3), 90, np.uint8)
    for _shape in range(40):
        x, y, radius = noise.integers(20, 580), noise.integers(20, 380), noise.integers(6, 40)
        cv2.circle(picture, (int(x), int(y)), int(radius), noise.integers(0, 255, 3).tolist(), -1)
    return cv2.GaussianBlur(picture, (0, 0), 1.2)


@pytest.mark.parametrize(("turn", "size", "dx", "dy"), [(0, 1, 25, -14), (4, 1, 10, 6), (-7, 1.05, -20, 12)])
def test_a_part_that_was_moved_turned_and_enlarged_is_found_to_the_pixel(
    turn: float, size: float, dx: float, dy: float
) -> None:
    moved = cv2.getRotationMatrix2D((300, 200), turn, size)
    moved[:, 2] += (dx, dy)
    source = part()
    target = cv2.warpAffine(source, moved, (600, 400), borderMode=cv2.BORDER_REFLECT)
    target = cv2.convertScaleAbs(target, alpha=0.85, beta=15)  # other light
    found = register(source, target)
    assert found is not None
    points = np.array([[200, 150], [400, 150], [300, 280]])
    here, there = (points @ matrix[:, :2].T + matrix[:, 2] for matrix in (found, moved))
    assert np.abs(here - there).max() < 1


def test_photos_of_other_things_are_not_registered() -> None:
    assert register(part(1), part(2)) is None
    assert register(part(1), np.full((400, 600, 3), 40, np.uint8)) is None
