"""Labels as regions of VIA and back: what was not touched stays as it is stored."""

from dataclasses import dataclass, field
from typing import Any

from webapp.formats.via.regions import merge, region_of


@dataclass
class Label:
    """As a row of ``annotation``."""

    segmentation: Any
    bbox: list[float] = field(default_factory=lambda: [1.0, 2.0, 3.0, 4.0])
    iscrowd: bool = False
    is_box: bool = False


TRIANGLE = Label([[1.25, 2.5, 10.0, 2.5, 5.0, 9.123456789]])
BOX = Label([[1, 2, 4, 2, 4, 6, 1, 6]], is_box=True)
MASK = Label({"size": [9, 9], "counts": "0"})
PARTS = Label([[0, 0, 5, 0, 5, 5], [6, 6, 8, 6, 8, 8]])
CROWD = Label([[0, 0, 5, 0, 5, 5]], iscrowd=True)


def regions(*labels: Label, category: str = "pit") -> list[dict[str, Any]]:
    return [region for label in labels if (region := region_of(label, category)) is not None]


def test_polygons_and_boxes_are_shown_and_the_rest_is_not() -> None:
    shown = regions(TRIANGLE, BOX, MASK, PARTS, CROWD)
    assert [region["shape_attributes"]["name"] for region in shown] == ["polygon", "rect"]
    assert shown[0]["shape_attributes"]["all_points_y"] == [2.5, 2.5, 9.123456789]
    assert shown[1]["region_attributes"] == {"name": "pit"}


def test_what_comes_back_untouched_changes_nothing() -> None:
    there = [(label, "pit") for label in (MASK, TRIANGLE, BOX, PARTS, CROWD)]
    merged = merge(there, regions(TRIANGLE, BOX))
    assert not merged.changed
    assert merged.kept == [0, 1, 2, 3, 4]


def test_the_order_of_the_regions_does_not_matter() -> None:
    assert not merge([(TRIANGLE, "pit"), (BOX, "pit")], regions(BOX, TRIANGLE)).changed


def test_a_moved_point_makes_a_new_shape_and_leaves_the_others() -> None:
    moved = regions(TRIANGLE)
    moved[0]["shape_attributes"]["all_points_x"][0] = 2
    merged = merge([(TRIANGLE, "pit"), (BOX, "pit")], [*moved, *regions(BOX)])
    assert merged.kept == [1]
    (new,) = merged.new
    assert (new.number, new.category) == (1, "pit")
    assert new.outline.shape is not None


def test_another_category_is_a_change() -> None:
    merged = merge([(TRIANGLE, "pit")], regions(TRIANGLE, category="scratch"))
    assert merged.kept == []
    assert [one.category for one in merged.new] == ["scratch"]


def test_a_removed_region_goes_and_what_via_does_not_show_stays() -> None:
    merged = merge([(TRIANGLE, "pit"), (MASK, "pit")], [])
    assert merged.changed
    assert merged.kept == [1]


def test_a_copied_region_is_new_though_it_lies_on_the_first() -> None:
    merged = merge([(TRIANGLE, "pit")], regions(TRIANGLE, TRIANGLE))
    assert merged.kept == [0]
    assert len(merged.new) == 1


def test_two_labels_alike_of_which_one_was_removed() -> None:
    merged = merge([(TRIANGLE, "pit"), (TRIANGLE, "pit")], regions(TRIANGLE))
    assert merged.changed
    assert len(merged.kept) == 1
    assert merged.new == []


def test_what_is_no_region_is_new_and_without_a_shape() -> None:
    merged = merge([], [None, {}, {"shape_attributes": 3}, {"shape_attributes": {"name": "polygon"}}, [1]])
    assert [one.outline.shape for one in merged.new] == [None] * 5
    assert [one.category for one in merged.new] == [""] * 5


def test_circles_and_ellipses_become_outlines() -> None:
    circle = {
        "shape_attributes": {"name": "circle", "cx": 30, "cy": 30, "r": 8},
        "region_attributes": {"name": "pit"},
    }
    (new,) = merge([], [circle]).new
    assert new.outline.shape is not None
    assert len(new.outline.shape.segmentation[0]) > 20
