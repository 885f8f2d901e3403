"""The range of values of photos with more than 8 bits."""

import pytest

from webapp.formats.images.value_range import MeasuredValues, ValueRange, smallest_range, widened


@pytest.mark.parametrize(
    ("lowest", "highest", "low", "high"),
    [
        (0, 200, 0, 255),
        (300, 1023, 0, 1023),
        (0, 1024, 0, 4095),
        (300, 4095, 0, 4095),
        (300, 4096, 0, 16383),
        (0, 16384, 0, 65535),
        (0, 65536, 0, 131071),
        (0, 0, 0, 1),
        (0.0, 0.8, 0, 1),
        (0.0, 1.02, 0, 1.02),
        (20.5, 80.25, 0, 255),
        (-40.0, 120.5, -40, 120.5),
        (-3, -3, -3, -2),
    ],
)
def test_the_smallest_usual_range_that_holds_the_values(
    lowest: float, highest: float, low: float, high: float
) -> None:
    assert smallest_range(float(lowest), float(highest)) == ValueRange(low, high)


def test_a_range_is_widened_only_by_what_lies_beyond_it() -> None:
    twelve_bits = ValueRange.of_depth(12)
    assert widened(None, MeasuredValues(0, 3000)) == twelve_bits
    assert widened(twelve_bits, MeasuredValues(5, 900)) == twelve_bits
    assert widened(twelve_bits, MeasuredValues(5, 4096)) == ValueRange.of_depth(14)


def test_what_the_file_says_counts_before_the_setting_and_the_setting_before_the_photo() -> None:
    says_ten, says_nothing = MeasuredValues(0, 900, ValueRange.of_depth(10)), MeasuredValues(0, 900)
    setting = ValueRange.of_depth(12)
    assert says_ten.range_with(setting) == ValueRange.of_depth(10)
    assert says_nothing.range_with(setting) == setting
    assert says_nothing.range_with(None) == ValueRange.of_depth(10)


@pytest.mark.parametrize(
    ("measured", "beyond"),
    [
        (MeasuredValues(0, 4095), False),
        (MeasuredValues(0, 4096), True),
        (MeasuredValues(-1, 9), True),
        (MeasuredValues(0, 60_000, ValueRange.of_depth(16)), False),
        (MeasuredValues(0, 1024, ValueRange.of_depth(10)), True),
    ],
)
def test_values_beyond_the_range_are_known(measured: MeasuredValues, beyond: bool) -> None:
    assert measured.is_beyond(ValueRange.of_depth(12)) is beyond


@pytest.mark.parametrize("range_", [ValueRange(0, 4095), ValueRange(-0.5, 1e-7), ValueRange(0, 2.0**80)])
def test_a_key_names_one_range(range_: ValueRange) -> None:
    assert ValueRange.of_key(range_.key) == range_


@pytest.mark.parametrize("key", ["", "0", "a_b", "5_5", "9_1", "nan_1", "0_inf", "0_4095.0", "../x_1"])
def test_other_text_is_no_key(key: str) -> None:
    assert ValueRange.of_key(key) is None
