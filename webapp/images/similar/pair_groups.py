"""Groups of photos that belong together, from pairs."""

from collections.abc import Iterable

import numpy as np
from scipy.sparse import coo_array
from scipy.sparse.csgraph import connected_components


def groups_of_pairs(pairs: Iterable[tuple[int, int]]) -> list[list[int]]:
    """The connected parts of the graph of these pairs, each sorted, in order of their first member."""
    members, ends = np.unique(np.array(list(pairs), int).reshape(-1, 2), return_inverse=True)
    first, second = ends.reshape(-1, 2).T
    graph = coo_array((np.ones(len(first), bool), (first, second)), shape=(len(members), len(members)))
    groups: dict[int, list[int]] = {}
    for member, number in zip(members.tolist(), connected_components(graph)[1].tolist(), strict=True):
        groups.setdefault(number, []).append(member)
    return list(groups.values())
