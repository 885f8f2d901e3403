"""The stored form of the features of a photo, and how candidates are found by them.

The features are means of a network's feature map over the quarters of a window. The windows are the whole photo and
parts of four fifths of its sides: in the middle and in the corners. So a photo that is a part of another one, or was
taken a little beside it, is near to one of its windows.
"""

from collections.abc import Iterable
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

WINDOWS = 6
"""The whole photo, its middle, its four corners."""
QUARTERS = 2
DIMENSIONS = 48
"""Directions in which the photos of a model differ most; only these are compared."""
PART = 0.8
Vectors = NDArray[np.float32]


def pooled(feature_maps: NDArray[np.float32]) -> list[bytes]:
    """Of maps, photos x channels x height x width: for each photo ``WINDOWS`` vectors of signed bytes."""
    height, width = feature_maps.shape[-2:]
    tall, wide = max(QUARTERS, round(height * PART)), max(QUARTERS, round(width * PART))
    down, right = height - tall, width - wide
    corners = [(down // 2, right // 2), (0, 0), (0, right), (down, 0), (down, right)]
    vectors = [_quarters(feature_maps)]
    vectors += [_quarters(feature_maps[..., top : top + tall, left : left + wide]) for top, left in corners]
    rows = np.stack(vectors, axis=1)
    largest = np.maximum(np.abs(rows).max(axis=-1, keepdims=True), 1e-6)
    return [one.tobytes() for one in np.round(rows / largest * 127).astype(np.int8)]


def _quarters(window: NDArray[np.float32]) -> NDArray[np.float32]:
    height, width = window.shape[-2:]
    half = ((0, -(-height // 2)), (height // 2, height)), ((0, -(-width // 2)), (width // 2, width))
    return np.concatenate(
        [
            window[..., top:bottom, left:right].mean(axis=(-2, -1))
            for top, bottom in half[0]
            for left, right in half[1]
        ],
        axis=-1,
    )


def unpacked(stored: Iterable[bytes]) -> Vectors:
    """Of ``pooled``: photos x ``WINDOWS`` x channels, each vector of length 1."""
    rows = [np.frombuffer(one, np.int8).reshape(WINDOWS, -1) for one in stored]
    vectors = np.stack(rows).astype(np.float32)
    return vectors / np.maximum(np.linalg.norm(vectors, axis=-1, keepdims=True), 1e-6)


@dataclass(frozen=True)
class Projection:
    """What makes the photos of one model different from each other."""

    mean: Vectors
    directions: Vectors
    """Channels x ``DIMENSIONS``, scaled so that the photos spread equally in each."""

    @staticmethod
    def of(sample: Vectors) -> "Projection":
        """Of whole photos (photos x channels), at least two: their principal components."""
        mean = sample.mean(axis=0)
        _left, spread, axes = np.linalg.svd(sample - mean, full_matrices=False)
        kept = min(DIMENSIONS, len(spread))
        # Directions in which the photos hardly differ hold noise: they are not enlarged without limit.
        scale = np.sqrt(spread[:kept] ** 2 + (0.1 * spread[0]) ** 2 + 1e-9)
        return Projection(mean.astype(np.float32), (axes[:kept].T / scale).astype(np.float32))

    def __call__(self, vectors: Vectors) -> Vectors:
        """The vectors in these directions, each of length 1."""
        seen = (vectors - self.mean) @ self.directions
        return seen / np.maximum(np.linalg.norm(seen, axis=-1, keepdims=True), 1e-6)


def similarities(wanted: Vectors, known: Vectors) -> NDArray[np.float32]:
    """Of each wanted photo with each known one, -1 to 1: the whole of one with the nearest window of the other.

    Both are photos x ``WINDOWS`` x dimensions, after a ``Projection``.
    """
    highest = wanted[:, 0] @ known[:, 0].T
    for window in range(1, WINDOWS):
        np.maximum(highest, wanted[:, 0] @ known[:, window].T, out=highest)
        np.maximum(highest, wanted[:, window] @ known[:, 0].T, out=highest)
    return highest
