"""Deleting a model with its typed name, and the trash of models."""

import re
from datetime import timedelta
from http import HTTPStatus

import pytest
from flask.testing import FlaskClient

from tests.builders import library
from tests.builders.runs import (
    all_models,
    sign_in,
    text_of,
    trashed_models,
)
from webapp.core.extensions import db
from webapp.models import DetectionModel, LibraryKind, Role, User
from webapp.models.columns import now
from webapp.projects import detection_models
from webapp.projects import trash as model_trash
from webapp.runs import library_runs


@pytest.fixture
def model(client: FlaskClient, administrator: User) -> DetectionModel:
    return detection_models.create_model("滾珠螺桿", "", administrator)


def delete(client: FlaskClient, model: DetectionModel, typed: str, headers: dict[str, str] | None = None):
    return client.post(f"/models/{model.id}/delete", data={"confirm": typed}, headers=headers or library.HTMX)


def names_in_trash() -> list[str]:
    return [one.model.name for one in trashed_models()]


def test_the_warning_names_what_goes_and_what_to_type(client: FlaskClient, model: DetectionModel) -> None:
    library.annotated_images(client, model.id, "a.png")
    page = text_of(client.get(f"/models/{model.id}/edit"))
    dialog = re.search(r'<dialog class="dialog" id="delete-model".*?</dialog>', page)
    assert dialog
    assert "with 1 photo, all labels" in dialog.group() and "<bdi>滾珠螺桿</bdi>" in dialog.group()


@pytest.mark.parametrize(
    ("typed", "sentence"),
    [
        ("", "Type the name of the model, “滾珠螺桿”, to delete it."),
        ("  ", "Type the name of the model"),
        ("滾珠", "This is not the name of the model: type “滾珠螺桿” exactly."),
        ("滾珠螺桿 ", "This is not the name of the model"),
        ("<b>" * 2000, "This is not the name of the model"),
        ("滾珠\x00螺桿", "This is not the name of the model"),
    ],
    ids=["empty", "blank", "part", "blank at the end", "long", "NUL"],
)
def test_another_text_is_said_beside_the_field_and_deletes_nothing(
    client: FlaskClient, model: DetectionModel, typed: str, sentence: str
) -> None:
    answer = delete(client, model, typed)
    assert answer.status_code == HTTPStatus.CONFLICT
    page = text_of(answer)
    # Only the field is swapped, inside the dialog, and its input says that it is wrong.
    assert page.startswith(f'<div id="typed-name-{model.id}">') and "<html" not in page and "<b>" not in page
    assert re.search(rf'aria-invalid="true" aria-describedby="confirm-{model.id}-error"', page)
    error = re.search(rf'id="confirm-{model.id}-error">(.*?)</div>', page)
    assert error and sentence in error.group(1)
    assert all_models() == [model]


def test_its_name_puts_it_into_the_trash_and_the_note_brings_it_back(
    client: FlaskClient, model: DetectionModel
) -> None:
    answer = delete(client, model, "滾珠螺桿")
    assert (answer.status_code, answer.headers["HX-Redirect"]) == (HTTPStatus.OK, "/")
    page = text_of(client.get("/"))
    assert "Model “滾珠螺桿” is in the trash." in page and "1 deleted model in the trash" in page
    assert "model-card-name" not in page
    undo = re.search(r'<form method="post" action="([^"]+)">.{0,200}class="toast-action">Undo<', page)
    assert undo
    answer = client.post(undo.group(1))
    assert answer.location == f"/#model-{model.id}"
    page = text_of(client.get("/"))
    assert "is back with all it had" in page and "model-card-name" in page and "in the trash" not in page


def test_a_model_at_work_says_so_in_the_dialog(
    client: FlaskClient, model: DetectionModel, administrator: User
) -> None:
    library_runs.start(model, LibraryKind.EXPORT, {}, administrator)
    answer = delete(client, model, "滾珠螺桿")
    assert answer.status_code == HTTPStatus.CONFLICT
    assert re.search(r'role="alert">.*?stop the import, export or copy', text_of(answer))
    assert all_models() == [model]


def test_a_model_that_another_tab_deleted_is_said_so(client: FlaskClient, model: DetectionModel) -> None:
    delete(client, model, "滾珠螺桿")
    answer = delete(client, model, "滾珠螺桿")
    assert answer.status_code == HTTPStatus.NOT_FOUND and "it may have been deleted" in answer.text


