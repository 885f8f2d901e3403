"""Labels of a photo: read, replaced as a whole, refused with the path of the fault, and never overwritten."""

from concurrent.futures import ThreadPoolExecutor
from typing import Any

import pytest
from flask.testing import FlaskClient

from tests.rest.sending import assert_problem, walk
from webapp.formats.masks.rle import polygons_to_rle

TRIANGLE = {"category": "nut", "segmentation": [[5, 5, 25, 5, 25, 20]]}
BOX = {"category": "bolt", "bbox": [1, 2, 10.5, 20]}
MASK = {"category": "nut", "segmentation": polygons_to_rle([[0, 0, 10, 0, 10, 10, 0, 10]], 40, 30)}


def address(image: dict[str, Any]) -> str:
    return f"/api/v1/images/{image['id']}/annotations"


def put(api: FlaskClient, image: dict[str, Any], body: Any, version: str = '"0"') -> Any:
    return api.put(address(image), json=body, headers={"If-Match": version})


def test_shapes_are_kept_with_box_and_area(
    api: FlaskClient, model: dict[str, Any], image: dict[str, Any]
) -> None:
    before = api.get(address(image))
    assert (before.headers["ETag"], before.get_json()["items"]) == ('"0"', [])
    answer = put(api, image, {"items": [TRIANGLE, BOX, MASK | {"iscrowd": 1}]})
    assert (answer.status_code, answer.headers["ETag"]) == (200, '"1"')
    triangle, box, mask = answer.get_json()["items"]
    assert triangle["bbox"] == [5, 5, 20, 15]
    assert (triangle["area"], triangle["iscrowd"], triangle["is_box"]) == (150, 0, False)
    assert box["segmentation"] == [[1, 2, 11.5, 2, 11.5, 22, 1, 22]]
    assert (box["bbox"], box["area"], box["is_box"]) == ([1, 2, 10.5, 20], 210, True)
    assert mask["segmentation"] == MASK["segmentation"]
    assert (mask["bbox"], mask["area"], mask["iscrowd"]) == ([0, 0, 10, 10], 100, 1)
    after = api.get(address(image))
    assert after.get_json() == answer.get_json()
    assert after.headers["ETag"] == '"1"'
    [photo] = walk(api, f"/api/v1/models/{model['id']}/images?category=bolt")
    assert photo["labelled"] is True


def test_a_category_in_another_case_is_the_one_that_is_there(api: FlaskClient, image: dict[str, Any]) -> None:
    put(api, image, {"items": [TRIANGLE]})
    answer = put(
        api, image, {"items": [TRIANGLE | {"category": "NUT"}, BOX, BOX | {"category": "Bolt"}]}, '"1"'
    )
    assert [item["category"] for item in answer.get_json()["items"]] == ["nut", "bolt", "bolt"]


@pytest.mark.parametrize(("language", "said"), [("zh-TW", "COCO 格式"), ("en", "must be COCO's")])
def test_run_lengths_that_are_no_mask_are_refused_in_the_readers_language(
    api: FlaskClient, image: dict[str, Any], language: str, said: str
) -> None:
    body = {"items": [{"category": "nut", "segmentation": {"size": [30, 40], "counts": [5]}}]}
    headers = {"If-Match": '"0"', "Accept-Language": language}
    answer = api.put(address(image), json=body, headers=headers)
    assert_problem(answer, 422)
    text = str(answer.get_json())
    assert said in text and "fill the canvas" not in text


def test_an_answer_can_be_sent_back(api: FlaskClient, image: dict[str, Any]) -> None:
    first = put(api, image, {"items": [TRIANGLE, BOX, MASK]}).get_json()
    second = put(api, image, first, '"1"').get_json()

    def without_id(items: list[dict[str, Any]]) -> list[dict[str, Any]]:
        return [{name: value for name, value in item.items() if name != "id"} for item in items]

    assert without_id(second["items"]) == without_id(first["items"])


def test_a_bare_list_and_an_empty_one(api: FlaskClient, image: dict[str, Any]) -> None:
    assert len(put(api, image, [TRIANGLE]).get_json()["items"]) == 1
    assert put(api, image, [], '"1"').get_json()["items"] == []
    marked = put(api, image, {"items": [], "no_object": True}, '"2"').get_json()
    assert marked["no_object"] is True
    assert_problem(put(api, image, {"items": [BOX], "no_object": True}, '"3"'), 422)


