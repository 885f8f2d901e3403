"""Similarity of two photos beyond their perceptual hash, and the thresholds for near duplicates.

A fixed camera over a conveyor gives the same perceptual hash for different parts, since the fixture fills most
of the picture. So photos with near hashes are also compared by their fine structure.
"""

from pathlib import Path

import numpy as np
from numpy.typing import NDArray
from PIL import Image

HASH_DISTANCE = 10
"""Largest Hamming distance of candidates, bits of 64.

Photos saved again, smaller, brighter, blurred, shifted or cropped by 2 %: 0 to 8, rarely 10.
"""
SIDE = 32
"""Side of the fine structure in pixels."""
SHIFT = 2
"""Largest shift between two photos in its pixels: 6 % of a photo."""
UNKNOWN_REFERENCE = 0.3
"""Reference likeness for models with too few photos to compute it."""
HIGHEST_REQUIRED = 0.985
"""Upper limit of the threshold; photos saved again, darker or blurred are above it."""
_BACKGROUND = 2
_CHUNK = 4_000_000


def detail_of(path: Path) -> bytes:
    """``SIDE`` x ``SIDE`` signed bytes: a picture without its brightness and coarse shading. Raises OSError."""
    with Image.open(path) as image:
        grey = image.convert("L").resize((SIDE, SIDE), Image.Resampling.BOX)
    pixels = np.asarray(grey, dtype=np.float32)
    fine = pixels - _blurred(pixels, _BACKGROUND)
    contrast = np.sqrt(np.maximum(_blurred(fine * fine, 2 * _BACKGROUND), 0)) + 2
    return np.clip(fine / contrast * 40, -127, 127).astype(np.int8).tobytes()


def _blurred(pixels: NDArray[np.float32], radius: int) -> NDArray[np.float32]:
    """The mean of the square around each pixel, by a summed-area table."""
    side = 2 * radius + 1
    padded = np.pad(pixels, radius, mode="edge")
    sums = np.pad(padded, ((1, 0), (1, 0))).cumsum(0, dtype=np.float64).cumsum(1)
    total = sums[side:, side:] - sums[:-side, side:] - sums[side:, :-side] + sums[:-side, :-side]
    return (total / side**2).astype(np.float32)


def spectra(details: list[bytes]) -> NDArray[np.complex64]:
    """Of ``detail_of``, normed, for ``likeness``; one row a photo. A blank photo's is zero."""
    pixels = np.frombuffer(b"".join(details), dtype=np.int8).reshape(-1, SIDE, SIDE).astype(np.float32)
    pixels -= pixels.mean(axis=(1, 2), keepdims=True)
    norms = np.sqrt((pixels * pixels).sum(axis=(1, 2), keepdims=True))
    # What a blank photo has is noise of its compression.
    pixels = np.where(norms > SIDE, pixels / np.maximum(norms, 1), 0)
    return np.fft.rfft2(pixels).astype(np.complex64)


def likeness(one: NDArray[np.complex64], others: NDArray[np.complex64]) -> NDArray[np.float32]:
    """Normed cross-correlation at the best shift, 1 for the same picture, about 0.1 for different ones."""
    if not len(others):
        return np.zeros(0, dtype=np.float32)
    correlation = np.fft.irfft2(np.conj(others) * one, s=(SIDE, SIDE))
    near = np.roll(correlation, (SHIFT, SHIFT), (1, 2))[:, : 2 * SHIFT + 1, : 2 * SHIFT + 1]
    return near.max(axis=(1, 2)).astype(np.float32)


def reference_likeness(sample: NDArray[np.complex64]) -> float:
    """Likeness of unrelated photos of a model: the median of all pairs of a sample."""
    count = len(sample)
    if count < 6:
        return UNKNOWN_REFERENCE
    pairs = [likeness(sample[i], sample[i + 1 :]) for i in range(count - 1)]
    return float(np.clip(np.median(np.concatenate(pairs)), 0, 1))


def required_likeness(reference: float) -> float:
    """The threshold from which a pair is a near duplicate: 0.67 for unrelated scenes, 0.98 with a fixed camera."""
    return min(HIGHEST_REQUIRED, 1 - 0.4 * (1 - reference) ** 2)


def near_hashes(
    wanted: NDArray[np.int64], known: NDArray[np.int64]
) -> list[tuple[NDArray[np.intp], NDArray[np.uint8]]]:
    """For each wanted hash the indexes in ``known`` at most ``HASH_DISTANCE`` bits away, and the bits.

    A linear scan: 100,000 take 0.2 ms, less than an index tree at this distance.
    """
    found = []
    all_bits = known.view(np.uint64)
    step = max(1, _CHUNK // max(1, len(known)))
    for start in range(0, len(wanted), step):
        part = wanted[start : start + step].view(np.uint64)
        distances = np.bitwise_count(part[:, None] ^ all_bits[None, :])
        for row in distances:
            indexes = np.flatnonzero(row <= HASH_DISTANCE)
            found.append((indexes, row[indexes]))
    return found
