"""Parameters that are proposed from the sizes of photos and labels."""

import pytest

from webapp.contracts.training_defaults import (
    CHEAP_MEGAPIXELS,
    LEAST_SIDE,
    MOST_MEGAPIXELS,
    WANTED_SIDE,
    DataFacts,
    defaults_for,
    facts_from,
    facts_of,
)
from webapp.contracts.training_parameters import Architecture, architecture_defaults


def seen(facts: DataFacts) -> float:
    """Px of small objects in the network."""
    assert facts.small
    return facts.small * defaults_for(facts).scale_of(round(facts.width), round(facts.height))


def megapixels(facts: DataFacts) -> float:
    """Of a photo in the network."""
    scale = defaults_for(facts).scale_of(round(facts.width), round(facts.height))
    return facts.width * facts.height * scale**2 / 1e6


def test_large_objects_are_trained_on_whole_photos_of_a_small_size() -> None:
    facts = DataFacts(13, 800, 600, small=89, large=163)
    chosen = defaults_for(facts)
    assert (chosen.image_size, chosen.window_size, chosen.anchor_size) == (320, 0, 32)
    assert seen(facts) == pytest.approx(WANTED_SIDE, rel=0.05)


def test_small_defects_are_trained_in_windows() -> None:
    chosen = defaults_for(DataFacts(95, 1540, 645, small=38, large=105))
    assert (chosen.window_size, chosen.anchor_size) == (320, 16)
    assert chosen.scale_jitter > 0


@pytest.mark.parametrize("width, height", [(1540, 645), (645, 1540), (4000, 3000), (640, 640)])
def test_photos_take_more_time_only_where_objects_would_be_lost(width: int, height: int) -> None:
    visible = DataFacts(50, width, height, small=max(width, height) / 25, large=max(width, height) / 10)
    assert megapixels(visible) <= CHEAP_MEGAPIXELS * 1.1
    tiny = DataFacts(50, width, height, small=12, large=40)
    assert megapixels(tiny) <= MOST_MEGAPIXELS * 1.1
    assert seen(tiny) <= LEAST_SIDE * 1.1


def test_windows_hold_large_objects() -> None:
    facts = DataFacts(50, 4000, 3000, small=40, large=500)
    chosen = defaults_for(facts)
    assert chosen.window_size >= min(640, 500 * chosen.scale_of(4000, 3000))


@pytest.mark.parametrize(
    "facts", [DataFacts(0, 0, 0), DataFacts(5, 800, 600), DataFacts(5, 4000, 3, small=0.0, large=0.0)]
)
def test_without_objects_the_architecture_decides(facts: DataFacts) -> None:
    assert defaults_for(facts) == architecture_defaults(Architecture.EFFICIENTNET_LITE0_FPN)


def test_a_strip_gets_a_size_within_range() -> None:
    assert 64 <= defaults_for(DataFacts(5, 40_000, 30, small=5, large=8)).image_size <= 2048


@pytest.mark.parametrize(
    "names, sided",
    [
        (["Gearbox", "Front Left Door Panel"], "Front Left Door Panel"),
        (["door_right"], "door_right"),
        (["左側刮傷", "凹痕"], "左側刮傷"),
        (["bracketLeft"], "bracketLeft"),
        (["LH bracket"], "LH bracket"),
        (["screw_L", "screw_R"], "screw_R"),
        (["R"], None),
        (["bright spot", "copyright", "cleft", "Right-angle"], "Right-angle"),
        (["scratch", "凹痕", "type R", "type S"], None),
        ([], None),
    ],
)
def test_photos_are_not_mirrored_where_a_category_says_left_or_right(
    names: list[str], sided: str | None
) -> None:
    facts = facts_from(13, [(800, 600)], [89.0, 163.0], names)
    assert facts.sided == sided
    assert defaults_for(facts).horizontal_flip is (sided is None)
    assert defaults_for(facts, Architecture.R50_FPN).horizontal_flip is (sided is None)


def test_a_gpu_trains_with_copy_paste_and_large_scale_jitter() -> None:
    chosen = defaults_for(DataFacts(95, 1540, 645, small=38, large=105), Architecture.R50_FPN)
    assert (chosen.image_size, chosen.window_size, chosen.time_budget_minutes) == (1024, 1024, 10)
    assert chosen.copy_paste > 0 and chosen.scale_jitter > 40


def test_facts_are_those_of_the_training_photos() -> None:
    images = [
        {"id": 1, "split": "train", "width": 100, "height": 80},
        {"id": 2, "split": "train", "width": 200, "height": 80},
        {"id": 3, "split": "test", "width": 900, "height": 900},
    ]
    boxes = {1: [0, 0, 4, 9], 2: [0, 0, 16, 16], 3: [0, 0, 500, 500]}
    annotations = [{"image_id": number, "bbox": box} for number, box in boxes.items()]
    facts = facts_of({"images": images, "annotations": annotations, "categories": []})
    assert (facts.photos, facts.width, facts.height) == (2, 150, 80)
    assert facts.small == pytest.approx(8.5)
