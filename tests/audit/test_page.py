"""The page of the audit, its CSV, and the record of an object."""

import csv
import io
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor

import pytest
from flask.testing import FlaskClient
from flask_openapi3 import OpenAPI

from tests.accounts.conftest import SeparateRequests
from tests.builders.library import add_images, all_images, photo
from tests.conftest import PASSWORD
from webapp.accounts import users
from webapp.audit import pages
from webapp.audit.recording import record, touched
from webapp.core.extensions import db
from webapp.models import AuditAction, AuditKind, DetectionModel, Role, User
from webapp.projects import detection_models

DECEIVING = "=cmd\u202egnp"


@pytest.fixture(autouse=True)
def separate_requests(app: OpenAPI, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(app, "test_client_class", SeparateRequests)


@pytest.fixture
def model(client: FlaskClient, administrator: User) -> DetectionModel:
    return detection_models.create_model("Screw", "", administrator)


def note(count: int = 1, **more: object) -> None:
    for number in range(count):
        record(AuditAction.EDIT, kind=AuditKind.MODEL, name=f"row {number}", **more)  # type: ignore[arg-type]
    db.session.commit()


@pytest.fixture
def browser_of(clean_app: OpenAPI) -> Callable[[Role], FlaskClient]:
    def make(role: Role) -> FlaskClient:
        user = users.create_user(f"{role}@factory.test", PASSWORD, role)
        browser = clean_app.test_client()
        browser.set_cookie("language", "en")
        browser.post("/sign-in", data={"email": user.email, "password": PASSWORD})
        return browser

    return make


def test_the_newest_rows_stand_first_and_lead_to_older_ones(client: FlaskClient) -> None:
    note(pages.PAGE + 3)
    first = client.get("/audit?kind=model").text
    assert first.index(f"row {pages.PAGE + 2}") < first.index("row 10")
    older = first.split('rel="next"')[0].rsplit('href="', 1)[1].split('"')[0].replace("&amp;", "&")
    second = client.get(older).text
    assert "row 2<" in second
    assert "row 3<" not in second


FILTERS: dict[str, tuple[str, int]] = {
    "nothing": ("", 4),
    "a part of the name": ("actor=adm", 1),
    "nobody": ("actor=nobody", 0),
    "action": ("action=sign_in", 1),
    "kind": ("kind=model", 2),
    "kind and object": ("kind=account&object=1", 2),
    "model": ("model=1", 1),
    "days": ("since=2000-01-01&until=2100-01-01", 4),
    "days long ago": ("until=2000-01-01", 0),
    "what cannot be read": ("action=x&kind=x&object=x&model=99999999999&since=x&before=x", 4),
}


@pytest.mark.parametrize("wanted", FILTERS.values(), ids=FILTERS)
def test_filters(client: FlaskClient, model: DetectionModel, wanted: tuple[str, int]) -> None:
    note()  # beside the account, its sign-in and the model
    query, count = wanted
    assert client.get(f"/audit?{query}").text.count('class="audit-when"') == count


def test_only_administrators_see_it(browser_of: Callable[[Role], FlaskClient]) -> None:
    browser = browser_of(Role.ENGINEER)
    assert browser.get("/audit").status_code == browser.get("/audit.csv").status_code == 403


def test_the_csv_has_every_row_and_no_formula(client: FlaskClient, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("webapp.audit.queries._STREAMED", 2)
    note(5)
    record(AuditAction.EDIT, kind=AuditKind.MODEL, name=DECEIVING)
    db.session.commit()
    answer = client.get("/audit.csv?kind=model")
    rows = list(csv.DictReader(io.StringIO(answer.data.decode("utf-8-sig"))))
    assert [row["object_name"] for row in rows] == [
        "'=cmd\\u202egnp",
        *(f"row {n}" for n in range(4, -1, -1)),
    ]
    assert answer.headers["Content-Disposition"].startswith("attachment")


def test_deceiving_characters_are_written_out(client: FlaskClient) -> None:
    record(AuditAction.EDIT, kind=AuditKind.MODEL, name=DECEIVING + "<b>", after={"name": "\u2066x"})
    db.session.commit()
    page = client.get("/audit").text
    assert "=cmd\\u202egnp&lt;b&gt;" in page
    assert "\\u2066x" in page
    assert not {"\u202e", "\u2066"} & set(page)


def test_an_object_shows_its_record_to_who_may_see_it(
    browser_of: Callable[[Role], FlaskClient], client: FlaskClient, model: DetectionModel
) -> None:
    detection_models.update_model(model, "Nut", None)
    viewer = browser_of(Role.VIEWER)
    part = viewer.get(f"/history/model/{model.id}").text
    assert part.index("Changed") < part.index("Created")
    assert ">Screw</bdi></del>" in part
    assert viewer.get("/history/model/99").status_code == 404
    assert viewer.get("/history/nonsense/1").status_code == 404
    assert viewer.get(f"/history/image/{2**40}").status_code == 404
    assert viewer.get("/history/account/1").status_code == 403
    own = db.session.query(User).filter_by(email="viewer@factory.test").one()
    assert "Sign-in" in viewer.get(f"/history/account/{own.id}").text


def test_the_page_of_an_object_offers_its_record(client: FlaskClient, model: DetectionModel) -> None:
    assert f'hx-get="/history/model/{model.id}"' in client.get(f"/models/{model.id}/edit").text


def test_a_photo_shows_the_bulk_action_that_it_was_part_of(
    client: FlaskClient, model: DetectionModel
) -> None:
    add_images(client, model.id, {"a.png": photo(1), "b.png": photo(2)})
    first, second = all_images(model)
    touched([first.id, second.id + 5, second.id + 6])
    record(AuditAction.EDIT, kind=AuditKind.IMAGE, model_id=model.id, after={"split": "test"})
    db.session.commit()
    assert "Photo × 3" in client.get(f"/history/image/{first.id}").text
    assert "Photo × 3" not in client.get(f"/history/image/{second.id}").text


def test_categories_of_a_model_show_their_record(client: FlaskClient, model: DetectionModel) -> None:
    client.post(f"/models/{model.id}/categories", data={"name": "Scratch"})
    assert f"/models/{model.id}/history/categories" not in client.get(f"/models/{model.id}/annotate").text
    add_images(client, model.id, {"a.png": photo(1)})
    assert f"/models/{model.id}/history/categories" in client.get(f"/models/{model.id}/annotate").text
    assert "Category Scratch" in client.get(f"/models/{model.id}/history/categories").text


def test_the_csv_is_read_after_the_request_has_ended(app: OpenAPI, client: FlaskClient) -> None:
    def read() -> bytes:
        browser = app.test_client()
        browser.post("/sign-in", data={"email": "admin@factory.test", "password": PASSWORD})
        return browser.get("/audit.csv").data

    with ThreadPoolExecutor(1) as pool:  # without the app context of the test
        assert b"sign_in" in pool.submit(read).result()
