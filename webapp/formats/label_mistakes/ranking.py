"""The mistakes of all photos in one order, as the review shows them."""

import math
from collections.abc import Sequence

from webapp.formats.label_mistakes.candidates import Candidate, candidates
from webapp.formats.label_mistakes.expectations import Expectations
from webapp.formats.label_mistakes.overlaps import JudgedPhoto, Overlaps

SHOWN_SHARE = 0.1
"""So many mistakes are shown for each label."""


def ranked(photos: Sequence[Overlaps], expected: Expectations) -> list[tuple[JudgedPhoto, Candidate]]:
    """The likeliest first."""
    everything = [(photo.photo, one) for photo in photos for one in candidates(photo, expected)]
    return sorted(everything, key=lambda each: -each[1].score)


def shown_count(photos: Sequence[Overlaps]) -> int:
    """A tenth of the number of labels, rounded up."""
    return math.ceil(SHOWN_SHARE * sum(len(photo.photo.labels) for photo in photos))
