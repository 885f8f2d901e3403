"""How far the photos that judge can be trusted: which of them show what a photo for training shows.

Only labelled photos count, since a training takes no others.
"""

from collections import Counter
from dataclasses import dataclass, field
from typing import Any

from sqlalchemy import func, select

from webapp.core.extensions import db
from webapp.images import moves as image_moves
from webapp.images.similar import features, leaks, near_duplicates
from webapp.images.similar.leaks import Pair
from webapp.models import DetectionModel, Image, NearDuplicate, Split

JUDGING = (Split.VALIDATION, Split.TEST)
SHOWN = 3
RECORDED = 20
"""Pairs whose names a run keeps."""


@dataclass(frozen=True)
class LeakCheck:
    """The state of the data of a model."""

    leaking: dict[Split, int]
    """Photos of validation and test whose group has a photo in train."""
    judging: dict[Split, int]
    """Labelled photos of validation and test."""
    pairs: list[Pair]
    """Some of the pairs, the most alike first."""
    complete: bool
    """Whether all photos were compared."""
    groups: list[list[int]] = field(default_factory=list, repr=False)
    """Ids of the labelled photos of each group that leaks."""

    @property
    def photos(self) -> int:
        """Photos that judge and leak."""
        return sum(self.leaking.values())

    def document(self) -> dict[str, Any]:
        """What a training run keeps: ``TrainingRun.leaks``."""
        pairs = [
            {
                "train": (one.first if one.first.split == Split.TRAIN else one.second).filename,
                "other": (one.second if one.first.split == Split.TRAIN else one.first).filename,
                "split": (one.second if one.first.split == Split.TRAIN else one.first).split.value,
                "reasons": list(one.reasons),
            }
            for one in self.pairs
        ]
        return {
            "validation": self.leaking[Split.VALIDATION],
            "test": self.leaking[Split.TEST],
            "of_validation": self.judging[Split.VALIDATION],
            "of_test": self.judging[Split.TEST],
            "complete": self.complete,
            "pairs": pairs,
        }


def of_folds(model: DetectionModel, photos: int) -> LeakCheck:
    """Of a cross-validation of so many photos: each judges, and folds part no group that is known."""
    return LeakCheck(
        dict.fromkeys(JUDGING, 0), {Split.VALIDATION: 0, Split.TEST: photos}, [], _complete(model)
    )


def _complete(model: DetectionModel) -> bool:
    return not (near_duplicates.is_waiting(model) or features.is_waiting(model))


def check(model: DetectionModel, shown: int = SHOWN) -> LeakCheck:
    """Of the labelled photos as they stand now."""
    # Read first: photos compared in the meantime are then among the pairs.
    complete = _complete(model)
    judging = dict.fromkeys(JUDGING, 0) | {
        split: count
        for split, count in db.session.execute(
            select(Image.split, func.count())
            .where(Image.model_id == model.id, Image.labelled, Image.split != Split.TRAIN)
            .group_by(Image.split)
        )
    }
    groups, split_of = _leaking_groups(model)
    counted = Counter(split_of[image_id] for group in groups for image_id in group)
    leaking = {split: counted[split] for split in JUDGING}
    pairs = leaks.page(model, None, shown, labelled=True) if groups else []
    return LeakCheck(leaking, judging, pairs, complete, groups)


def mend(model: DetectionModel) -> image_moves.Moved:
    """Move each group that leaks to the part where most of its photos stand. Commits.

    A part that judges keeps at least one labelled photo, so that a training still can be judged: where a group holds
    its last ones, that group goes there.
    """
    groups, split_of = _leaking_groups(model)
    left = Counter(
        {
            split: count
            for split, count in db.session.execute(
                select(Image.split, func.count())
                .where(Image.model_id == model.id, Image.labelled)
                .group_by(Image.split)
            )
        }
    )
    plan: dict[Split, list[int]] = {}
    for group in groups:
        own = Counter(split_of[image_id] for image_id in group)
        # Of equally many: where it costs no photo that judges.
        target = max(own, key=lambda split: (own[split], split != Split.TRAIN, split.value))
        emptied = [split for split in own if split != target and left[split] <= own[split]]
        target = emptied[0] if emptied else target
        left.subtract(own)
        left[target] += len(group)
        plan.setdefault(target, []).extend(group)
    everything = {
        split: sorted({one for group in leaks.groups_around(ids) for one in group})
        for split, ids in plan.items()
    }
    return image_moves.arrange(model, everything)


def _leaking_groups(model: DetectionModel) -> tuple[list[list[int]], dict[int, Split]]:
    """Of each group that leaks its labelled photos; and their splits."""
    pairs = db.session.execute(
        select(NearDuplicate.first_id, NearDuplicate.second_id).where(*leaks.leaking(model))
    )
    groups = leaks.groups_around({image_id for pair in pairs for image_id in pair})
    ids = [image_id for group in groups for image_id in group]
    split_of: dict[int, Split] = {}
    for start in range(0, len(ids), 5_000):
        rows = db.session.execute(
            select(Image.id, Image.split).where(Image.id.in_(ids[start : start + 5_000]), Image.labelled)
        )
        split_of.update({image_id: split for image_id, split in rows})
    labelled = [[image_id for image_id in group if image_id in split_of] for group in groups]
    leaking = [
        group for group in labelled if len({split_of[image_id] == Split.TRAIN for image_id in group}) > 1
    ]
    return leaking, split_of


def parted_by(model: DetectionModel, image_ids: list[int]) -> int:
    """Of these photos, how many have a photo of their group on the other side of training. For a move that was made."""
    if not image_ids:
        return 0
    found: set[int] = set()
    for start in range(0, len(image_ids), 5_000):
        some = image_ids[start : start + 5_000]
        for column in (NearDuplicate.first_id, NearDuplicate.second_id):
            found.update(db.session.scalars(select(column).where(*leaks.leaking(model), column.in_(some))))
    return len(found)
