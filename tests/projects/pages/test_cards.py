"""Choose a model: the cards, create and edit."""

import html
import io
import json
import re
from http import HTTPStatus

import pytest
from flask.testing import FlaskClient
from flask_openapi3 import OpenAPI

from tests.builders import library
from tests.builders.runs import (
    all_models,
    finished_training,
    model_with_photos,
    sign_in,
    text_of,
)
from webapp.core.extensions import db
from webapp.models import DetectionModel, Role, RunStatus, User
from webapp.projects import choice, detection_models
from webapp.projects.pages import cards
from webapp.training import runs as training_runs


def names_on(page: str) -> list[str]:
    return re.findall(r'class="model-card-name"><a [^>]*>([^<]+)', page)


def test_a_new_installation_says_what_to_do_first(client: FlaskClient) -> None:
    page = text_of(client.get("/"))
    assert "No model yet" in page
    # The form stands open: it is the only thing to do.
    assert re.search(r'<details class="create-model" id="create-model" open>', page)


def test_cards_stand_in_order_of_creation(client: FlaskClient, administrator: User) -> None:
    for name in ("Screw", "Axle", "Nut"):
        detection_models.create_model(name, "", administrator)
    assert names_on(text_of(client.get("/"))) == ["Screw", "Axle", "Nut"]


def test_an_engineer_orders_the_cards_by_hand(client: FlaskClient, administrator: User) -> None:
    screw, _axle, nut = (
        detection_models.create_model(name, "", administrator) for name in ("Screw", "Axle", "Nut")
    )
    client.set_cookie(cards.ORDER_COOKIE, choice.BY_HAND)
    page = client.post(f"/models/{nut.id}/place", data={"before": screw.id}, headers=library.HTMX).text
    assert "<html" not in page
    assert names_on(text_of(client.get("/"))) == names_on(page) == ["Nut", "Screw", "Axle"]
    assert (
        names_on(client.post(f"/models/{nut.id}/place", data={"before": ""}, headers=library.HTMX).text)[-1]
        == "Nut"
    )
    assert f"/models/{nut.id}/place" in page
    assert "/place" not in client.get("/?order=created").text
    sign_in(client, Role.ANNOTATOR)
    assert "/place" not in client.get("/?order=hand").text
    assert client.post(f"/models/{nut.id}/place", data={"before": ""}).status_code == HTTPStatus.FORBIDDEN


def test_the_order_that_was_asked_for_last_stays(client: FlaskClient) -> None:
    client.get("/?order=used")
    client.get("/?order=x")
    kept = client.get_cookie(cards.ORDER_COOKIE)
    assert kept is not None and kept.value == choice.LAST_USED


def test_a_new_card_comes_without_a_page_load(client: FlaskClient, administrator: User) -> None:
    detection_models.create_model("Screw", "", administrator)
    answer = client.post("/models", data={"name": "Axle", "description": "of steel"}, headers=library.HTMX)
    assert answer.status_code == HTTPStatus.OK
    assert "<html" not in answer.text
    assert names_on(text_of(answer)) == ["Screw", "Axle"]
    assert json.loads(answer.headers["HX-Trigger"])["toast"]["message"] == "Model “Axle” created."


def test_create_works_without_scripts(client: FlaskClient) -> None:
    answer = client.post("/models", data={"name": "滾珠螺桿"})
    assert answer.status_code == HTTPStatus.FOUND
    page = text_of(client.get(answer.location))
    assert names_on(page) == ["滾珠螺桿"]
    assert "Model “滾珠螺桿” created." in page


@pytest.mark.parametrize("headers", [{}, library.HTMX], ids=["page", "htmx"])
def test_a_missing_name_is_said_beside_the_field(client: FlaskClient, headers: dict[str, str]) -> None:
    answer = client.post("/models", data={"name": " ", "description": "kept"}, headers=headers)
    assert answer.status_code == HTTPStatus.UNPROCESSABLE_ENTITY
    page = text_of(answer)
    assert re.search(r'id="field-name-error">.*?Give the model a name\.', page)
    assert "kept</textarea>" in page
    assert ("<html" in page) == (not headers)
    assert all_models() == []


def test_a_name_that_is_taken_is_refused(client: FlaskClient, administrator: User) -> None:
    detection_models.create_model("Screw", "", administrator)
    answer = client.post("/models", data={"name": "screw"}, headers=library.HTMX)
    assert answer.status_code == HTTPStatus.CONFLICT
    assert re.search(r'id="field-name-error">.*?Another model has this name already', text_of(answer))
    assert len(all_models()) == 1


