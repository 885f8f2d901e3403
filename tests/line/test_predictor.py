"""One photo, answered at once by a process that keeps the model ready."""

import io
from concurrent.futures import ThreadPoolExecutor
from unittest.mock import ANY

import numpy as np
import pytest
from flask.testing import FlaskClient
from flask_openapi3 import OpenAPI
from PIL import Image

from bench.fuzz_photos.photo_kinds import KINDS
from tests.builders.runs import finished_training
from tests.formats.images.deep_files import camera, png
from tests.formats.images.photo_files import saved
from tests.line.sending import send
from webapp.core.extensions import db
from webapp.images.values import ranges
from webapp.models import Comparison, DetectionModel, Measure, User, VerdictRule
from webapp.training.weights import files as weights_files
from webapp.training.weights import in_use


def test_a_photo_is_answered_with_detections_and_verdict(
    api: FlaskClient, trained: DetectionModel, predictor: None, photo_bytes: bytes
) -> None:
    answer = send(api, trained.id, photo_bytes)
    assert answer.status_code == 200, answer.text
    document = answer.get_json()
    with Image.open(io.BytesIO(photo_bytes)) as photo:
        assert (document["width"], document["height"]) == photo.size
    found = document["detections"]
    assert found
    assert {one["category"] for one in found} <= {"fig", "date"}
    assert [one["score"] for one in found] == sorted((one["score"] for one in found), reverse=True)
    assert found[0]["segmentation"]["size"] == [document["height"], document["width"]]
    assert document["verdict"] is None
    assert document["seconds"] > 0
    assert send(api, trained.id, photo_bytes).get_json() == document | {"seconds": ANY}


def test_rules_and_threshold_decide(
    api: FlaskClient, trained: DetectionModel, predictor: None, photo_bytes: bytes
) -> None:
    rule = VerdictRule(
        model_id=trained.id, category=None, measure=Measure.COUNT, comparison=Comparison.ABOVE, limit=0
    )
    db.session.add(rule)
    db.session.commit()
    bad = send(api, trained.id, photo_bytes).get_json()
    assert bad["verdict"] == "NG"
    assert "more than 0" in bad["reasons"][0]
    good = send(api, trained.id, photo_bytes, "?score_threshold=1").get_json()
    assert (good["detections"], good["verdict"], good["reasons"]) == ([], "OK", [])


@pytest.mark.parametrize(
    ("data", "code"),
    [(b"", "empty"), (b"no picture at all", "text"), (b"\xff\xd8\xff\xe0cut off", "truncated")],
)
def test_what_is_no_photo_is_refused_and_the_next_one_answered(
    api: FlaskClient, trained: DetectionModel, predictor: None, photo_bytes: bytes, data: bytes, code: str
) -> None:
    answer = send(api, trained.id, data)
    assert answer.status_code == 422, answer.text
    assert answer.get_json()["code"] == code
    assert answer.get_json()["field"] == "file"
    assert send(api, trained.id, photo_bytes).status_code == 200


@pytest.mark.parametrize("size", [(4000, 3), (3, 4000), (1, 1)])
def test_a_strip_is_answered(
    api: FlaskClient, trained: DetectionModel, predictor: None, size: tuple[int, int]
) -> None:
    buffer = io.BytesIO()
    Image.new("RGB", size, "gray").save(buffer, "PNG")
    answer = send(api, trained.id, buffer.getvalue())
    assert answer.status_code == 200, answer.text
    assert (answer.get_json()["width"], answer.get_json()["height"]) == size


def test_how_a_photo_was_read_is_said(
    api: FlaskClient, trained: DetectionModel, predictor: None, photo_bytes: bytes
) -> None:
    """A phone's photo, and one that is partly transparent."""
    assert send(api, trained.id, photo_bytes).get_json()["remarks"] == []
    phone = send(api, trained.id, KINDS["heic"]()).get_json()
    assert (phone["width"], phone["height"], phone["remarks"]) == (64, 48, [])
    [remark] = send(api, trained.id, KINDS["avif_transparent"]()).get_json()["remarks"]
    assert "white" in remark


def test_a_photo_of_12_bits_is_seen_in_the_range_of_the_model(
    api: FlaskClient, trained: DetectionModel, predictor: None
) -> None:
    values = camera(4000, 120, 90)
    answer = send(api, trained.id, png(values)).get_json()
    assert answer["remarks"] == []
    db.session.refresh(trained)
    assert trained.proposed_range == [0, 4095], "the line proposes it as a library does"
    plain = Image.fromarray(np.rint(values / 4095 * 255).astype(np.uint8))
    same = send(api, trained.id, saved(plain, "PNG")).get_json()
    assert answer["detections"] == same["detections"] != []
    ranges.set_range(trained, 10, None)
    [remark] = send(api, trained.id, png(values)).get_json()["remarks"]
    assert "0 to 4000" in remark


def test_eight_at_once_are_all_answered(
    clean_app: OpenAPI, api: FlaskClient, trained: DetectionModel, predictor: None, photo_bytes: bytes
) -> None:
    model_id = trained.id
    expected = send(api, model_id, photo_bytes).get_json()["detections"]
    with ThreadPoolExecutor(8) as clients:
        answers = list(clients.map(lambda _n: send(api, model_id, photo_bytes), range(8)))
    assert [answer.get_json()["detections"] for answer in answers] == [expected] * 8


def test_a_later_training_does_not_judge_by_itself(
    api: FlaskClient, trained: DetectionModel, administrator: User, predictor: None, photo_bytes: bytes
) -> None:
    first = send(api, trained.id, photo_bytes).get_json()
    # Its file is no network: taken, it would be refused.
    later = finished_training(trained, administrator)
    again = send(api, trained.id, photo_bytes)
    assert again.get_json() == first | {"seconds": ANY}
    assert first["weights_id"] == trained.weights_in_use_id != later.weights[0].id


def test_weights_that_are_no_weights_are_named(
    api: FlaskClient, trained: DetectionModel, predictor: None, photo_bytes: bytes
) -> None:
    file = in_use.of_model(trained)
    assert file is not None
    weights_files.file_of(file).write_bytes(b"renamed text")
    answer = send(api, trained.id, photo_bytes)
    assert answer.status_code == 503
    assert answer.get_json()["code"] == "weights_rejected"


def test_a_model_that_was_never_trained_says_so(api: FlaskClient, photo_bytes: bytes) -> None:
    model = api.post("/api/v1/models", json={"name": "New"}).get_json()
    answer = send(api, model["id"], photo_bytes)
    assert (answer.status_code, answer.get_json()["code"]) == (409, "not_trained")
