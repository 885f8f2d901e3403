"""The one form of a detection: measured once, sent through Redis, read without its mask."""

import msgspec
import pytest

from webapp.formats import found_object
from webapp.formats.found_object import FoundObject
from webapp.formats.masks.rle import polygons_to_rle
from webapp.formats.masks.shape import MaskShape, measure_mask

MASK = polygons_to_rle([[10, 20, 40, 20, 40, 30, 10, 30]], 80, 60)


def test_a_mask_is_measured_when_somebody_asks_and_once(monkeypatch: pytest.MonkeyPatch) -> None:
    measured = []
    monkeypatch.setattr(
        found_object, "measure_mask", lambda mask: measured.append(mask) or measure_mask(mask)
    )
    found = FoundObject("fig", 0.9, [10, 20, 30, 10], 300.0, MASK)
    assert measured == []
    assert (found.length, found.width, len(found.outlines)) == (30, 10, 1)
    assert measured == [MASK]


def test_what_the_database_has_measured_is_not_measured_again() -> None:
    found = FoundObject("fig", 0.9, [10, 20, 30, 10], 300.0, measured=MaskShape([[1, 2, 3, 4, 5, 6]], 7, 5))
    assert (found.length, found.width, found.outlines) == (7, 5, [[1, 2, 3, 4, 5, 6]])
    with pytest.raises(ValueError, match="was not read"):
        _mask = found.segmentation


def test_it_comes_back_from_bytes_as_it_was() -> None:
    plain = FoundObject("瑕疵", 0.1 + 0.2, [0.1, 20, 30, 10], 300.0, MASK)
    assert plain.length == 30
    stored = FoundObject("fig", 0.5, [1, 2, 3, 4], 9.0, MASK, MaskShape([], 0.5, 0.25), id=7)
    for found in (plain, stored):
        assert msgspec.msgpack.decode(msgspec.msgpack.encode(found), type=FoundObject) == found
    # The name that COCO gives the mask, whatever reads the message.
    assert set(msgspec.to_builtins(plain)) == {"category", "score", "bbox", "area", "segmentation"}


def test_the_middle_is_that_of_the_box() -> None:
    assert FoundObject("fig", 1.0, [10.0, 20.0, 30.0, 10.0], 1.0).center == (25.0, 25.0)