def test_a_picture_that_is_none_is_said_beside_the_field_and_nothing_is_made(client: FlaskClient) -> None:
    data = {"name": "Screw", "picture": (io.BytesIO(b"text"), "screw.jpg")}
    answer = client.post("/models", data=data)
    assert answer.status_code == HTTPStatus.UNPROCESSABLE_ENTITY
    assert re.search(r'id="field-picture-error">.*?This is not a picture', text_of(answer))
    assert all_models() == []


def test_a_model_without_picture_shows_the_default(client: FlaskClient, administrator: User) -> None:
    model = detection_models.create_model("Screw", "", administrator)
    assert "/static/img/model.svg" in client.get("/").text
    answer = client.get(f"/models/{model.id}/picture")
    assert answer.mimetype == "image/svg+xml"


def test_its_own_picture_is_shown_changed_and_removed(client: FlaskClient) -> None:
    client.post("/models", data={"name": "Screw", "picture": (io.BytesIO(library.photo(1)), "a.png")})
    first = re.search(r"/models/1/picture\?v=\w+", client.get("/").text)
    assert first
    answer = client.get(first.group())
    assert answer.mimetype == "image/webp"
    assert "max-age=31536000" in answer.headers["Cache-Control"]

    client.post("/models/1/edit", data={"name": "Screw", "picture": (io.BytesIO(library.photo(2)), "b.png")})
    second = re.search(r"/models/1/picture\?v=\w+", client.get("/").text)
    # Another address, or the browser would show the old one from its cache.
    assert second and second.group() != first.group()

    client.post("/models/1/edit", data={"name": "Screw", "remove_picture": "1"})
    assert "/static/img/model.svg" in client.get("/").text


def test_edit_changes_name_and_description(client: FlaskClient, administrator: User) -> None:
    model = detection_models.create_model("Screw", "old", administrator)
    page = text_of(client.get(f"/models/{model.id}/edit"))
    assert 'value="Screw"' in page and "old</textarea>" in page
    answer = client.post(f"/models/{model.id}/edit", data={"name": "Ball screw", "description": "new"})
    assert answer.status_code == HTTPStatus.FOUND
    db.session.expire_all()
    assert (model.name, model.description) == ("Ball screw", "new")


def test_edit_keeps_what_was_typed_beside_the_fault(client: FlaskClient, administrator: User) -> None:
    detection_models.create_model("Axle", "", administrator)
    model = detection_models.create_model("Screw", "", administrator)
    answer = client.post(f"/models/{model.id}/edit", data={"name": "Axle", "description": "typed"})
    assert answer.status_code == HTTPStatus.CONFLICT
    assert "typed</textarea>" in answer.text
    db.session.expire_all()
    assert model.name == "Screw"


def test_a_card_opens_the_training_record_once_there_are_photos(
    client: FlaskClient, administrator: User
) -> None:
    model = detection_models.create_model("Screw", "", administrator)
    assert f'href="/models/{model.id}"' in client.get("/").text
    # Of a new model, in which nothing is to be recorded yet, the photos: the first step.
    assert client.get(f"/models/{model.id}").location == f"/models/{model.id}/images"
    library.add_images(client, model.id, {"a.png": library.photo(1)})
    assert client.get(f"/models/{model.id}").location == f"/models/{model.id}/record"


def test_a_card_tells_photos_and_those_without_labels(client: FlaskClient, administrator: User) -> None:
    model = detection_models.create_model("Screw", "", administrator)
    library.annotated_images(client, model.id, "a.png")
    library.add_images(client, model.id, {"b.png": library.photo(50), "c.png": library.photo(51)}, "test")
    page = text_of(client.get("/"))
    assert "3 photos" in page and "2 unlabelled" in page


def test_a_card_tells_its_last_run_and_the_accuracy(client: FlaskClient, administrator: User) -> None:
    model = model_with_photos(administrator)
    finished_training(model, administrator)
    page = text_of(client.get("/"))
    assert "Completed" in page and "AP 76.4" in page and "Run 1 · <time" in page
    run = training_runs.start(model, administrator, {})
    assert "Waiting" in text_of(client.get("/"))
    training_runs.change_state(run.id, (RunStatus.QUEUED,), RunStatus.FAILED)
    page = text_of(client.get("/"))
    # The accuracy is still that of the run before.
    assert "Failed" in page and "AP 76.4" in page and "Run 2 · <time" in page and "AP of run 1" in page


