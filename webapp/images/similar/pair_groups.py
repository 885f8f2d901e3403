"""Groups of photos that belong together, from pairs."""

from collections.abc import Iterable


def groups_of_pairs(pairs: Iterable[tuple[int, int]]) -> list[list[int]]:
    """The connected parts of the graph of these pairs, each sorted, in order of their first member."""
    parent: dict[int, int] = {}

    def root(member: int) -> int:
        parent.setdefault(member, member)
        while parent[member] != member:
            parent[member] = parent[parent[member]]
            member = parent[member]
        return member

    for one, other in pairs:
        low, high = sorted((root(one), root(other)))
        parent[high] = low
    groups: dict[int, list[int]] = {}
    for member in sorted(parent):
        groups.setdefault(root(member), []).append(member)
    return list(groups.values())
