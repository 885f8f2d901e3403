"""Copying a model, and the card that shows the photos as they come."""

import re
from http import HTTPStatus

import pytest
from flask.testing import FlaskClient
from flask_openapi3 import OpenAPI
from sqlalchemy import insert, literal, select
from sqlalchemy.orm import Session

from tests.builders import library
from tests.builders.runs import (
    all_models,
    sign_in,
    text_of,
)
from tests.builders.statements import just_before_reading
from tests.projects.test_copying import carry_out
from webapp.core.extensions import db
from webapp.models import DetectionModel, Image, LibraryRun, Role, RunStatus, User
from webapp.projects import detection_models
from webapp.projects import trash as model_trash
from webapp.runs import errors as run_errors


@pytest.fixture
def model(client: FlaskClient, administrator: User) -> DetectionModel:
    made = detection_models.create_model("Screw", "of steel", administrator)
    library.annotated_images(client, made.id, "a.png", "b.png")
    return made


def start_copy(client: FlaskClient, model: DetectionModel) -> tuple[DetectionModel, LibraryRun]:
    answer = client.post(f"/models/{model.id}/copy", data={"name": "Axle", "photos": "1"})
    assert answer.status_code == HTTPStatus.FOUND, answer.text
    copy = all_models()[-1]
    run = detection_models.summary(copy).copy_run
    assert run
    return copy, run


def test_a_free_name_is_proposed(client: FlaskClient, model: DetectionModel) -> None:
    page = text_of(client.get(f"/models/{model.id}/copy"))
    assert 'value="Screw (2)"' in page and "Copy 2 photos with their labels too" in page
    assert f"/models/{model.id}/copy" in client.get("/").text
    assert f"/models/{model.id}/copy" in client.get(f"/models/{model.id}/edit").text


def test_settings_alone_come_at_once(client: FlaskClient, model: DetectionModel) -> None:
    answer = client.post(f"/models/{model.id}/copy", data={"name": "Axle"})
    copy = all_models()[-1]
    assert answer.location == f"/#model-{copy.id}"
    assert (copy.name, copy.description) == ("Axle", "of steel")
    page = text_of(client.get("/"))
    assert "Model “Axle” created." in page and "model-card-copy" not in page


@pytest.mark.parametrize(
    ("name", "sentence"),
    [
        ("screw", "Another model has this name already"),
        (" ", "Give the model a name"),
        ("x" * 5000, "at most 100"),
    ],
)
def test_a_name_that_cannot_be_is_said_beside_the_field(
    client: FlaskClient, model: DetectionModel, name: str, sentence: str
) -> None:
    answer = client.post(f"/models/{model.id}/copy", data={"name": name, "photos": "1"})
    assert answer.status_code in (HTTPStatus.CONFLICT, HTTPStatus.UNPROCESSABLE_ENTITY)
    page = text_of(answer)
    assert re.search(rf'id="field-name-error">.*?{sentence}', page)
    assert re.search(r'id="field-photos" name="photos" value="1" checked', page)
    assert len(all_models()) == 1


def test_the_card_follows_the_copy_to_its_end(
    client: FlaskClient, clean_app: OpenAPI, model: DetectionModel, monkeypatch: pytest.MonkeyPatch
) -> None:
    copy, run = start_copy(client, model)
    card = text_of(client.get(f"/models/{copy.id}/card"))
    assert "waiting to be copied" in card and f'data-live-stream="/library-runs/{run.id}/stream"' in card
    # A reload shows the same.
    assert f'data-live-stream="/library-runs/{run.id}/stream"' in client.get("/").text
    run.status, run.done, run.total = RunStatus.RUNNING, 1, 2
    db.session.commit()
    assert re.search(
        r'1 / 2.*<progress class="bar" value="1" max="2"', text_of(client.get(f"/models/{copy.id}/card"))
    )
    run.status = RunStatus.QUEUED
    db.session.commit()

    carry_out(run, clean_app, monkeypatch)
    card = text_of(client.get(f"/models/{copy.id}/card"))
    assert "2 photos" in card and "model-card-copy" not in card and "data-live-stream" not in card