def test_without_scripts_a_refusal_has_a_page(client: FlaskClient, model: DetectionModel) -> None:
    answer = delete(client, model, "", headers={"Accept": "text/html"})
    assert answer.status_code == HTTPStatus.CONFLICT
    assert "<html" in answer.text and "Type the name of the model" in answer.text
    assert delete(client, model, "滾珠螺桿", headers={"Accept": "text/html"}).location == "/"


def test_the_trash_tells_who_and_how_long(client: FlaskClient, model: DetectionModel) -> None:
    library.annotated_images(client, model.id, "a.png", "b.png")
    delete(client, model, "滾珠螺桿")
    page = text_of(client.get("/models/trash"))
    assert "2 photos" in page and "deleted by Admin" in page and "30 days left" in page
    model.deleted_at = now() - model_trash.KEPT + timedelta(hours=5)
    db.session.commit()
    assert "1 day left" in text_of(client.get("/models/trash"))


def test_an_empty_trash_says_so(client: FlaskClient) -> None:
    assert "The trash is empty" in text_of(client.get("/models/trash"))


def test_a_name_that_is_taken_meanwhile_is_asked_for_anew(
    client: FlaskClient, model: DetectionModel, administrator: User
) -> None:
    delete(client, model, "滾珠螺桿")
    detection_models.create_model("滾珠螺桿", "", administrator)
    page = text_of(client.get("/models/trash"))
    assert "Another model has this name meanwhile." in page and 'value="滾珠螺桿 (2)"' in page

    answer = client.post(f"/models/trash/{model.id}/restore", data={"name": "滾珠螺桿"})
    assert answer.status_code == HTTPStatus.CONFLICT
    assert re.search(rf'id="name-{model.id}-error">.*?restore it under a different one', text_of(answer))
    answer = client.post(f"/models/trash/{model.id}/restore", data={"name": " "})
    assert re.search(rf'id="name-{model.id}-error">.*?Give the model a name', text_of(answer))
    assert names_in_trash() == ["滾珠螺桿"]

    client.post(f"/models/trash/{model.id}/restore", data={"name": "螺桿"})
    assert [one.name for one in all_models()] == ["螺桿", "滾珠螺桿"]


def test_for_good_wants_the_name_again(client: FlaskClient, model: DetectionModel) -> None:
    delete(client, model, "滾珠螺桿")
    address = f"/models/trash/{model.id}/delete"
    answer = client.post(address, data={"confirm": "螺桿"}, headers=library.HTMX)
    assert answer.status_code == HTTPStatus.CONFLICT
    assert re.search(rf'id="confirm-{model.id}-error">', text_of(answer))
    assert names_in_trash() == ["滾珠螺桿"]
    answer = client.post(address, data={"confirm": "滾珠螺桿"}, headers=library.HTMX)
    assert answer.headers["HX-Redirect"] == "/models/trash"
    assert "is deleted for good" in text_of(client.get("/models/trash"))
    assert names_in_trash() == []
    # Restoring it in a tab that was open still says why it cannot.
    answer = client.post(f"/models/trash/{model.id}/restore")
    assert answer.status_code == HTTPStatus.NOT_FOUND and "not in the trash any more" in answer.text


@pytest.mark.parametrize("role", [Role.VIEWER, Role.ANNOTATOR])
def test_only_engineers_delete_and_restore(client: FlaskClient, model: DetectionModel, role: Role) -> None:
    delete(client, model, "滾珠螺桿")
    sign_in(client, role)
    page = client.get("/models/trash").text
    assert "滾珠螺桿" in page and "<form" not in page.split('class="trashed-models"')[1].split("</ul>")[0]
    for path in ("restore", "delete"):
        answer = client.post(f"/models/trash/{model.id}/{path}", data={"confirm": "滾珠螺桿"})
        assert answer.status_code == HTTPStatus.FORBIDDEN
    assert names_in_trash() == ["滾珠螺桿"]
    model_trash.restore(model_trash.open_trashed(model.id))
    assert delete(client, model, "滾珠螺桿").status_code == HTTPStatus.FORBIDDEN
    assert all_models() == [model]
