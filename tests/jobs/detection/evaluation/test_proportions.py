"""Intervals of shares and rates over photos, held against published ones where photos do not matter."""

import numpy as np
import pytest

from jobs.detection.evaluation.proportions import proportions, rates


def test_one_object_a_photo_gives_clopper_and_pearsons_interval() -> None:
    found = np.array([[1.0] * 8 + [0.0] * 2])
    low, high = proportions(found, np.ones((1, 10)))[0]
    # 8 of 10, as in their tables.
    assert low <= 0.4439 + 1e-4
    assert high >= 0.9748 - 1e-4
    assert (low, high) == pytest.approx((0.4439, 0.9748), abs=0.03)


@pytest.mark.parametrize(("found", "expected"), [(0.0, (0, 0.3085)), (1.0, (0.6915, 1))])
def test_all_or_nothing_has_one_open_side(found: float, expected: tuple[float, float]) -> None:
    interval = proportions(np.full((1, 10), found), np.ones((1, 10)))[0]
    assert interval == pytest.approx(expected, abs=1e-4)


def test_objects_of_a_photo_that_go_together_count_once() -> None:
    together = np.array([[10.0] * 8 + [0.0] * 2])
    single = np.array([[1.0] * 8 + [0.0] * 2])
    wide = proportions(together, np.full((1, 10), 10.0))[0]
    assert wide == pytest.approx(proportions(single, np.ones((1, 10)))[0], abs=0.1)
    alone = proportions(np.full((1, 10), 8.0), np.full((1, 10), 10.0))[0]
    assert alone[1] - alone[0] < 0.5 * (wide[1] - wide[0])


def test_without_objects_there_is_no_share() -> None:
    assert np.isnan(proportions(np.zeros((1, 3)), np.zeros((1, 3)))).all()


def test_a_single_photo_tells_little() -> None:
    low, high = proportions(np.array([[8.0]]), np.array([[10.0]]))[0]
    assert (low, high) == pytest.approx((0.44, 0.975), abs=0.6)
    assert high - low > 0.5


def test_no_false_alarm_leaves_the_rule_of_three() -> None:
    assert rates(np.zeros((1, 40)))[0] == pytest.approx((0, 3.689 / 40), abs=1e-3)


def test_false_alarms_on_one_photo_say_less_than_on_many() -> None:
    spread = rates(np.array([[1.0] * 20 + [0.0] * 20]))[0]
    heaped = rates(np.array([[20.0] + [0.0] * 39]))[0]
    # Garwood's interval of 20 counts is 12.2 to 30.9.
    assert spread == pytest.approx((12.2 / 40, 30.9 / 40), rel=0.05)
    assert heaped[1] > 2 * spread[1]
    assert heaped[0] < 0.1 * spread[0]
