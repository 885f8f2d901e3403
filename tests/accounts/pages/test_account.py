"""The own account: profile and password."""

import pytest
from flask.testing import FlaskClient

from tests.accounts.conftest import Browser, is_signed_in, sign_in
from tests.conftest import PASSWORD
from webapp.core.extensions import db
from webapp.models import User

NEW = "tuna bridge paper"
CHANGE = {"old_password": PASSWORD, "password": NEW, "password_again": NEW}


@pytest.fixture
def browser(browser_at: Browser, person: User) -> FlaskClient:
    """Wang is signed in."""
    browser = browser_at()
    sign_in(browser)
    return browser


def test_name_language_and_theme_follow_the_person(
    browser: FlaskClient, browser_at: Browser, person: User
) -> None:
    form = {"name": "王大明", "lang": "zh_Hant_TW", "theme": "dark"}
    assert browser.post("/account", data=form).location == "/account"
    page = browser.get("/account").text
    assert "王大明" in page and 'lang="zh-Hant-TW" data-theme="dark"' in page
    other = browser_at()
    other.delete_cookie("language")
    sign_in(other)
    assert 'lang="zh-Hant-TW" data-theme="dark"' in other.get("/").text


@pytest.mark.parametrize("form", [{}, {"lang": "xx", "theme": "<b>"}, {"name": "\x00"}])
def test_what_is_not_known_is_left(browser: FlaskClient, person: User, form: dict[str, str]) -> None:
    assert browser.post("/account", data=form).status_code == 302
    db.session.refresh(person)
    assert (person.locale, person.theme) == ("en", "auto")


def test_a_long_name_is_refused(browser: FlaskClient) -> None:
    answer = browser.post("/account", data={"name": "x" * 101})
    assert answer.status_code == 422 and 'id="field-name-error"' in answer.text


def test_the_password_is_changed_and_other_browsers_are_out(
    browser: FlaskClient, browser_at: Browser
) -> None:
    other = browser_at("192.0.2.9")
    sign_in(other, remember="y")
    before = browser.get_cookie("session")
    assert browser.post("/account/password", data=CHANGE).status_code == 302
    assert is_signed_in(browser)
    assert browser.get_cookie("session") != before
    assert not is_signed_in(other)
    assert sign_in(other).status_code == 422
    assert sign_in(other, password=NEW).status_code == 302


@pytest.mark.parametrize(
    ("changes", "field"),
    [
        ({"old_password": "wrong password"}, "old_password"),
        ({"old_password": ""}, "old_password"),
        ({"password": "short", "password_again": "short"}, "password"),
        ({"password": "password1", "password_again": "password1"}, "password"),
        ({"password": PASSWORD, "password_again": PASSWORD}, "password"),
        ({"password_again": "another"}, "password_again"),
    ],
)
def test_a_fault_is_said_beside_its_field(
    browser: FlaskClient, browser_at: Browser, changes: dict[str, str], field: str
) -> None:
    answer = browser.post("/account/password", data=CHANGE | changes)
    assert answer.status_code == 422
    assert f'id="field-{field}-error"' in answer.text
    assert sign_in(browser_at("192.0.2.9")).status_code == 302


def test_an_open_session_is_no_way_to_try_passwords(browser: FlaskClient) -> None:
    answers = [
        browser.post("/account/password", data=CHANGE | {"old_password": f"wrong {n}"}) for n in range(7)
    ]
    assert answers[-1].status_code == 429
    assert int(answers[-1].headers["Retry-After"]) > 0
    assert browser.post("/account/password", data=CHANGE).status_code == 429


def test_strangers_are_sent_to_the_sign_in(browser_at: Browser, person: User) -> None:
    for path in ("/account", "/account/password", "/account/sessions"):
        assert browser_at().get(path).location.startswith("/sign-in")
        assert browser_at().post(path).status_code in (302, 405)
