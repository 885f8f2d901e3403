"""Divides photos so that each part gets its share of every category. Pure functions.

Iterative stratification for photos with several categories (Sechidis, Tsoumakas, Vlahavas: "On the
Stratification of Multi-Label Data", 2011): the rarest category is distributed first, each photo to the part
with the largest deficit. Here groups of similar photos are distributed, and a category that is not too rare
reaches every part.
"""

import random
from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

ENOUGH = 5
"""A category with at least so many groups gets one in every part."""


@dataclass(frozen=True)
class Group:
    """Photos that are kept together."""

    size: int
    labels: Mapping[int, int]
    """Number of its photos by category; each photo has at least one, possibly «nothing»."""
    fixed: int | None = None
    """The part that it must be in; None if free."""


def divide(groups: Sequence[Group], shares: Sequence[float], seed: int) -> list[int]:
    """The part of each group. ``shares`` sum up to 1; a part with a share of 0 gets only fixed groups.

    The same groups, shares and seed give the same parts.
    """
    return _Division(groups, shares, seed).parts()


class _Division:
    """The deficit of each part while groups are distributed."""

    def __init__(self, groups: Sequence[Group], shares: Sequence[float], seed: int) -> None:
        self.groups = groups
        self.shares = shares
        self.random = random.Random(seed)  # noqa: S311 - no secret
        self.open = [part for part, share in enumerate(shares) if share > 0]
        self.chosen: list[int | None] = [None] * len(groups)
        self.left: Counter[int] = Counter()
        holders: dict[int, list[int]] = {}
        for index, group in enumerate(groups):
            for label, count in group.labels.items():
                self.left[label] += count
                holders.setdefault(label, []).append(index)
        self.holders = holders
        total = sum(group.size for group in groups)
        self.wanted = [share * total for share in shares]
        self.lacking = list(self.wanted)
        self.lacking_of = {label: self._wanted_of(self.left[label], len(holders[label])) for label in holders}

    def _wanted_of(self, photos: int, groups: int) -> list[float]:
        wanted = [share * photos for share in self.shares]
        if groups >= ENOUGH:
            largest = max(range(len(wanted)), key=self.shares.__getitem__)
            for part in self.open:
                missing = max(0.0, 1 - wanted[part])
                wanted[part] += missing
                wanted[largest] -= missing
        return wanted

    def parts(self) -> list[int]:
        for index, group in enumerate(self.groups):
            if group.fixed is not None:
                self._give(index, group.fixed)
        while self.left:
            # The rarest category first: later there is no choice left for it.
            label = min(self.left, key=lambda one: (self.left[one], one))
            waiting = [index for index in self.holders[label] if self.chosen[index] is None]
            self.random.shuffle(waiting)
            # Large groups first, while there is room for them.
            for index in sorted(waiting, key=lambda one: -self.groups[one].size):
                self._give(index, self._neediest(label))
            self.left.pop(label, None)
        return [part if part is not None else self.open[0] for part in self.chosen]

    def _neediest(self, label: int) -> int:
        lacking = self.lacking_of[label]
        most = max(lacking[part] for part in self.open)
        if most >= 1:
            candidates = [part for part in self.open if lacking[part] == most]
        else:
            # All deficits are below one photo: decide by the sizes of the parts, or all rounding would favour one.
            candidates = [part for part in self.open if lacking[part] > 0] or self.open
        need = {part: self.lacking[part] / self.wanted[part] for part in candidates}
        highest = max(need.values())
        return self.random.choice([part for part in candidates if need[part] == highest])

    def _give(self, index: int, part: int) -> None:
        group = self.groups[index]
        self.chosen[index] = part
        self.lacking[part] -= group.size
        for label, count in group.labels.items():
            self.lacking_of[label][part] -= count
            self.left[label] -= count
            if self.left[label] <= 0:
                del self.left[label]
