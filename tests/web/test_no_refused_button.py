"""Whoever looks at a page sees no link, form or button that would be refused: all of them are read and compared."""

import re
from collections import Counter
from collections.abc import Iterator
from html.parser import HTMLParser
from typing import Any
from urllib.parse import urlsplit

import pytest
from flask.testing import FlaskClient
from flask_openapi3 import OpenAPI
from sqlalchemy import func
from werkzeug.exceptions import HTTPException

from tests.builders import runs as builders
from tests.conftest import PASSWORD
from webapp.accounts import users
from webapp.core.extensions import db
from webapp.images import trash as image_trash
from webapp.models import (
    DetectionModel,
    Image,
    LibraryKind,
    LibraryRun,
    ModelMember,
    Role,
    RunStatus,
    TrainingRun,
    User,
)
from webapp.models.columns import now
from webapp.projects import model_of
from webapp.web.guards import WITHOUT_ROLE

PAGES_OF_ONE_ENDPOINT = 2
NOT_FOLLOWED = (
    "stream.",
    "static",
    "files.",
    "exports.labels",
    "predict.zip",
    "predict.csv",
    "training.weights",
)
READS = (("href", "GET"), ("src", "GET"), ("hx-get", "GET"), ("hx-post", "POST"), ("hx-put", "PUT"))


class Ways(HTMLParser):
    """Method and address of all that a page sends or opens. A form counts where it has a button that sends it."""

    def __init__(self) -> None:
        super().__init__()
        self.found: set[tuple[str, str]] = set()
        self._forms: dict[str, tuple[str, str]] = {}
        self._sent: set[str] = set()
        self._inside = ""

    @classmethod
    def of(cls, page: str) -> set[tuple[str, str]]:
        """Those of a page."""
        parser = cls()
        parser.feed(page)
        return parser.found | {parser._forms[form] for form in parser._sent & parser._forms.keys()}

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        """Read what the element leads to."""
        said = {name: value or "" for name, value in attrs}
        if tag == "form" and said.get("action"):
            self._inside = said.get("id", f"form {len(self._forms)}")
            self._forms[self._inside] = said.get("method", "get").upper(), said["action"]
            if "data-upload" in said:
                self.found.add(self._forms[self._inside])
        if tag == "button" and said.get("type", "submit") == "submit":
            self._sent.add(said.get("form", self._inside))
            if said.get("formaction"):
                self.found.add(("POST", said["formaction"]))
        for name, method in READS:
            if said.get(name):
                self.found.add((method, said[name]))

    def handle_endtag(self, tag: str) -> None:
        """Leave the form."""
        if tag == "form":
            self._inside = ""


@pytest.fixture
def model(clean_app: OpenAPI, administrator: User) -> DetectionModel:
    """With all that pages show: runs in several states, predictions, photos in the trash, finished work."""
    model = builders.model_with_photos(administrator, train=3)
    builders.finished_training(model, administrator)
    builders.finished_training(model, administrator, RunStatus.STOPPED)
    builders.running_training(model, administrator)
    builders.training_runs.start(model, administrator, {"iterations": 5}, allow_empty=set(builders.Split))
    builders.finished_prediction(model, administrator)
    builders.prediction(model, administrator, {"b.jpg": builders.photo_file(10)})
    first = db.session.query(Image.id).limit(1).scalar()
    image_trash.delete_images(model, Image.id == first, administrator)
    result: dict[str, Any] = {"count": 1, "at": now().isoformat()}
    deleted = LibraryRun(model_id=model.id, kind=LibraryKind.DELETE, parameters={}, result=result)
    deleted.status, deleted.finished_at = RunStatus.COMPLETED, now()
    moving = LibraryRun(model_id=model.id, kind=LibraryKind.MOVE, parameters={})
    db.session.add_all([deleted, moving])
    db.session.commit()
    return model


def signed_in(app: OpenAPI, model: DetectionModel, account: Role, in_model: Role) -> FlaskClient:
    user = users.create_user(f"{account}@factory.test", PASSWORD, account)
    engineer = users.create_user("other@factory.test", PASSWORD, Role.ENGINEER)
    model.closed = True
    db.session.add(ModelMember(model_id=model.id, user_id=user.id, role=in_model))
    db.session.add(ModelMember(model_id=model.id, user_id=engineer.id, role=Role.ENGINEER))
    db.session.commit()
    browser = app.test_client()
    browser.set_cookie("language", "en")
    assert browser.post("/sign-in", data={"email": user.email, "password": PASSWORD}).status_code == 302
    return browser


