"""Photos that belong together: found in every orientation and by their names, joined and parted by hand."""

import io

import pytest
from flask_openapi3 import OpenAPI
from PIL import Image as Picture
from sqlalchemy import select

from tests.images import alike
from webapp.core.errors import UserError
from webapp.core.extensions import db
from webapp.images.similar import groups, leaks, name_groups, name_patterns, near_duplicates
from webapp.images.splits import plan as split_plan
from webapp.images.splits.units import SplitRequest
from webapp.models import DetectionModel, Image, NearDuplicate, PairReason, Split, User
from webapp.projects import copying, detection_models

TURNS = {
    "turned": Picture.Transpose.ROTATE_90,
    "turned twice": Picture.Transpose.ROTATE_180,
    "turned back": Picture.Transpose.ROTATE_270,
    "mirrored": Picture.Transpose.FLIP_LEFT_RIGHT,
    "upside down": Picture.Transpose.FLIP_TOP_BOTTOM,
    "transposed": Picture.Transpose.TRANSPOSE,
    "transversed": Picture.Transpose.TRANSVERSE,
}


@pytest.fixture
def model(clean_app: OpenAPI, administrator: User) -> DetectionModel:
    return detection_models.create_model("Screws", "", administrator)


def compare(model: DetectionModel) -> list[list[int]]:
    """What the io worker does until nothing waits; the groups there are then, by id."""
    while near_duplicates.compare_some(model.id):
        pass
    db.session.expire_all()
    return sorted(groups.ids_of(model))


def named(model: DetectionModel, *names: str) -> list[int]:
    """Different scenes with these names."""
    return [alike.add(model, alike.scene(seed), name=name).id for seed, name in enumerate(names)]


def reasons() -> list[list[str]]:
    return [pair.reasons for pair in db.session.scalars(select(NearDuplicate))]


@pytest.mark.parametrize("turn", TURNS.values(), ids=TURNS)
def test_a_photo_is_found_however_it_is_turned_and_mirrored(
    model: DetectionModel, turn: Picture.Transpose
) -> None:
    others = [alike.add(model, alike.scene(seed)).id for seed in range(7)]
    twin = alike.add(model, alike.saved_again(alike.scene(3).transpose(turn)), Split.TEST)
    assert compare(model) == [[others[3], twin.id]]
    assert reasons() == [["look"]]
    assert db.session.scalars(select(NearDuplicate.orientation)).one() != 0


def test_the_same_picture_in_another_file_is_a_copy(model: DetectionModel) -> None:
    alike.add(model, alike.scene(1))
    data = io.BytesIO()
    alike.scene(1).save(data, "JPEG", quality=95)
    alike.add(model, Picture.open(data), Split.TEST)
    compare(model)
    assert reasons() == [["copy"]]


def test_names_join_photos_only_by_the_pattern_that_was_chosen(model: DetectionModel) -> None:
    bolt1, bolt2, nut = named(model, "bolt_1.jpg", "Bolt_2.jpg", "nut_1.jpg")
    assert compare(model) == []
    name_groups.choose(model, r"^(.*?)[-_ ]?[0-9]+\.[^.]+$")
    db.session.commit()
    assert compare(model) == [[bolt1, bolt2]]
    later = alike.add(model, alike.scene(9), Split.TEST, name="nut_2.jpg").id
    assert compare(model) == [[bolt1, bolt2], [nut, later]]
    assert leaks.count(model) == 1
    name_groups.choose(model, "")
    db.session.commit()
    assert compare(model) == []


def test_patterns_are_proposed_that_fit_the_names(model: DetectionModel) -> None:
    named(
        model,
        "a_jpg.rf.7858dd6674773887d435517495c34218.jpg",
        "a_jpg.rf.8e68e6b0d374e98f966555c23b8a9edc.jpg",
        "b_jpg.rf.c8b4a1f75807b7a5a6e52212487d69e1.jpg",
        "c.jpg",
    )
    first = name_patterns.proposals(model)[0]
    assert (first.kind, first.groups, first.photos, first.largest) == ("roboflow", 1, 2, 2)
    assert [name[:6] for name in first.examples[0]] == ["a_jpg.", "a_jpg."]


@pytest.mark.parametrize(
    ("pattern", "names"),
    [
        ("changed", ["x7.jpg", "x7_rotated_90.jpg", "x7-flipped.png", "X7_crop_2_bright.jpg"]),
        ("frames", ["film_0001.jpg", "film_0002.jpg", "film3.jpg"]),
        ("serial", ["SN-0042_front.jpg", "SN-0042_back.jpg"]),
        ("date", ["cam_2026-11-30_1.jpg", "x20261130.jpg".replace("20261130", "2026-11-30")]),
    ],
)
def test_each_pattern_joins_what_it_says(model: DetectionModel, pattern: str, names: list[str]) -> None:
    named(model, *names, "other.jpg")
    found = name_patterns.count(model, name_patterns.PATTERNS[pattern])
    assert (found.groups, found.photos) == (1, len(names))


