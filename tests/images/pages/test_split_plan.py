"""The page of the automatic split: form, preview, and the moves that were looked at."""

import re
from http import HTTPStatus
from typing import Any

import pytest
from flask.testing import FlaskClient

from tests.builders.runs import sign_in, text_of
from tests.images.splits.test_plan import add, category, splits
from webapp.images.splits import plan as split_plan
from webapp.models import DetectionModel, Role, Split, User
from webapp.projects import detection_models

ASKED = {"preview": "1", "train": "70", "validation": "15", "test": "15", "seed": "4", "together": "1"}


@pytest.fixture
def model(administrator: User) -> DetectionModel:
    model = detection_models.create_model("Screw", "", administrator)
    add(model, 38, category(model, "fig"))
    add(model, 2, category(model, "rare"))
    return model


def preview(client: FlaskClient, model: DetectionModel, **asked: str) -> Any:
    return client.get(f"/models/{model.id}/split", query_string=ASKED | asked)


def hidden_fields(page: str) -> dict[str, str]:
    """Of the form that carries the preview out."""
    form = page[page.index('method="post" action="/models/1/split"') :]
    return dict(re.findall(r'type="hidden" name="(\w+)" value="([^"]*)"', form))


def test_the_form_stands_alone_until_it_is_answered(client: FlaskClient, model: DetectionModel) -> None:
    page = text_of(client.get(f"/models/{model.id}/split"))
    assert 'name="train"' in page and "plan-parts" not in page


def test_the_preview_shows_every_number_and_moves_nothing(client: FlaskClient, model: DetectionModel) -> None:
    page = text_of(preview(client, model))
    rows = re.findall(r'<tr data-split="(\w+)">.*?number">(\d+)</td><td class="number">(\d+)</td>', page)
    assert [(name, before) for name, before, _after in rows] == [
        ("train", "40"),
        ("validation", "0"),
        ("test", "0"),
    ]
    assert sum(int(after) for _name, _before, after in rows) == 40
    assert "category would be missing from a part" in page
    assert splits() == {Split.TRAIN: 40}


def test_what_was_previewed_is_carried_out(client: FlaskClient, model: DetectionModel) -> None:
    page = preview(client, model).text
    after = [int(n) for n in re.findall(r'<tr data-split="\w+">.*?</td><td class="number">(\d+)</td>', page)]
    answer = client.post(f"/models/{model.id}/split", data=hidden_fields(page), follow_redirects=True)
    assert "photos moved." in text_of(answer)
    assert [splits()[split] for split in Split] == after


def test_a_preview_that_is_out_of_date_is_shown_anew(client: FlaskClient, model: DetectionModel) -> None:
    fields = hidden_fields(preview(client, model).text)
    add(model, 10)
    answer = client.post(f"/models/{model.id}/split", data=fields)
    assert answer.status_code == HTTPStatus.CONFLICT
    assert "The photos changed since this preview" in answer.text
    assert splits() == {Split.TRAIN: 50}
    again = client.post(f"/models/{model.id}/split", data=hidden_fields(answer.text))
    assert again.status_code == HTTPStatus.FOUND
    assert splits()[Split.TRAIN] < 50


def test_shares_that_do_not_give_a_hundred_are_refused_beside_the_field(
    client: FlaskClient, model: DetectionModel
) -> None:
    answer = preview(client, model, test="20")
    assert answer.status_code == HTTPStatus.UNPROCESSABLE_ENTITY
    page = text_of(answer)
    assert re.search(r'id="field-train-error">.{0,80}The three shares must give 100 %; they give 105 %', page)
    assert 'value="20"' in page  # what was typed stays
    letters = text_of(preview(client, model, seed="one"))
    assert 'id="field-seed-error"' in letters and 'value="one"' in letters


def test_many_photos_are_divided_by_the_worker_and_the_page_follows(
    client: FlaskClient, model: DetectionModel, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(split_plan, "AT_ONCE", 5)
    fields = hidden_fields(preview(client, model).text)
    page = client.post(f"/models/{model.id}/split", data=fields, follow_redirects=True).text
    assert "data-live-stream" in page
    assert splits() == {Split.TRAIN: 40}


def test_a_viewer_may_look_and_not_divide(client: FlaskClient, model: DetectionModel) -> None:
    fields = hidden_fields(preview(client, model).text)
    sign_in(client, Role.VIEWER)
    page = preview(client, model).text
    assert "plan-parts" in page and 'name="digest"' not in page
    assert client.post(f"/models/{model.id}/split", data=fields).status_code == HTTPStatus.FORBIDDEN