@pytest.mark.parametrize(
    ("name", "kept"),
    [
        ("  Ball \t\n screw ", "Ball screw"),
        ("Ball\x00 screw\x1b", "Ball screw"),
        ("\u202ewercs\u202c", "wercs"),
        ("e\u0301crou", "écrou"),
        ("🔩 螺絲 👨‍🔧", "🔩 螺絲 👨‍🔧"),
        ("مسمار", "مسمار"),
        ("<b>x</b>", "<b>x</b>"),
    ],
    ids=["blanks", "control characters", "turning", "composed", "emoji", "right to left", "HTML"],
)
def test_a_name_is_kept_as_it_can_be_read(client: FlaskClient, name: str, kept: str) -> None:
    answer = client.post("/models", data={"name": name, "description": name}, headers=library.HTMX)
    assert answer.status_code == HTTPStatus.OK
    assert all_models()[0].name == kept
    assert names_on(text_of(answer)) == [html.escape(kept)]


@pytest.mark.parametrize(
    ("name", "sentence"),
    [
        ("\u200b\u200d", "Give the model a name"),
        ("\u202e", "Give the model a name"),
        ("x" * 5000, "at most 100 characters"),
    ],
    ids=["invisible", "turning alone", "5,000"],
)
def test_a_name_that_cannot_be_read_is_refused(client: FlaskClient, name: str, sentence: str) -> None:
    answer = client.post("/models", data={"name": name}, headers=library.HTMX)
    assert answer.status_code == HTTPStatus.UNPROCESSABLE_ENTITY
    assert re.search(rf'id="field-name-error">.*?{sentence}', text_of(answer))
    assert all_models() == []


@pytest.mark.parametrize("method", ["create", "edit"])
@pytest.mark.parametrize(
    ("picture", "sentence"),
    [
        (b"", "The file is empty"),
        (library.photo(1)[:60], "damaged or cut off"),
        (b"<svg xmlns='http://www.w3.org/2000/svg' onload='alert(1)'/>", "SVG is not read here"),
    ],
    ids=["empty", "cut off", "svg"],
)
def test_a_broken_picture_changes_nothing(
    client: FlaskClient, administrator: User, method: str, picture: bytes, sentence: str
) -> None:
    model = detection_models.create_model("Screw", "old", administrator)
    address = "/models" if method == "create" else f"/models/{model.id}/edit"
    data = {"name": "Nut", "description": "new", "picture": (io.BytesIO(picture), "a.png")}
    answer = client.post(address, data=data)
    assert answer.status_code == HTTPStatus.UNPROCESSABLE_ENTITY
    assert re.search(rf'id="field-picture-error">.*?{sentence}', text_of(answer))
    db.session.expire_all()
    assert [(one.name, one.description) for one in all_models()] == [("Screw", "old")]


def test_a_picture_that_is_too_large_is_said_beside_the_field(
    client: FlaskClient, clean_app: OpenAPI, monkeypatch: pytest.MonkeyPatch
) -> None:
    settings = clean_app.extensions["settings"].model_copy(update={"max_photo_mb": 1})
    monkeypatch.setitem(clean_app.extensions, "settings", settings)
    data = {"name": "Nut", "picture": (io.BytesIO(bytes(2**20 + 1)), "a.png")}
    answer = client.post("/models", data=data, headers=library.HTMX)
    assert re.search(r'id="field-picture-error">.*?larger than 1 MB', text_of(answer))
    assert all_models() == []


@pytest.mark.parametrize("role", [Role.VIEWER, Role.ANNOTATOR])
def test_who_is_no_engineer_sees_models_and_changes_none(
    client: FlaskClient, administrator: User, role: Role
) -> None:
    model = detection_models.create_model("Screw", "", administrator)
    sign_in(client, role)
    page = client.get("/")
    assert names_on(text_of(page)) == ["Screw"]
    assert "create-model" not in page.text and "/edit" not in page.text
    assert client.post("/models", data={"name": "Axle"}).status_code == HTTPStatus.FORBIDDEN
    assert client.get(f"/models/{model.id}/edit").status_code == HTTPStatus.FORBIDDEN
    assert db.session.scalar(db.select(db.func.count()).select_from(DetectionModel)) == 1


def test_a_model_that_is_not_there_is_said_so(client: FlaskClient) -> None:
    for path in (
        "/models/9",
        "/models/9/edit",
        "/models/9/picture",
        "/models/9/images",
        "/models/9/annotate",
    ):
        answer = client.get(path)
        assert answer.status_code == HTTPStatus.NOT_FOUND
        assert "There is no such model" in answer.text