def test_an_expression_that_fails_by_now_keeps_no_photo_from_being_compared(model: DetectionModel) -> None:
    first = alike.add(model, alike.scene(1)).id
    model.group_name_pattern = "((a"  # as one that takes too long by now
    db.session.commit()
    twin = alike.add(model, alike.saved_again(alike.scene(1)), Split.TEST).id
    assert compare(model) == [[first, twin]]
    assert near_duplicates.is_waiting(model) is False


@pytest.mark.parametrize("pattern", ["((a", "no group", "(" + "x" * 400, "([a-)"])
def test_a_bad_pattern_is_refused_and_changes_nothing(model: DetectionModel, pattern: str) -> None:
    named(model, "a_1.jpg", "a_2.jpg")
    with pytest.raises(UserError) as refused:
        name_groups.choose(model, pattern)
    assert (refused.value.code, refused.value.field) == ("pattern_invalid", "pattern")
    db.session.rollback()
    assert db.session.get_one(DetectionModel, model.id).group_name_pattern == ""


def test_a_source_that_is_switched_off_makes_no_group_until_it_is_on_again(model: DetectionModel) -> None:
    first = alike.add(model, alike.scene(1)).id
    twin = alike.add(model, alike.saved_again(alike.scene(1)), Split.TEST).id
    assert compare(model) == [[first, twin]]
    groups.switch(model, [PairReason.LOOK, PairReason.COPY])
    assert compare(model) == []
    assert leaks.count(model) == 0
    groups.switch(model, [])
    assert compare(model) == [[first, twin]]


def test_what_was_joined_by_hand_stays_when_photos_are_compared_again(model: DetectionModel) -> None:
    one, other, third = named(model, "a.jpg", "b.jpg", "c.jpg")
    groups.join(model, [one, third])
    assert compare(model) == [[one, third]]
    assert [group.reasons for group in groups.read(model, groups.ids_of(model))] == [[PairReason.HAND]]
    groups.part(model, [third])
    assert compare(model) == []
    groups.join(model, [third, one, other])
    assert compare(model) == [[one, other, third]]


def test_a_photo_that_was_parted_stays_so_although_it_looks_the_same(model: DetectionModel) -> None:
    first = alike.add(model, alike.scene(1)).id
    second = alike.add(model, alike.smaller(alike.scene(1))).id
    third = alike.add(model, alike.saved_again(alike.scene(1)), Split.TEST).id
    assert compare(model) == [[first, second, third]]
    groups.part(model, [third])
    assert compare(model) == [[first, second]]
    groups.switch(model, [])
    assert compare(model) == [[first, second]]


def test_one_photo_alone_cannot_be_joined(model: DetectionModel) -> None:
    (one,) = named(model, "a.jpg")
    with pytest.raises(UserError) as refused:
        groups.join(model, [one, 4711])
    assert refused.value.code == "nothing_chosen"
    with pytest.raises(UserError, match=r"b\.jpg"):
        groups.ids_of_names(model, ["a.jpg", "b.jpg"])


def test_the_automatic_split_parts_no_group_whatever_its_reason(model: DetectionModel) -> None:
    ids = named(model, *(f"part{n // 4}_{n % 4}.jpg" for n in range(24)))
    name_groups.choose(model, "^(part[0-9]+)_")
    db.session.commit()
    request = SplitRequest(50, 25, 25, unlabelled=True)
    for seed in range(5):
        plan = split_plan.build(model, SplitRequest(50, 25, 25, seed=seed, unlabelled=True))
        to = dict.fromkeys(ids, Split.TRAIN) | {i: split for split, some in plan.moves.items() for i in some}
        for start in range(0, 24, 4):
            assert len({to[image_id] for image_id in ids[start : start + 4]}) == 1
    assert split_plan.build(model, request).groups == 6


def test_a_copy_of_a_model_has_its_sources_and_its_pattern(
    model: DetectionModel, administrator: User
) -> None:
    named(model, "a_1.jpg")
    groups.switch(model, [PairReason.PART])
    name_groups.choose(model, "^(.)_")
    db.session.commit()
    copy, _run = copying.copy_model(model, "Copy", False, administrator)
    assert (copy.groups_off, copy.group_name_pattern) == (["part"], "^(.)_")


def test_pairs_of_another_model_are_untouched(model: DetectionModel, administrator: User) -> None:
    other = detection_models.create_model("Nuts", "", administrator)
    ids = [alike.add(other, alike.scene(seed), name=f"{seed}.jpg").id for seed in range(2)]
    named(model, "x.jpg")
    groups.join(other, ids)
    with pytest.raises(UserError):
        groups.join(model, ids)
    with pytest.raises(UserError):
        groups.part(model, ids)
    assert groups.ids_of(other) == [ids]
    assert db.session.get_one(Image, ids[0]).model_id == other.id
