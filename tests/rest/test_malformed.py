"""Whatever is sent, the answer is a problem that names it, never an error of the server."""

from typing import Any

import pytest
from flask.testing import FlaskClient
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from tests.rest.sending import assert_problem, form, photo_file, png

JSON = "application/json"
ANYTHING = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=8),
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(st.text(max_size=6), inner, max_size=4),
    max_leaves=12,
)
NAMES = [
    "name",
    "description",
    "items",
    "parameters",
    "iterations",
    "weights_id",
    "allow_empty",
    "image_ids",
    "score_threshold",
]
BODIES = ANYTHING | st.dictionaries(st.sampled_from(NAMES), ANYTHING, max_size=4)
SHAPE = st.fixed_dictionaries(
    {"category": st.just("nut") | ANYTHING},
    optional={
        "segmentation": ANYTHING,
        "bbox": ANYTHING,
        "iscrowd": ANYTHING,
        "is_box": st.booleans(),
        "id": ANYTHING,
    },
)
many = settings(
    max_examples=60,
    deadline=None,
    suppress_health_check=[HealthCheck.function_scoped_fixture],
)


def is_told(answer: Any) -> None:
    if answer.status_code >= 400:
        assert answer.status_code in (400, 404, 409, 412, 415, 422, 428), answer.text
        assert_problem(answer, answer.status_code)


@given(body=BODIES)
@many
def test_any_json(api: FlaskClient, model: dict[str, Any], body: Any) -> None:
    own = f"/api/v1/models/{model['id']}"
    is_told(api.post("/api/v1/models", json=body))
    is_told(api.patch(own, json=body))
    is_told(api.put(f"{own}/training-defaults", json=body))
    is_told(api.post(f"{own}/training-runs", json=body))
    is_told(api.post(f"{own}/prediction-runs", json=body))


@given(shapes=st.lists(SHAPE, max_size=3) | ANYTHING)
@many
def test_any_labels(api: FlaskClient, image: dict[str, Any], shapes: Any) -> None:
    is_told(api.put(f"/api/v1/images/{image['id']}/annotations", json=shapes, headers={"If-Match": "*"}))


@given(
    query=st.dictionaries(
        st.sampled_from(["q", "category", "split", "labelled", "limit", "cursor"]), st.text()
    )
)
@many
def test_any_query(
    api: FlaskClient, image: dict[str, Any], model: dict[str, Any], query: dict[str, str]
) -> None:
    is_told(api.get(f"/api/v1/models/{model['id']}/images", query_string=query))


@given(fields=st.dictionaries(st.sampled_from(["split", "dry_run", "image_ids", "weights_id"]), st.text()))
@many
def test_any_form(api: FlaskClient, model: dict[str, Any], fields: dict[str, str]) -> None:
    own = f"/api/v1/models/{model['id']}"
    for call, field in (
        ("images", "files"),
        ("imports", "files"),
        ("prediction-runs", "files"),
        ("weights", "file"),
    ):
        data = form(**fields, **{field: photo_file("a.png", png())})
        is_told(api.post(f"{own}/{call}", data=data))


@pytest.mark.parametrize(
    ("content", "status"),
    [
        (b"", 400),
        (b"{", 400),
        (b'{"name": "a"', 400),
        (b"\xff\xfe{}", 400),
        (b"[" * 200_000, 400),
        (b"1" * 5000, 400),
        (b'"{}"', 422),
        (b"null", 422),
    ],
)
def test_what_is_not_json_is_said(api: FlaskClient, content: bytes, status: int) -> None:
    assert_problem(api.post("/api/v1/models", data=content, content_type=JSON), status)


def test_another_content_type_is_said(api: FlaskClient) -> None:
    assert_problem(api.post("/api/v1/models", data={"name": "form"}), 415, "json_expected")
    assert_problem(api.post("/api/v1/models", data=b'{"name": "a"}'), 415)


def test_a_get_with_a_json_content_type_is_answered(api: FlaskClient) -> None:
    assert api.get("/api/v1/models", content_type=JSON).status_code == 200


def test_a_broken_multipart_body_is_said(api: FlaskClient, model: dict[str, Any]) -> None:
    for content in (b"", b"--x\r\n", b"nothing of the kind"):
        answer = api.post(
            f"/api/v1/models/{model['id']}/images",
            data=content,
            content_type="multipart/form-data; boundary=x",
        )
        assert_problem(answer, 422, "file_missing")
