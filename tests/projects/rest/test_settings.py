"""The settings of a model over REST."""

import io
from typing import Any

import numpy as np
import pytest
from flask.testing import FlaskClient
from PIL import Image

from tests.formats.images.deep_files import camera, png
from tests.rest.sending import add_images, assert_problem, photo_file

RANGE = ("bit_depth", "value_range", "value_range_in_use")


def address(model: dict[str, Any]) -> str:
    return f"/api/v1/models/{model['id']}/settings"


def test_nothing_is_set_at_first(api: FlaskClient, model: dict[str, Any]) -> None:
    answer = api.get(address(model))
    assert answer.status_code == 200
    assert answer.get_json() == {
        "bit_depth": None,
        "value_range": None,
        "value_range_in_use": None,
        "suppress_mask_iou": 0.5,
        "suppress_across_categories": False,
        "thresholds": {},
        "review_by_others": False,
        "thresholds_in_use": None,
    }


def test_only_what_is_named_changes(api: FlaskClient, model: dict[str, Any]) -> None:
    def patch(**changes: Any) -> tuple[Any, Any, Any]:
        answer = api.patch(address(model), json=changes)
        assert answer.status_code == 200, answer.text
        assert answer.get_json() == api.get(address(model)).get_json()
        return tuple(answer.get_json()[name] for name in RANGE)  # type: ignore[return-value]

    assert patch(bit_depth=12) == (12, None, [0, 4095])
    assert patch() == (12, None, [0, 4095])
    assert patch(value_range=None) == (12, None, [0, 4095])
    assert patch(value_range=[64, 1000.5]) == (None, [64, 1000.5], [64, 1000.5])
    assert patch(bit_depth=10, value_range=None) == (10, None, [0, 1023])
    assert patch(bit_depth=None) == (None, None, None)


@pytest.mark.parametrize(
    "changes",
    [
        {"bit_depth": 9},
        {"bit_depth": "twelve"},
        {"bit_depth": True},
        {"value_range": [5]},
        {"value_range": [5, 5]},
        {"value_range": [9, 1]},
        {"value_range": [0, "4095"]},
        {"value_range": [0, True]},
        {"value_range": [0, 1e99]},
        {"value_range": 4095},
        {"bit_depth": 12, "value_range": [0, 4095]},
        {"brightness": 3},
        {"suppress_mask_iou": 0},
        {"suppress_mask_iou": 1.1},
        {"suppress_mask_iou": "0.5"},
        {"suppress_mask_iou": True},
        {"suppress_across_categories": None},
        {"suppress_across_categories": "yes"},
        {"thresholds": None},
        {"thresholds": {"unknown": 0.5}},
        {"thresholds": {"nut": 1.5}},
        {"thresholds": {"nut": "0.5"}},
        {"thresholds": [0.5]},
        {"suppress_mask_iou": 0.3, "thresholds": {"unknown": 0.5}},
        {"suppress_mask_iou": 0.3, "thresholds": {}, "value_range": [9, 1]},
    ],
)
def test_nonsense_is_refused_and_changes_nothing(
    api: FlaskClient, labelled_model: dict[str, Any], changes: dict[str, Any]
) -> None:
    there = address(labelled_model)
    api.patch(there, json={"bit_depth": 14, "thresholds": {"nut": 0.4}})
    before = api.get(there).get_json()
    assert (before["bit_depth"], before["thresholds"]) == (14, {"nut": 0.4})
    assert_problem(api.patch(there, json=changes), 422)
    assert api.get(there).get_json() == before


def test_what_counts_as_a_detection(api: FlaskClient, trained: dict[str, Any]) -> None:
    def patch(**changes: Any) -> dict[str, Any]:
        answer = api.patch(address(trained), json=changes)
        assert answer.status_code == 200, answer.text
        return answer.get_json()

    assert patch()["thresholds_in_use"] == {"nut": 0.5}
    assert patch(thresholds={"nut": 0.7})["thresholds_in_use"] == {"nut": 0.7}
    changed = patch(suppress_mask_iou=None, suppress_across_categories=True)
    assert (changed["suppress_mask_iou"], changed["suppress_across_categories"]) == (None, True)
    changed = patch(suppress_mask_iou=0.3)
    assert (changed["suppress_mask_iou"], changed["suppress_across_categories"]) == (0.3, True)
    assert changed["thresholds"] == {"nut": 0.7}
    assert patch(thresholds={})["thresholds_in_use"] == {"nut": 0.5}


def test_photos_are_answered_in_the_range_and_their_file_as_it_was_sent(
    api: FlaskClient, model: dict[str, Any]
) -> None:
    data = png(camera(1023))
    added = add_images(api, model, photo_file("ten.png", data), photo_file("fourteen.png", png(camera(9000))))
    assert [(one["filename"], one["code"]) for one in added["remarks"]] == [
        ("ten.png", "values_shown"),
        ("fourteen.png", "values_shown"),
    ]
    assert "1023 is white" in added["remarks"][0]["remark"]
    [ten, _fourteen] = added["created"]
    brightness = {}
    for depth in (10, 12):
        api.patch(address(model), json={"bit_depth": depth})
        brightness[depth] = np.asarray(Image.open(io.BytesIO(api.get(ten["thumbnail_url"]).data))).mean()
    assert brightness[10] == pytest.approx(4 * brightness[12], rel=0.05)
    assert api.get(ten["url"]).data == data
    beyond = add_images(api, model, photo_file("beyond.png", png(camera(5000))))["remarks"]
    assert [one["code"] for one in beyond] == ["values_beyond"]
    assert "0 to 5000" in beyond[0]["remark"]
