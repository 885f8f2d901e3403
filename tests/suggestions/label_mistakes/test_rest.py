"""Scripts list the labels that look wrong, page by page, and keep or correct them."""

from http import HTTPStatus
from typing import Any

import pytest
from flask.testing import FlaskClient

from tests.rest.sending import assert_problem
from tests.suggestions.label_mistakes import judged
from tests.suggestions.label_mistakes.judged import Judged
from webapp.annotations import store as annotation_store
from webapp.annotations.store import ImageAnnotations
from webapp.core.extensions import db
from webapp.formats.label_mistakes.kinds import MistakeKind
from webapp.models import LabelSource, User


@pytest.fixture
def here(administrator: User) -> Judged:
    return judged.judged_model(administrator)


def list_all(api: FlaskClient, here: Judged, **query: Any) -> list[dict[str, Any]]:
    found, cursor = [], None
    while True:
        answer = api.get(
            f"/api/v1/models/{here.model.id}/label-mistakes",
            query_string=query | ({"cursor": cursor} if cursor else {}),
        )
        assert answer.status_code == HTTPStatus.OK, answer.text
        page = answer.get_json()
        found += page["items"]
        cursor = page["next_cursor"]
        if cursor is None:
            return found


def decide(api: FlaskClient, here: Judged, **sent: Any) -> Any:
    return api.post(f"/api/v1/models/{here.model.id}/label-mistakes/decisions", json=sent)


def test_each_mistake_is_told_with_both_outlines(api: FlaskClient, here: Judged) -> None:
    found = {one["kind"]: one for one in reversed(list_all(api, here))}
    shifted = found["shifted"]
    image = here.with_mistake(MistakeKind.SHIFTED)
    assert (shifted["image_id"], shifted["image"]) == (image.id, image.filename)
    assert (shifted["version"], shifted["training_run_id"]) == (image.annotations_version, here.run.id)
    assert shifted["labels"][0]["segmentation"] == [judged.square(60, 52)]
    assert shifted["found"][0]["bbox"] == pytest.approx([30, 30, 60, 60], abs=1)
    assert shifted["found"][0]["segmentation"]["size"] == [240, 320]
    assert 0.5 < shifted["score"] <= 1 and "fig" in shifted["reason"]
    assert found["missing"]["labels"] == [] and found["spurious"]["found"] == []
    assert len(found["doubled"]["labels"]) == len(found["merged"]["found"]) == 2


def test_pages_of_any_length_give_the_same_list(api: FlaskClient, here: Judged) -> None:
    everything = list_all(api, here)
    assert list_all(api, here, limit=1) == everything
    assert list_all(api, here, kind="doubled") == [one for one in everything if one["kind"] == "doubled"]
    foreign = api.get(f"/api/v1/models/{here.model.id}/label-mistakes?cursor=abc")
    assert_problem(foreign, 422, "cursor_invalid")


def test_there_are_none_before_folds_have_judged(api: FlaskClient, administrator: User, here: Judged) -> None:
    db.session.delete(here.run)
    db.session.commit()
    assert list_all(api, here) == []


def test_a_correction_is_accepted_once(api: FlaskClient, here: Judged) -> None:
    first = next(one for one in list_all(api, here) if one["kind"] == "missing")
    count = len(list_all(api, here))
    answer = decide(api, here, mistake_id=first["id"], decision="accept")
    assert answer.get_json() == {
        "image_id": first["image_id"],
        "version": first["version"] + 1,
        "left": count - 1,
    }
    assert_problem(decide(api, here, mistake_id=first["id"], decision="accept"), 404, "mistake_gone")
    labels = api.get(f"/api/v1/images/{first['image_id']}/annotations").get_json()["items"]
    assert [one["suggested"] for one in labels] == [False, False, False, True]


def test_what_is_kept_is_listed_no_more(api: FlaskClient, here: Judged) -> None:
    first = list_all(api, here)[0]
    answer = decide(api, here, mistake_id=first["id"], decision="keep")
    assert answer.get_json()["version"] == first["version"]
    assert first["id"] not in [one["id"] for one in list_all(api, here)]


def test_a_mistake_of_changed_labels_is_gone(api: FlaskClient, here: Judged) -> None:
    one = next(one for one in list_all(api, here) if one["kind"] == "shifted")
    changed = ImageAnnotations(one["image_id"], [judged.shape("fig", judged.square(9, 9))])
    annotation_store.write(here.model, [changed], source=LabelSource.API, user=None)
    db.session.commit()
    assert_problem(decide(api, here, mistake_id=one["id"], decision="accept"), 404, "mistake_gone")


def test_a_mistake_of_another_model_is_not_there(api: FlaskClient, here: Judged, administrator: User) -> None:
    other = judged.judged_model(administrator, "Nuts")
    mistake = list_all(api, other)[0]
    assert_problem(decide(api, here, mistake_id=mistake["id"], decision="keep"), 404, "mistake_gone")
