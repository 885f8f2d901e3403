"""The page of a model's members, and what a closed model shows to others."""

from typing import Any

import pytest
from flask.testing import FlaskClient
from flask_openapi3 import OpenAPI
from sqlalchemy import event

from tests.builders import runs as builders
from tests.builders.runs import PASSWORD, text_of
from tests.rest.fixtures import separate_requests  # noqa: F401  (several browsers at once)
from webapp.accounts import users
from webapp.core.extensions import db
from webapp.images import intake as image_intake
from webapp.models import DetectionModel, ModelMember, Role, User
from webapp.projects import detection_models


@pytest.fixture
def model(administrator: User) -> DetectionModel:
    return detection_models.create_model("Screw", "", administrator)


def browser_of(app: OpenAPI, email: str, role: Role, name: str = "") -> tuple[FlaskClient, User]:
    user = users.create_user(email, PASSWORD, role, name)
    browser = app.test_client()
    browser.set_cookie("language", "en")
    assert browser.post("/sign-in", data={"email": email, "password": PASSWORD}).status_code == 302
    return browser, user


def roles(model: DetectionModel) -> dict[int, Role]:
    db.session.expire_all()
    return {row.user_id: row.role for row in db.session.query(ModelMember).filter_by(model_id=model.id)}


def close(model: DetectionModel, *named: tuple[User, Role]) -> None:
    model.closed = True
    db.session.add_all(ModelMember(model_id=model.id, user_id=user.id, role=role) for user, role in named)
    db.session.commit()


def test_an_engineer_closes_a_model_and_names_people(clean_app: OpenAPI, model: DetectionModel) -> None:
    engineer, own = browser_of(clean_app, "engineer@factory.test", Role.ENGINEER)
    viewer, other = browser_of(clean_app, "lin@factory.test", Role.VIEWER, "林安娜")
    page = f"/models/{model.id}/members"
    assert "Everybody with an account" in text_of(engineer.get(page))
    assert engineer.post(f"{page}/access", data={"closed": "1"}).location == page
    assert "The model is closed" in text_of(engineer.get(page))
    assert roles(model) == {own.id: Role.ENGINEER}
    assert viewer.get(page).status_code == 404
    assert "Screw" not in viewer.get("/").text
    found = text_of(engineer.get(f"{page}?q=安娜"))
    assert "lin@factory.test" in found
    engineer.post(page, data={"user_id": other.id, "role": "annotator"})
    assert roles(model) == {own.id: Role.ENGINEER, other.id: Role.ANNOTATOR}
    assert "Screw" in viewer.get("/").text
    engineer.post(f"{page}/{other.id}", data={"role": "viewer"})
    assert roles(model)[other.id] is Role.VIEWER
    engineer.post(f"{page}/{other.id}/remove")
    assert roles(model) == {own.id: Role.ENGINEER}
    engineer.post(f"{page}/access", data={"closed": "0"})
    assert "Screw" in viewer.get("/").text


def test_the_last_engineer_is_told_why_they_stay(clean_app: OpenAPI, model: DetectionModel) -> None:
    engineer, own = browser_of(clean_app, "engineer@factory.test", Role.ENGINEER)
    close(model, (own, Role.ENGINEER))
    for address, data in (("leave", {}), (f"{own.id}/remove", {}), (str(own.id), {"role": "viewer"})):
        answer = engineer.post(f"/models/{model.id}/members/{address}", data=data)
        assert answer.status_code == 409
        assert "needs an engineer" in text_of(answer)
    assert roles(model) == {own.id: Role.ENGINEER}


def test_a_viewer_sees_the_members_and_may_leave(clean_app: OpenAPI, model: DetectionModel) -> None:
    _browser, engineer = browser_of(clean_app, "engineer@factory.test", Role.ENGINEER, "Wang")
    viewer, own = browser_of(clean_app, "viewer@factory.test", Role.ENGINEER)
    close(model, (engineer, Role.ENGINEER), (own, Role.VIEWER))
    page = viewer.get(f"/models/{model.id}/members").text
    assert "Wang" in page and "engineer@factory.test" not in page
    assert "members/access" not in page and "q=" not in page
    assert viewer.post(f"/models/{model.id}/members/access", data={"closed": "0"}).status_code == 403
    assert viewer.post(f"/models/{model.id}/members/leave").location == "/"
    assert viewer.get(f"/models/{model.id}/members").status_code == 404


def test_an_administrator_manages_models_that_they_are_not_in(
    client: FlaskClient, clean_app: OpenAPI, model: DetectionModel
) -> None:
    _browser, engineer = browser_of(clean_app, "engineer@factory.test", Role.ENGINEER)
    close(model, (engineer, Role.ENGINEER))
    client.post(f"/models/{model.id}/members/{engineer.id}", data={"role": "engineer"})
    assert client.post(f"/models/{model.id}/members/access", data={"closed": "0"}).status_code == 302
    assert roles(model) == {engineer.id: Role.ENGINEER}