def test_the_second_writer_is_told(api: FlaskClient, image: dict[str, Any]) -> None:
    assert put(api, image, [TRIANGLE]).status_code == 200
    assert_problem(put(api, image, [BOX]), 412, "annotations_changed")
    assert_problem(put(api, image, [BOX], '"99"'), 412)
    assert_problem(put(api, image, [BOX], 'W/"1"'), 412)
    assert_problem(api.put(address(image), json=[BOX]), 428, "if_match_missing")
    assert api.get(address(image)).get_json()["items"][0]["category"] == "nut"
    assert put(api, image, [BOX], "*").get_json()["items"][0]["category"] == "bolt"


def test_of_writers_at_the_same_time_one_wins(api: FlaskClient, image: dict[str, Any]) -> None:
    headers = {"If-Match": '"0"', "Authorization": api.environ_base["HTTP_AUTHORIZATION"]}

    def write(number: int) -> int:
        shapes = [{"category": f"nut {number}", "bbox": [1, 1, 5, 5]}] * (number + 1)
        script = api.application.test_client()
        return script.put(address(image), json=shapes, headers=headers).status_code

    with ThreadPoolExecutor(6) as threads:
        statuses = list(threads.map(write, range(6)))
    assert sorted(statuses) == [200] + [412] * 5
    kept = api.get(address(image)).get_json()["items"]
    assert [item["category"] for item in kept] == [f"nut {statuses.index(200)}"] * (statuses.index(200) + 1)


@pytest.mark.parametrize(
    ("shape", "field"),
    [
        ({"segmentation": [[5, 5, 25, 5, 25, 20]]}, "items[1].category"),
        (TRIANGLE | {"category": " "}, "items[1].category"),
        (TRIANGLE | {"category": "x" * 101}, "items[1].category"),
        (TRIANGLE | {"category": "a\x00"}, "items[1].category"),
        (TRIANGLE | {"colour": "red"}, "items[1].colour"),
        ({"category": "nut"}, "items[1].bbox"),
        ({"category": "nut", "bbox": [1, 2, 0, 3]}, "items[1].bbox"),
        ({"category": "nut", "bbox": [1, 2, 3]}, "items[1].bbox"),
        ({"category": "nut", "bbox": [30, 2, 11, 3]}, "items[1].bbox"),
        ({"category": "nut", "bbox": [1, 2, "x", 3]}, "items[1].bbox[2]"),
        ({"category": "nut", "segmentation": [5, 5, 25, 5, 25, 20]}, "items[1].segmentation[0]"),
        ({"category": "nut", "segmentation": "masks"}, "items[1].segmentation"),
        ({"category": "nut", "segmentation": [[5, 5, 25, 5]]}, "items[1].segmentation[0]"),
        ({"category": "nut", "segmentation": [[5, 5, 25, 5, 25, 20, 7]]}, "items[1].segmentation[0]"),
        ({"category": "nut", "segmentation": [[5, 5, 25, 5, 41, 20]]}, "items[1].segmentation[0]"),
        ({"category": "nut", "segmentation": [[5, 5, 25, 5, 25, -1]]}, "items[1].segmentation[0]"),
        ({"category": "nut", "segmentation": [[5, 5, 6, 6, 7, 7]]}, "items[1].segmentation[0]"),
        (
            {"category": "nut", "segmentation": [[5, 5, 25, 5, 25, float("nan")]]},
            "items[1].segmentation[0][5]",
        ),
        ({"category": "nut", "segmentation": {"size": [30, 40], "counts": "zz"}}, "items[1].segmentation"),
        ({"category": "nut", "segmentation": {"size": [30, 40], "counts": [1200]}}, "items[1].segmentation"),
        (
            {"category": "nut", "segmentation": {"size": [3, 4], "counts": [2, 10]}},
            "items[1].segmentation.size",
        ),
        ({"category": "nut", "segmentation": {"size": [30, 40]}}, "items[1].segmentation.counts"),
    ],
)
def test_a_fault_has_its_path(
    api: FlaskClient, image: dict[str, Any], shape: dict[str, Any], field: str
) -> None:
    body = assert_problem(put(api, image, [TRIANGLE, shape]), 422)
    assert body["field"] == field
    assert api.get(address(image)).headers["ETag"] == '"0"', "nothing was kept"
