"""The review page: what is asked, in which order, and what an answer brings."""

import re
from http import HTTPStatus

import pytest
from flask.testing import FlaskClient

from tests.builders import runs as builders
from tests.suggestions.label_mistakes import judged
from tests.suggestions.label_mistakes.judged import Judged
from webapp.annotations import store as annotation_store
from webapp.annotations.store import ImageAnnotations
from webapp.core.extensions import db
from webapp.formats.label_mistakes.kinds import MistakeKind
from webapp.models import LabelSource, Role, User
from webapp.projects import detection_models


@pytest.fixture
def here(client: FlaskClient, administrator: User) -> Judged:
    return judged.judged_model(administrator)


def page(client: FlaskClient, here: Judged, **query: object) -> str:
    answer = client.get(f"/models/{here.model.id}/label-mistakes", query_string=query)
    assert answer.status_code == HTTPStatus.OK
    return builders.text_of(answer)


def shown(text: str) -> tuple[str, int]:
    found = re.search(r'data-kind="(\w+)" data-mistake="(\d+)"', text)
    assert found is not None
    return found[1], int(found[2])


def test_the_order_is_walked_place_by_place(client: FlaskClient, here: Judged) -> None:
    total = int(re.findall(r"1 of (\d+)", page(client, here))[0])
    walked = [shown(page(client, here, at=place))[1] for place in range(total)]
    assert len(set(walked)) == total
    assert shown(page(client, here, at=total))[1] == walked[0]


def test_one_kind_is_looked_at_alone(client: FlaskClient, here: Judged) -> None:
    text = page(client, here, kind="merged")
    assert shown(text)[0] == "merged"
    assert "One label covers several objects, which were found apart: “fig”." in text
    assert "Make 2 labels of it" in text


def test_an_answer_brings_the_next_and_an_undo(client: FlaskClient, here: Judged) -> None:
    kind, mistake = shown(page(client, here))
    form = {"mistake": mistake, "decision": "keep", "at": 0}
    address = f"/models/{here.model.id}/label-mistakes"
    answer = client.post(f"{address}/decide", data=form, headers={"HX-Request": "true"})
    text = builders.text_of(answer)
    assert shown(text)[1] != mistake
    kept = re.search(r'name="kept" value="(\d+)"', text)
    assert kept is not None
    answer = client.post(f"{address}/undo", data={"kept": kept[1]}, headers={"HX-Request": "true"})
    assert shown(builders.text_of(answer))[0] == kind


def test_without_htmx_an_answer_leads_back_to_the_page(client: FlaskClient, here: Judged) -> None:
    _kind, mistake = shown(page(client, here, kind="doubled"))
    form = {"mistake": mistake, "decision": "accept", "kind": "doubled"}
    answer = client.post(f"/models/{here.model.id}/label-mistakes/decide", data=form)
    assert answer.status_code == HTTPStatus.FOUND
    assert answer.location.endswith(f"/models/{here.model.id}/label-mistakes?kind=doubled")


def test_what_somebody_changed_meanwhile_is_refused_with_a_sentence(
    client: FlaskClient, here: Judged
) -> None:
    _kind, mistake = shown(page(client, here, kind="shifted"))
    changed = ImageAnnotations(
        here.with_mistake(MistakeKind.SHIFTED).id, [judged.shape("fig", judged.square(9, 9))]
    )
    annotation_store.write(here.model, [changed], source=LabelSource.API, user=None)
    db.session.commit()
    form = {"mistake": mistake, "decision": "accept"}
    answer = client.post(f"/models/{here.model.id}/label-mistakes/decide", data=form)
    assert answer.status_code == HTTPStatus.NOT_FOUND
    assert "the labels of the photo changed in the meantime" in builders.text_of(answer)


def test_the_result_of_a_run_says_how_many_look_wrong(client: FlaskClient, here: Judged) -> None:
    address = f"/training-runs/{here.run.id}/label-mistakes"
    assert address in client.get(f"/training-runs/{here.run.id}/result").get_data(as_text=True)
    assert "6 labels look wrong." in builders.text_of(client.get(address))


def test_an_older_run_says_nothing(client: FlaskClient, here: Judged, administrator: User) -> None:
    judged.judge(here.model, administrator, here.images)
    assert client.get(f"/training-runs/{here.run.id}/label-mistakes").get_data() == b""


def test_a_model_without_folds_says_how_to_get_some(client: FlaskClient, administrator: User) -> None:
    model = detection_models.create_model("New", "", administrator)
    answer = client.get(f"/models/{model.id}/label-mistakes")
    assert "Train with cross-validation" in builders.text_of(answer)


def test_who_only_looks_has_no_buttons(client: FlaskClient, here: Judged) -> None:
    builders.sign_in(client, Role.VIEWER)
    text = page(client, here)
    assert "data-mistake" in text and 'data-key="a"' not in text and 'data-key="k"' not in text
