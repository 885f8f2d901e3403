"""Candidates by features: the nearest of all photos of a model, block by block, so that memory stays flat."""

from collections.abc import Iterator

import numpy as np
from numpy.typing import NDArray

from webapp.core.batches import batches
from webapp.formats.images.features import similarities
from webapp.images.similar import features
from webapp.images.similar.known_photos import KnownPhotos
from webapp.models import Split

BY_FEATURES = 8
"""Candidates in each split."""


def find(known: KnownPhotos, places: NDArray[np.intp]) -> dict[int, NDArray[np.intp]]:
    """The places of the nearest photos of each split by features, by the place of the photo."""
    projection = features.projection_of(known.sha256)
    if projection is None:
        return {}
    present, own = features.read([known.sha256[place] for place in places])
    if not present:
        return {}
    places, wanted = places[present], projection(own)
    shape = (len(places), len(Split), BY_FEATURES)
    nearest, highest = np.full(shape, -1, np.intp), np.full(shape, -np.inf, np.float32)
    for block in _blocks(len(known.ids)):
        there, vectors = features.read([known.sha256[place] for place in block])
        if not there:
            continue
        block = block[there]
        alike = similarities(wanted, projection(vectors))
        alike[places[:, None] == block[None, :]] = -np.inf
        for split in range(len(Split)):
            columns = np.flatnonzero(known.splits[block] == split)
            _merge(nearest[:, split], highest[:, split], block[columns], alike[:, columns])
    return {
        int(place): row[row >= 0] for place, row in zip(places, nearest.reshape(len(places), -1), strict=True)
    }


def _blocks(count: int) -> Iterator[NDArray[np.intp]]:
    for block in batches(list(range(count)), features.BLOCK):
        yield np.array(block, np.intp)


def _merge(
    nearest: NDArray[np.intp],
    highest: NDArray[np.float32],
    places: NDArray[np.intp],
    alike: NDArray[np.float32],
) -> None:
    """Keep in ``nearest`` and ``highest`` (photos x ``BY_FEATURES``) the best of what is there and what is new."""
    if not len(places):
        return
    count = min(BY_FEATURES, len(places))
    best = np.argpartition(-alike, count - 1, axis=1)[:, :count]
    values = np.concatenate([highest, np.take_along_axis(alike, best, 1)], axis=1)
    found = np.concatenate([nearest, places[best]], axis=1)
    kept = np.argsort(-values, axis=1, kind="stable")[:, :BY_FEATURES]
    highest[:] = np.take_along_axis(values, kept, 1)
    nearest[:] = np.where(np.isfinite(highest), np.take_along_axis(found, kept, 1), -1)
