"""The first start, sign in and out, and what stands before every page."""

from http import HTTPStatus

import pytest
from flask.testing import FlaskClient
from flask_openapi3 import OpenAPI

from tests.builders.runs import text_of
from tests.conftest import PASSWORD
from webapp.accounts import users
from webapp.core.extensions import db
from webapp.models import Role, User

NEW = {"name": "Wang", "email": "wang@factory.test", "password": PASSWORD, "password_again": PASSWORD}


@pytest.fixture
def browser(clean_app: OpenAPI) -> FlaskClient:
    """Nobody is signed in; reads English."""
    browser = clean_app.test_client()
    browser.set_cookie("language", "en")
    return browser


def test_a_first_start_leads_to_the_page_that_makes_the_administrator(browser: FlaskClient) -> None:
    for path in ("/", "/sign-in", "/models/1/images"):
        assert browser.get(path).location == "/first-start"
    assert "Create administrator" in browser.get("/first-start").text


def test_the_administrator_is_made_and_signed_in(browser: FlaskClient) -> None:
    assert browser.post("/first-start", data=NEW).location == "/"
    assert "Choose a model" in browser.get("/").text
    user = db.session.scalars(db.select(User)).one()
    assert (user.email, user.name, user.role) == ("wang@factory.test", "Wang", Role.ADMINISTRATOR)
    assert user.password_hash.startswith("$argon2id$")


@pytest.mark.parametrize(
    ("changes", "field", "sentence"),
    [
        ({"email": "wang"}, "email", "Enter a complete e-mail address."),
        ({"email": ""}, "email", "Enter your e-mail address."),
        ({"password": "short", "password_again": "short"}, "password", "The password needs at least"),
        ({"password_again": "another one"}, "password_again", "The two passwords are not the same."),
    ],
)
def test_a_fault_on_first_start_is_said_beside_its_field(
    browser: FlaskClient, changes: dict[str, str], field: str, sentence: str
) -> None:
    answer = browser.post("/first-start", data=NEW | changes)
    assert answer.status_code == HTTPStatus.UNPROCESSABLE_ENTITY
    _before, _id, rest = text_of(answer).partition(f'id="field-{field}-error"')
    assert sentence in rest[:300]
    assert not users.has_accounts()


def test_once_there_is_an_account_nobody_makes_another_administrator(
    browser: FlaskClient, administrator: User
) -> None:
    assert browser.get("/first-start").location == "/sign-in"
    assert browser.post("/first-start", data=NEW).location == "/sign-in"
    assert db.session.scalars(db.select(User)).one() is administrator


def test_signing_in_leads_to_the_page_that_was_asked_for(browser: FlaskClient, administrator: User) -> None:
    asked = browser.get("/models/1/images?split=test")
    assert asked.status_code == HTTPStatus.FOUND
    assert asked.location.startswith("/sign-in?next=")
    answer = browser.post(asked.location, data={"email": administrator.email, "password": PASSWORD})
    assert answer.location == "/models/1/images?split=test"


def test_wrong_password_and_unknown_address_are_told_alike(browser: FlaskClient, administrator: User) -> None:
    pages = []
    for email, password in ((administrator.email, "wrong password"), ("nobody@factory.test", PASSWORD)):
        answer = browser.post("/sign-in", data={"email": email, "password": password})
        assert answer.status_code >= HTTPStatus.BAD_REQUEST
        assert password not in answer.text
        pages.append(text_of(answer).replace(email, "").partition('<form class="panel"')[2])
    assert pages[0].partition("field-error")[2] == pages[1].partition("field-error")[2] != ""


def test_signing_out_ends_the_session(client: FlaskClient) -> None:
    assert client.get("/").status_code == HTTPStatus.OK
    client.post("/sign-out")
    assert client.get("/").location.startswith("/sign-in")


def test_an_account_that_was_switched_off_is_out_at_once(client: FlaskClient, administrator: User) -> None:
    administrator.active = False
    db.session.commit()
    assert client.get("/").location.startswith("/sign-in")


def test_a_form_without_token_is_refused(
    client: FlaskClient, clean_app: OpenAPI, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setitem(clean_app.config, "WTF_CSRF_ENABLED", True)
    answer = client.post("/models", data={"name": "Screw"})
    assert answer.status_code == HTTPStatus.BAD_REQUEST
    assert "This page was open for too long: reload it and try again." in answer.text


def test_pages_allow_no_script_and_no_style_from_elsewhere(client: FlaskClient) -> None:
    answer = client.get("/")
    policy = dict(part.split(" ", 1) for part in answer.headers["Content-Security-Policy"].split("; "))
    assert policy["script-src"] == "'self'"
    assert "unsafe" not in policy["style-src"]
    assert " style=" not in answer.text and "onclick" not in answer.text


def test_the_language_follows_the_browser_until_it_is_switched(
    browser: FlaskClient, administrator: User
) -> None:
    browser.delete_cookie("language")
    chinese = browser.get("/sign-in", headers={"Accept-Language": "zh-TW,zh;q=0.9"})
    assert 'lang="zh-Hant-TW"' in chinese.text
    english = browser.get("/sign-in", headers={"Accept-Language": "en-GB"})
    assert 'lang="en"' in english.text
    browser.post("/preferences/language", data={"lang": "zh_Hant_TW"})
    assert 'lang="zh-Hant-TW"' in browser.get("/sign-in", headers={"Accept-Language": "en-GB"}).text
