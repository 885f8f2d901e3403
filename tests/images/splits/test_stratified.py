"""Each part gets its share of every category, and photos that look the same stay together."""

from collections import Counter

import pytest
from hypothesis import given
from hypothesis import strategies as st

from webapp.images.splits.stratified import Group, divide

SHARES = (0.7, 0.15, 0.15)


def photos(*labels: int) -> list[Group]:
    """One photo for each of these categories."""
    return [Group(1, Counter([label])) for label in labels]


def sizes(groups: list[Group], parts: list[int], label: int | None = None) -> list[int]:
    """Photos in each part, or those of a category."""
    counts = Counter[int]()
    for group, part in zip(groups, parts, strict=True):
        counts[part] += group.size if label is None else group.labels[label]
    return [counts[part] for part in range(3)]


def test_each_part_gets_its_share() -> None:
    groups = photos(*[1] * 100)
    assert sizes(groups, divide(groups, SHARES, 1)) == [70, 15, 15]


def test_each_category_is_shared_out_by_itself() -> None:
    groups = photos(*[1] * 900, *[2] * 80, *[3] * 20)
    parts = divide(groups, SHARES, 1)
    assert sizes(groups, parts, 1) == [630, 135, 135]
    assert sizes(groups, parts, 2) == [56, 12, 12]
    assert sizes(groups, parts, 3) == [14, 3, 3]


@pytest.mark.parametrize("count", [5, 6, 7, 9])
def test_a_category_of_five_photos_reaches_every_part(count: int) -> None:
    groups = photos(*[1] * 500, *[2] * count)
    assert min(sizes(groups, divide(groups, (0.9, 0.05, 0.05), 3), 2)) >= 1


def test_rounding_of_many_small_categories_does_not_all_go_to_training() -> None:
    groups = photos(*(label for label in range(60) for _photo in range(7)))
    train, validation, test = sizes(groups, divide(groups, SHARES, 1))
    assert train == pytest.approx(0.7 * 420, abs=8)
    assert validation == pytest.approx(test, abs=8)


def test_photos_with_several_categories_count_for_each() -> None:
    groups = [Group(1, Counter({1: 1, 2: 1})) for _n in range(40)] + photos(*[1] * 40, *[2] * 40)
    parts = divide(groups, SHARES, 5)
    for label in (1, 2):
        for got, share in zip(sizes(groups, parts, label), SHARES, strict=True):
            assert got == pytest.approx(80 * share, abs=2)


def test_a_group_has_one_part_and_large_groups_leave_the_shares_good() -> None:
    groups = [Group(10, Counter({1: 10})) for _n in range(6)] + photos(*[1] * 60)
    assert sizes(groups, divide(groups, (0.5, 0.25, 0.25), 1)) == [60, 30, 30]


def test_a_fixed_group_stays_and_counts() -> None:
    groups = [Group(20, Counter({1: 20}), fixed=2), *photos(*[1] * 80)]
    parts = divide(groups, (0.6, 0.2, 0.2), 1)
    assert parts[0] == 2
    assert sizes(groups, parts) == [60, 20, 20]


def test_a_part_without_share_gets_nothing() -> None:
    groups = photos(*[1] * 10, *[2] * 10)
    assert sizes(groups, divide(groups, (0.8, 0.2, 0), 1)) == [16, 4, 0]


def test_the_seed_decides_and_nothing_else() -> None:
    groups = photos(*[1] * 50, *[2] * 50)
    assert divide(groups, SHARES, 1) == divide(groups, SHARES, 1)
    assert divide(groups, SHARES, 1) != divide(groups, SHARES, 2)


@given(
    st.lists(
        st.tuples(st.sets(st.integers(0, 5), min_size=1, max_size=3), st.integers(1, 4)),
        min_size=1,
        max_size=60,
    ),
    st.sampled_from([(1.0, 0.0, 0.0), (0.8, 0.2, 0.0), (0.7, 0.15, 0.15), (0.01, 0.01, 0.98)]),
    st.integers(0, 1000),
)
def test_every_photo_gets_a_part_that_is_open(
    given_groups: list[tuple[set[int], int]], shares: tuple[float, ...], seed: int
) -> None:
    groups = [Group(size, Counter(dict.fromkeys(labels, size))) for labels, size in given_groups]
    parts = divide(groups, shares, seed)
    assert len(parts) == len(groups)
    assert all(shares[part] > 0 for part in parts)