def pages_of(browser: FlaskClient) -> Iterator[tuple[str, str]]:
    """Address and text of the pages and fragments that links lead to, from the first page on."""
    app: Any = browser.application
    adapter = app.url_map.bind("localhost")
    waiting, seen, visits = ["/"], {"/"}, Counter[str]()
    while waiting:
        page = waiting.pop()
        answer = browser.get(page, buffered=True)
        # 422: the address of a form with GET, without its fields.
        assert answer.status_code in (200, 302, 422), (page, answer.status_code)
        if answer.mimetype != "text/html":
            continue
        yield page, answer.text
        for method, address in sorted(Ways.of(answer.text)):
            path = urlsplit(address).path
            if method != "GET" or urlsplit(address).netloc or not path.startswith("/") or path in seen:
                continue
            seen.add(path)
            endpoint = adapter.match(path)[0]
            visits[endpoint] += 1
            if visits[endpoint] <= PAGES_OF_ONE_ENDPOINT and not endpoint.startswith(NOT_FOLLOWED):
                waiting.append(address)


def walk_pages(browser: FlaskClient) -> dict[tuple[str, str], str]:
    """Every way of these pages, with a page where it stands; each is (method, path)."""
    ways: dict[tuple[str, str], str] = {}
    for page, text in pages_of(browser):
        for method, address in Ways.of(text):
            if not urlsplit(address).netloc and address.startswith("/"):
                ways.setdefault((method, urlsplit(address).path), page)
    return ways


def refused(browser: FlaskClient, account: Role, in_model: Role) -> list[str]:
    """The ways of ``walk_pages`` that this person may not go."""
    app: Any = browser.application
    adapter = app.url_map.bind("localhost")
    found = []
    for (method, path), page in walk_pages(browser).items():
        try:
            rule, arguments = adapter.match(path, method=method, return_rule=True)
        except HTTPException as error:
            found.append(f"{page}: {method} {path} leads nowhere: {error}")
            continue
        if rule.endpoint in WITHOUT_ROLE:
            continue
        counts = in_model if model_of.row_of(rule.rule, arguments) else account
        if not counts.includes(app.view_functions[rule.endpoint].required_role):
            found.append(f"{page}: {method} {rule.endpoint} needs more than {counts}")
    return found


@pytest.mark.parametrize("in_model", [Role.VIEWER, Role.ANNOTATOR])
def test_who_has_a_lower_role_in_a_model_sees_no_more_than_that(
    clean_app: OpenAPI, model: DetectionModel, in_model: Role
) -> None:
    browser = signed_in(clean_app, model, Role.ENGINEER, in_model)
    assert refused(browser, Role.ENGINEER, in_model) == []


def test_who_has_a_higher_role_in_a_model_sees_its_buttons_and_no_others(
    clean_app: OpenAPI, model: DetectionModel
) -> None:
    browser = signed_in(clean_app, model, Role.VIEWER, Role.ENGINEER)
    ways = walk_pages(browser)
    for method, path in (
        ("GET", "edit"),
        ("POST", "train"),
        ("POST", "members/access"),
        ("POST", "images/move"),
    ):
        assert (method, f"/models/{model.id}/{path}") in ways, path
    assert ("POST", "/models") not in ways
    assert refused(browser, Role.VIEWER, Role.ENGINEER) == []


def test_nothing_that_is_written_in_a_closed_model_stands_on_a_page_of_others(
    clean_app: OpenAPI, administrator: User, model: DetectionModel
) -> None:
    """Not its name, nor those of its photos, categories and runs."""
    model.name, model.description = "Secret part", "Secret text"
    db.session.query(TrainingRun).update({"name": "Secret run"})
    db.session.query(Image).update({"filename": func.concat("secret-", Image.id, ".jpg")})
    db.session.commit()
    browser = signed_in(clean_app, model, Role.VIEWER, Role.VIEWER)
    secret = re.compile("secret", re.IGNORECASE)
    assert any(secret.search(text) for _page, text in pages_of(browser)), "a member reads it"
    db.session.query(ModelMember).filter(ModelMember.role == Role.VIEWER).delete()
    own = builders.model_with_photos(administrator)
    builders.finished_training(own, administrator)
    read = list(pages_of(browser))
    assert len(read) > 20
    assert [page for page, text in read if secret.search(text) or f"/models/{model.id}/" in text] == []
