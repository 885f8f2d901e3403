"""Finds the pairs of some photos with all of their model: candidates by hash and features, then by fine structure."""

from collections.abc import Collection, Iterable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, replace
from functools import lru_cache, partial
from itertools import chain
from os import sched_getaffinity

import numpy as np
from numpy.typing import NDArray

from webapp.core.batches import batches
from webapp.formats.images import likeness as image_likeness
from webapp.formats.images import orientations
from webapp.formats.images.likeness import Scene
from webapp.images.similar import known_photos, nearest_features
from webapp.images.similar.known_photos import KnownPhotos
from webapp.models import PairReason

BY_HASH = 16
"""Candidates in each split, nearest by hash."""
KEPT = 3
"""Most pairs stored of one photo with each split."""
_PART = 100
"""Photos whose candidates' details are in memory together."""
_SAME = 0.99
"""Likeness of a picture and the same one saved again."""
_SAME_BITS = 2


@dataclass(frozen=True)
class FoundPair:
    """Two photos of one scene; ``first_id`` is the smaller id."""

    first_id: int
    second_id: int
    distance: int
    """Bits between the hashes, where they are nearest."""
    orientation: int | None
    reason: PairReason


@dataclass(frozen=True)
class _Candidate:
    place: int
    """In ``KnownPhotos``."""
    distance: int
    orientation: int
    reason: PairReason


def find_pairs(known: KnownPhotos, image_ids: list[int], off: Collection[str] = ()) -> list[FoundPair]:
    """The pairs of these photos, each once, by a reason (``PairReason``) that is not ``off`` where there is one.

    Reads; the caller keeps the details beforehand.
    """
    sample = known_photos.read_details(known.sample())
    required = image_likeness.required_likeness(_reference(tuple(sorted(sample))))
    places = known.places_of(image_ids)
    by_features = {} if PairReason.PART in off else nearest_features.find(known, places)
    pairs: dict[tuple[int, int], FoundPair] = {}
    with ThreadPoolExecutor(len(sched_getaffinity(0))) as threads:
        before: Iterable[list[FoundPair]] = ()
        for part in batches(places.tolist(), _PART):
            candidates = _candidates(known, part, by_features, off)
            needed = {known.sha256[place] for place in part}
            needed.update(known.sha256[one.place] for found in candidates for one in found)
            scenes = {sha256: Scene(detail) for sha256, detail in known_photos.read_details(needed).items()}
            # These are compared while the candidates of the next ones are found.
            found = threads.map(partial(_verified, known, scenes, required), part, candidates)
            _keep(pairs, before)
            before = found
        _keep(pairs, before)
    return list(pairs.values())


def _keep(pairs: dict[tuple[int, int], FoundPair], found: Iterable[list[FoundPair]]) -> None:
    for pair in chain.from_iterable(found):
        pairs.setdefault((pair.first_id, pair.second_id), pair)


@lru_cache(maxsize=64)
def _reference(sample: tuple[str, ...]) -> float:
    """Of these photos, by SHA-256; remembered, since each batch of a model asks for it."""
    details = list(known_photos.read_details(sample).values())
    return image_likeness.reference_likeness(
        np.stack(details) if details else np.zeros((0, 1, 1), np.float32)
    )


def _pair(known: KnownPhotos, own: int, found: _Candidate) -> FoundPair:
    one, other = int(known.ids[own]), int(known.ids[found.place])
    return FoundPair(min(one, other), max(one, other), found.distance, found.orientation, found.reason)


def _candidates(
    known: KnownPhotos, part: list[int], by_features: dict[int, NDArray[np.intp]], off: Collection[str]
) -> list[list[_Candidate]]:
    own_hashes = known_photos.read_hashes([known.sha256[place] for place in part])
    blank = np.zeros(orientations.COUNT, np.int64)
    turned = np.stack([own_hashes.get(known.sha256[place], blank) for place in part])
    chosen = []
    for own, hashes, (indexes, bits, turns) in zip(
        part, turned, orientations.near_hashes(turned, known.hashes), strict=True
    ):
        kept = known.nearest_of_each_split(own, indexes, -bits.astype(int), BY_HASH)
        by_hash = [_Candidate(int(indexes[k]), int(bits[k]), int(turns[k]), PairReason.LOOK) for k in kept]
        by_look = [
            _Candidate(int(place), _bits(hashes[0], known.hashes[place]), 0, PairReason.PART)
            for place in by_features.get(own, ())
        ]
        # Of two ways to one photo the first counts; without features, whatever is found is not kept if it is off.
        ordered = by_look + by_hash if PairReason.LOOK in off else by_hash + by_look
        found: dict[int, _Candidate] = {}
        for one in ordered:
            found.setdefault(one.place, one)
        chosen.append(list(found.values()))
    return chosen


def _bits(one: np.int64, other: np.int64) -> int:
    return int(np.bitwise_count(np.uint64((int(one) ^ int(other)) & 0xFFFF_FFFF_FFFF_FFFF)))


def _verified(
    known: KnownPhotos,
    scenes: dict[str, Scene],
    required: float,
    own: int,
    candidates: Iterable[_Candidate],
) -> list[FoundPair]:
    """Those that show the same, the nearest of each split."""
    scene = scenes.get(known.sha256[own])
    if scene is None:
        return []
    turned = {0: scene}
    same, alike = [], []
    for one in candidates:
        other = scenes.get(known.sha256[one.place])
        if other is None:
            continue
        if one.orientation not in turned:
            turned[one.orientation] = Scene(orientations.oriented(scene.detail, one.orientation))
        value = image_likeness.likeness(turned[one.orientation], other, required)
        if value >= required:
            same.append(one)
            # Rounded, so that equal copies are equally near.
            alike.append(round(value, 3))
    kept = known.nearest_of_each_split(own, np.array([one.place for one in same], int), np.array(alike), KEPT)
    return [_pair(known, own, _named(same[k], alike[k])) for k in kept]


def _named(found: _Candidate, alike: float) -> _Candidate:
    """With the reason ``COPY`` where it is the same picture, as it lies."""
    is_copy = alike >= _SAME and found.distance <= _SAME_BITS and not found.orientation
    return replace(found, reason=PairReason.COPY) if is_copy and found.reason == PairReason.LOOK else found
