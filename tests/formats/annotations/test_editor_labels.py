"""Labels of the editor: what two people made of the same shapes."""

import msgspec
import pytest

from webapp.formats.annotations.editor_labels import EditorLabels, both_versions, is_same


def labels(*shapes: dict[str, object], **more: object) -> EditorLabels:
    return msgspec.convert({"version": 1, "shapes": list(shapes), **more}, EditorLabels)


def box(x: float) -> dict[str, object]:
    return {"category": 1, "bbox": [x, 0, 5, 5], "is_box": True}


@pytest.mark.parametrize(
    ("base", "mine", "theirs", "both"),
    [
        ([1, 2, 3], [10, 2, 30], [1, 20, 31], [20, 31, 10, 30]),
        ([1, 2], [1], [1, 2, 3], [1, 3]),
        ([], [1], [2], [2, 1]),
    ],
)
def test_what_one_moved_or_deleted_is_not_there_twice_and_what_both_changed_is(
    base: list[int], mine: list[int], theirs: list[int], both: list[int]
) -> None:
    sent = labels(*map(box, mine), base={"shapes": list(map(box, base))})
    found = both_versions(sent, labels(*map(box, theirs)))
    assert [shape.bbox[0] for shape in found if shape.bbox] == both


def test_labels_are_the_same_by_category_and_outline_however_they_were_kept() -> None:
    polygon = {"category": 1, "segmentation": [[0, 0, 9, 0, 0, 9]]}
    assert is_same(labels(polygon), labels(polygon | {"suggested": True, "bbox": [0, 0, 9, 9]}))
    assert is_same(labels(box(1)), labels(box(1) | {"segmentation": [[1, 0, 6, 0, 6, 5, 1, 5]]}))
    assert not is_same(labels(polygon), labels(polygon | {"category": 2}))
    assert not is_same(labels(box(1)), labels(box(2)))
    assert not is_same(labels(), labels(no_object=True))


def test_every_shape_has_rings_to_be_drawn_by() -> None:
    outline = [[0.0, 0.0, 9.0, 0.0, 0.0, 9.0]]
    polygon, edited, drawn = labels(
        {"category": 1, "segmentation": outline}, {"category": 1, "outline": outline, "mask": True}, box(1)
    ).shapes
    assert (polygon.rings, edited.rings) == (outline, outline)
    assert drawn.rings == [[1, 0, 6, 0, 6, 5, 1, 5]]
