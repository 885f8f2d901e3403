"""The panel of suggestions beside the open photo, and what its buttons ask for."""

from http import HTTPStatus

import pytest
from flask.testing import FlaskClient
from sqlalchemy import select

from tests.builders import library
from tests.builders.runs import finished_training, model_with_photos, sign_in, text_of
from tests.suggestions.suggested import suggest
from webapp.core.extensions import db
from webapp.models import DetectionModel, Image, LibraryKind, LibraryRun, Role, RunStatus, User
from webapp.models.columns import now
from webapp.projects import detection_models
from webapp.suggestions import drafts as suggestion_drafts
from webapp.suggestions import runs as suggestion_runs


@pytest.fixture
def model(clean_app: object, administrator: User) -> DetectionModel:
    """Trained once."""
    made = model_with_photos(administrator)
    finished_training(made, administrator)
    return made


@pytest.fixture
def photo(client: FlaskClient, model: DetectionModel) -> Image:
    """A photo without labels."""
    library.add_images(client, model.id, {"new.png": library.photo(77)})
    return db.session.scalars(select(Image).where(Image.filename == "new.png")).one()


def test_the_panel_offers_weights_and_lists_what_they_found(
    client: FlaskClient, model: DetectionModel, photo: Image
) -> None:
    suggest(photo, 0.91, 0.4)
    page = client.get(f"/models/{model.id}/suggestions?photo={photo.id}")
    assert page.status_code == HTTPStatus.OK
    said = text_of(page)
    assert "Suggest labels" in said
    assert "91 %" in said and "40 %" in said
    assert 'aria-label="Accept fig, 91 %"' in page.text
    assert "1 unlabelled photo has suggestions" in said


def test_a_model_that_was_never_trained_leads_to_the_training(
    client: FlaskClient, administrator: User
) -> None:
    fresh = detection_models.create_model("Fresh", "", administrator)
    assert "Once this model has been trained" in text_of(client.get(f"/models/{fresh.id}/suggestions"))
    answer = client.post(f"/models/{fresh.id}/suggestions", headers=library.HTMX)
    assert answer.status_code == HTTPStatus.CONFLICT


def test_a_run_is_queued_for_the_open_photo_and_twice_is_one(
    client: FlaskClient, model: DetectionModel, photo: Image
) -> None:
    for _ in range(2):
        answer = client.post(
            f"/models/{model.id}/suggestions", data={"photo": photo.id}, headers=library.HTMX
        )
        assert answer.status_code == HTTPStatus.OK
        assert "data-live-stream" in answer.text
    run = db.session.scalars(select(LibraryRun).where(LibraryRun.kind == LibraryKind.SUGGEST)).one()
    assert (run.kind, run.parameters["image_id"]) == (LibraryKind.SUGGEST, photo.id)


def test_a_run_takes_the_weights_in_use_and_says_so(
    client: FlaskClient, model: DetectionModel, photo: Image, administrator: User
) -> None:
    finished_training(model, administrator)
    answer = client.post(f"/models/{model.id}/suggestions", data={"photo": photo.id}, headers=library.HTMX)
    run = db.session.scalars(select(LibraryRun).where(LibraryRun.kind == LibraryKind.SUGGEST)).one()
    assert run.parameters["weights_id"] == model.weights_in_use_id == run.parameters["weights"]["id"]
    run.status = RunStatus.COMPLETED
    run.result = {"photos": 1, "shapes": 2, "failed": 0}
    db.session.commit()
    assert answer.status_code == HTTPStatus.OK
    assert "Weights: Run 1 · last · AP 76.4" in text_of(client.get(f"/library-runs/{run.id}/panel"))


def test_all_are_accepted_by_a_run(client: FlaskClient, model: DetectionModel, photo: Image) -> None:
    suggest(photo, 0.91)
    address = f"/models/{model.id}/suggestions/accept"
    assert client.post(address, data={"percent": "101"}).status_code == HTTPStatus.UNPROCESSABLE_ENTITY
    assert client.post(address, data={"percent": "x"}).status_code == HTTPStatus.UNPROCESSABLE_ENTITY
    answer = client.post(address, data={"percent": "60", "split": "train"}, headers=library.HTMX)
    assert answer.status_code == HTTPStatus.OK
    run = db.session.scalars(select(LibraryRun).where(LibraryRun.kind == LibraryKind.ACCEPT)).one()
    assert (run.kind, run.parameters["score"], run.parameters["split"]) == (LibraryKind.ACCEPT, 0.6, "train")


def test_what_would_be_accepted_is_drawn_before_and_taken_back_after(
    client: FlaskClient, model: DetectionModel, photo: Image, administrator: User
) -> None:
    suggest(photo, 0.91)
    address = f"/models/{model.id}/suggestions/preview"
    assert client.get(f"{address}?percent=60").text.count("<polygon") == 1
    assert "nothing would be accepted" in client.get(f"{address}?percent=95").text
    run = suggestion_runs.accept_all(model, administrator, None, 0.6)
    run.status = RunStatus.COMPLETED
    run.result = {"photos": 1, "shapes": 1, "accepted_at": now().isoformat()}
    db.session.commit()
    panel = client.get(f"/library-runs/{run.id}/panel").text
    assert f'action="/library-runs/{run.id}/take-back"' in panel
    assert "data-live-stream" in client.post(f"/library-runs/{run.id}/take-back", headers=library.HTMX).text
    newest = select(LibraryRun).order_by(LibraryRun.id.desc()).limit(1)
    assert db.session.scalars(newest).one().parameters["undo"] == run.id


def test_decided_suggestions_go_until_that_is_undone(
    client: FlaskClient, model: DetectionModel, photo: Image
) -> None:
    suggest(photo, 0.91, 0.4)
    first, second = suggestion_drafts.of_image(photo)
    address = f"/models/{model.id}/images/{photo.id}/suggestions/decide"
    assert client.post(address, json={"decided": [first.id], "waiting": []}).get_json() == {"changed": 1}
    assert suggestion_drafts.of_image(photo) == [second]
    assert "91 %" not in text_of(client.get(f"/models/{model.id}/suggestions?photo={photo.id}"))
    assert client.post(address, json={"decided": [], "waiting": [first.id]}).get_json() == {"changed": 1}
    assert suggestion_drafts.of_image(photo) == [first, second]
    for wrong in ({"decided": ["1"], "waiting": []}, {"decided": []}, []):
        assert client.post(address, json=wrong).status_code == HTTPStatus.UNPROCESSABLE_ENTITY


def test_viewers_see_and_change_nothing(client: FlaskClient, model: DetectionModel, photo: Image) -> None:
    suggest(photo, 0.91)
    sign_in(client, Role.VIEWER)
    page = client.get(f"/models/{model.id}/suggestions?photo={photo.id}")
    assert page.status_code == HTTPStatus.OK
    assert "<button" not in page.text
    # Only counted: the script has no rows to count again.
    assert '<span class="tab-count">1</span>' in page.text
    decide = f"/models/{model.id}/images/{photo.id}/suggestions/decide"
    for address in (f"/models/{model.id}/suggestions", f"/models/{model.id}/suggestions/accept", decide):
        assert client.post(address).status_code == HTTPStatus.FORBIDDEN
