"""Where the points of one photo lie on another one of the same scene: image registration with OpenCV.

Corners found on both (ORB) give a first guess, which the correlation of all pixels refines (ECC). For photos of parts
in one fixture: shifted, turned or a little larger, in about the same light.
"""

from typing import Any

import cv2
import numpy as np
from numpy.typing import NDArray

SIDE = 800
"""Longer side in px of the pictures that are compared."""
FEATURES = 2000
LEAST_INLIERS = 15
"""Corners that must agree on one movement for it to be a first guess."""
SURE_INLIERS = 40
"""So many are believed where the correlation finds nothing better."""
LEAST_CORRELATION = 0.6
"""Of the two pictures laid over each other, 0 to 1; below it they do not show the same."""
ROUNDS = 60

Pixels = NDArray[Any]
"""uint8, height x width x 3."""


def register(source: Pixels, target: Pixels) -> NDArray[np.float64] | None:
    """The 2 x 3 matrix that brings points (x, y) of ``source`` onto ``target``, pixels; None where none is found."""
    small_source, source_scale = _small(source)
    small_target, target_scale = _small(target)
    guess, inliers = _by_corners(small_source, small_target)
    found = _by_correlation(small_source, small_target, guess)
    if found is None:
        if inliers < SURE_INLIERS:
            return None
        found = guess
    # From the small pictures to the photos: scaled down before, up after.
    matrix = found.copy()
    matrix[:, :2] *= source_scale / target_scale
    matrix[:, 2] /= target_scale
    return matrix


def _small(photo: Pixels) -> tuple[Pixels, float]:
    scale = min(1.0, SIDE / max(photo.shape[:2]))
    gray = cv2.cvtColor(photo, cv2.COLOR_BGR2GRAY)
    small = cv2.resize(gray, None, fx=scale, fy=scale, interpolation=cv2.INTER_AREA) if scale < 1 else gray
    return small, scale


def _by_corners(source: Pixels, target: Pixels) -> tuple[NDArray[np.float64], int]:
    """A movement with scale on which most corners agree, and how many; no movement where there are too few."""
    still = np.eye(2, 3)
    finder = cv2.ORB_create(FEATURES)  # type: ignore[attr-defined]
    (points, features), (other_points, other_features) = (
        finder.detectAndCompute(picture, None) for picture in (source, target)
    )
    if features is None or other_features is None:
        return still, 0
    matches = cv2.BFMatcher(cv2.NORM_HAMMING, crossCheck=True).match(features, other_features)
    if len(matches) < LEAST_INLIERS:
        return still, 0
    start = np.array([points[match.queryIdx].pt for match in matches])
    end = np.array([other_points[match.trainIdx].pt for match in matches])
    cv2.setRNGSeed(1)
    matrix, inliers = cv2.estimateAffinePartial2D(start, end, method=cv2.RANSAC, ransacReprojThreshold=2.0)
    count = int(inliers.sum()) if inliers is not None else 0
    return (np.asarray(matrix, float), count) if matrix is not None and count >= LEAST_INLIERS else (still, 0)


def _by_correlation(source: Pixels, target: Pixels, guess: NDArray[np.float64]) -> NDArray[np.float64] | None:
    back = cv2.invertAffineTransform(guess).astype(np.float32)
    ends = (cv2.TERM_CRITERIA_EPS | cv2.TERM_CRITERIA_COUNT, ROUNDS, 1e-5)
    mask = np.full(source.shape, 255, np.uint8)
    try:
        correlation, warp = cv2.findTransformECC(target, source, back, cv2.MOTION_AFFINE, ends, mask, 5)
    except cv2.error:  # nothing in common, or no texture
        return None
    if correlation < LEAST_CORRELATION:
        return None
    return np.asarray(cv2.invertAffineTransform(warp), float)
