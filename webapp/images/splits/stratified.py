"""Divides photos so that each part has its share of every category. Pure: knows neither database nor pages.

Iterative stratification for photos with several categories (Sechidis, Tsoumakas, Vlahavas: "On the Stratification of
Multi-Label Data", 2011): the rarest category is given out first, each photo to the part that lacks it most. Here
what is given out are groups of photos that look the same, and a category that is not too rare reaches every part.
"""

import random
from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

ENOUGH = 5
"""Groups of a category from which on every part gets one of them."""


@dataclass(frozen=True)
class Group:
    """Photos that stay together."""

    size: int
    labels: Mapping[int, int]
    """How many of its photos show a category; any photo has at least one label, be it «nothing»."""
    fixed: int | None = None
    """The part it has to stand in."""


def divide(groups: Sequence[Group], shares: Sequence[float], seed: int) -> list[int]:
    """The part of each group. ``shares`` sum up to 1; a part with a share of 0 gets nothing that is not fixed.

    The same groups, shares and seed give the same parts.
    """
    return _Division(groups, shares, seed).parts()


class _Division:
    """What each part still lacks, while groups are given out."""

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
            # The rarest first: later there is no choice for it any more.
            label = min(self.left, key=lambda one: (self.left[one], one))
            waiting = [index for index in self.holders[label] if self.chosen[index] is None]
            self.random.shuffle(waiting)
            # Large groups while there is room for them.
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
            # Less than a photo is lacking anywhere: the parts' sizes decide, or all rounding would go one way.
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