@pytest.mark.parametrize("address", ["/", "/models/{}/card"])
@pytest.mark.parametrize("table", ["detection_model", "library_run", "image_count", "training_run"])
def test_a_card_follows_the_copy_or_has_its_photos_whenever_it_ends(
    client: FlaskClient, model: DetectionModel, address: str, table: str
) -> None:
    copy, run = start_copy(client, model)
    address, run_id = address.format(copy.id), run.id

    def end(elsewhere: Session) -> None:
        """As the io worker does."""
        run = elsewhere.get_one(LibraryRun, run_id)
        photos = select(literal(run.model_id), Image.sha256, Image.filename, Image.split)
        of_source = photos.where(Image.model_id == run.parameters["source_id"])
        elsewhere.execute(insert(Image).from_select(["model_id", "sha256", "filename", "split"], of_source))
        run.status = RunStatus.COMPLETED

    with just_before_reading(table, end):
        page = text_of(client.get(address))
    has_its_photos = "model-card-copy" not in page and page.count("2 photos") == page.count("model-card-name")
    assert has_its_photos or f'data-live-stream="/library-runs/{run_id}/stream"' in page


def test_a_stopped_copy_says_so_and_starts_again(
    client: FlaskClient, clean_app: OpenAPI, model: DetectionModel, monkeypatch: pytest.MonkeyPatch
) -> None:
    copy, run = start_copy(client, model)
    card = text_of(client.post(f"/models/{copy.id}/copy/stop", headers=library.HTMX))
    assert (
        card.startswith('<article class="model-card"')
        and "The copying was stopped: there are no photos." in card
    )
    assert "data-live-stream" not in card
    card = text_of(client.post(f"/models/{copy.id}/copy/again", headers=library.HTMX))
    assert "waiting to be copied" in card
    again = detection_models.summary(copy).copy_run
    assert again and again.id != run.id
    # A second press, in another tab, starts no second one.
    assert client.post(f"/models/{copy.id}/copy/again").status_code == HTTPStatus.CONFLICT
    carry_out(again, clean_app, monkeypatch)
    assert "2 photos" in text_of(client.get(f"/models/{copy.id}/card"))
    assert client.post(f"/models/{copy.id}/copy/again").status_code == HTTPStatus.CONFLICT


def test_a_copy_that_failed_says_why(client: FlaskClient, model: DetectionModel) -> None:
    copy, run = start_copy(client, model)
    run.status, run.error = RunStatus.FAILED, run_errors.error_document("disk_full")
    db.session.commit()
    assert "The disk is full: free some space" in text_of(client.get("/"))
    library.add_images(client, copy.id, {"c.png": library.photo(9)})
    # Who adds photos by hand has no use for the note any more.
    assert "The disk is full" not in text_of(client.get("/"))


def test_a_copy_whose_original_went_cannot_start_again(client: FlaskClient, model: DetectionModel) -> None:
    copy, _run = start_copy(client, model)
    client.post(f"/models/{copy.id}/copy/stop")
    model_trash.delete_model(model, "Screw", None)
    answer = client.post(f"/models/{copy.id}/copy/again")
    assert answer.status_code == HTTPStatus.NOT_FOUND


@pytest.mark.parametrize("role", [Role.VIEWER, Role.ANNOTATOR])
def test_only_engineers_copy(client: FlaskClient, model: DetectionModel, role: Role) -> None:
    copy, run = start_copy(client, model)
    sign_in(client, role)
    assert "model-card-copy" in client.get("/").text and "/copy" not in client.get("/").text
    for path in (f"{model.id}/copy", f"{copy.id}/copy/stop", f"{copy.id}/copy/again"):
        assert client.post(f"/models/{path}", data={"name": "Nut"}).status_code == HTTPStatus.FORBIDDEN
    db.session.refresh(run)
    assert run.status is RunStatus.QUEUED and len(all_models()) == 2