def test_no_page_tells_of_a_closed_model(clean_app: OpenAPI, administrator: User) -> None:
    closed = builders.model_with_photos(administrator)
    closed.name = "Secret part"
    builders.finished_training(closed, administrator)
    builders.training_runs.start(closed, administrator, {"iterations": 5}, allow_empty=set(builders.Split))
    own = detection_models.create_model("Open", "", administrator)
    browser, user = browser_of(clean_app, "engineer@factory.test", Role.ENGINEER)
    users.create_token(user.email, "Camera", builders_limits(closed))
    pages = (
        "/",
        "/board",
        "/board/panel",
        "/api-tokens",
        f"/models/{own.id}/record",
        "/models/trash",
        "/account",
    )
    assert any("Secret part" in browser.get(page).text for page in pages), "it is open yet"
    close(closed)
    assert [page for page in pages if "Secret part" in browser.get(page).text] == []
    closed.deleted_at = builders.now()
    db.session.commit()
    assert [page for page in pages if "Secret part" in browser.get(page).text] == []
    assert "trash" not in browser.get("/").text, "nor is it counted there"


def builders_limits(model: DetectionModel) -> Any:
    return users.TokenLimits(model_ids=[model.id])


def test_photos_of_a_closed_model_are_not_sent(clean_app: OpenAPI, administrator: User) -> None:
    closed = builders.model_with_photos(administrator, 1, 0, 0)
    [image] = db.session.query(image_intake.Image).all()
    browser, user = browser_of(clean_app, "engineer@factory.test", Role.ENGINEER)
    addresses = [f"/photos/{image.sha256}", f"/photos/{image.sha256}/thumbnail"]
    assert [browser.get(address).status_code for address in addresses] == [200, 200]
    close(closed)
    hidden = [browser.get(address).status_code for address in addresses]
    assert hidden == [404, 404] == [browser.get(f"/photos/{'0' * 64}").status_code] * 2
    close(closed, (user, Role.VIEWER))
    assert [browser.get(address).status_code for address in addresses] == [200, 200]


def test_ids_of_a_closed_model_in_forms_answer_as_ids_that_do_not_exist(
    clean_app: OpenAPI, administrator: User
) -> None:
    closed = builders.model_with_photos(administrator)
    builders.finished_training(closed, administrator)
    hidden_run = builders.prediction(closed, administrator, {"a.jpg": builders.photo_file(7)})
    closed.name = "Closed"
    own = builders.model_with_photos(administrator)
    builders.finished_training(own, administrator)
    run = builders.prediction(own, administrator, {"a.jpg": builders.photo_file(8)})
    close(closed)
    browser, _user = browser_of(clean_app, "engineer@factory.test", Role.ENGINEER)
    weights = closed.weights_in_use_id
    image = db.session.query(image_intake.Image).filter_by(model_id=closed.id).first()
    assert image is not None and image.model_id == closed.id and weights is not None
    page, absent = f"/models/{own.id}", 10**6
    asked: list[tuple[str, str, str, int]] = [
        ("GET", f"/prediction-runs/{run.id}/compare", "with", hidden_run.id),
        ("POST", f"{page}/train", "weights_id", weights),
        ("POST", f"{page}/weights-in-use", "weights_id", weights),
        ("POST", f"{page}/predict", "weights_id", weights),
        ("POST", f"{page}/images/move", "ids", image.id),
        ("POST", f"{page}/images/delete", "ids", image.id),
        ("POST", f"{page}/similar/apart", "first", image.id),
        ("GET", f"{page}/annotate", "photo", image.id),
        ("GET", f"{page}/train", "like", 1),
        ("POST", "/api-tokens", "model", closed.id),
    ]
    for method, address, field, value in asked:
        sent = {"target": "test", "name": "Camera", "models": "some"}
        answers = [
            browser.open(
                address,
                method=method,
                headers={"HX-Request": "true"},
                **({"query_string": {field: one}} if method == "GET" else {"data": sent | {field: one}}),
            )
            for one in (value, absent)
        ]
        hidden, missing = (
            answer.text.replace(str(absent), "ID").replace(f'"{value}"', '"ID"') for answer in answers
        )
        assert answers[0].status_code == answers[1].status_code, address
        assert "Closed" not in hidden, address
        if answers[0].status_code >= 400 and "nonce" not in hidden:
            assert hidden == missing, address
    assert image_intake.find_image_of(closed, image.id) is not None, "it was not deleted"


def test_lists_ask_one_query_more_and_none_a_model(clean_app: OpenAPI, administrator: User) -> None:
    browser, user = browser_of(clean_app, "engineer@factory.test", Role.ENGINEER)
    asked: list[str] = []

    def note(_connection: Any, _cursor: Any, statement: str, *_more: Any) -> None:
        asked.append(statement)

    def queries() -> int:
        asked.clear()
        assert browser.get("/").status_code == 200
        return len(asked)

    for number in range(3):
        detection_models.create_model(f"Open {number}", "", administrator)
    event.listen(db.engine, "before_cursor_execute", note)
    try:
        opened = queries()
        for number in range(6):
            model = detection_models.create_model(f"Closed {number}", "", administrator)
            close(model, (user, Role.ENGINEER if number % 2 else Role.VIEWER))
        assert queries() == opened + 1
    finally:
        event.remove(db.engine, "before_cursor_execute", note)
