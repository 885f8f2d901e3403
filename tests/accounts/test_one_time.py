"""One-time links and temporary passwords."""

import pytest
from flask.testing import FlaskClient

from tests.accounts.conftest import Browser, is_signed_in, sign_in
from tests.conftest import PASSWORD
from webapp.accounts import administration, one_time
from webapp.core.errors import UserError
from webapp.core.extensions import db
from webapp.models import Role, User
from webapp.models.columns import now

NEW = "tuna bridge paper"
FORM = {"password": NEW, "password_again": NEW}


@pytest.fixture
def invited(administrator: User) -> tuple[User, str]:
    """Chen, and the token of the link."""
    return administration.invite("chen@factory.test", Role.ANNOTATOR, "Chen")


def opened(browser: FlaskClient, token: str) -> FlaskClient:
    answer = browser.get(f"/one-time-link?token={token}")
    assert answer.location == "/one-time-link", "the token leaves the address at once"
    return browser


def test_a_person_chooses_a_password_and_is_at_work(browser_at: Browser, invited: tuple[User, str]) -> None:
    _user, token = invited
    browser = opened(browser_at(), token)
    assert "chen@factory.test" in browser.get("/one-time-link").text
    assert browser.post("/one-time-link", data=FORM).location == "/"
    assert is_signed_in(browser)
    assert sign_in(browser_at("192.0.2.9"), "chen@factory.test", NEW).status_code == 302


def test_a_link_works_once(browser_at: Browser, invited: tuple[User, str]) -> None:
    _user, token = invited
    opened(browser_at(), token).post("/one-time-link", data=FORM)
    second = opened(browser_at(), token)
    assert second.get("/one-time-link").status_code == 404
    assert second.post("/one-time-link", data=FORM).status_code == 404


def test_old_replaced_and_invented_links_open_nothing(browser_at: Browser, invited: tuple[User, str]) -> None:
    user, first = invited
    second = administration.reset_by_link(user)
    for token in (first, "invented", "", "\x00"):
        assert opened(browser_at(), token).post("/one-time-link", data=FORM).status_code == 404
    user.one_time_ends_at = now()
    db.session.commit()
    assert opened(browser_at(), second).get("/one-time-link").status_code == 404


def test_a_deactivated_account_has_no_link(invited: tuple[User, str]) -> None:
    user, token = invited
    user.active = False
    db.session.commit()
    with pytest.raises(UserError):
        one_time.open_link(token)


@pytest.mark.parametrize(
    ("form", "sentence"),
    [
        ({"password": "short", "password_again": "short"}, "at least"),
        ({"password": "password1", "password_again": "password1"}, "first that are tried"),
        ({"password": NEW, "password_again": "another"}, "not the same"),
        ({}, "at least"),
    ],
)
def test_a_password_that_is_refused_leaves_the_link(
    browser_at: Browser, invited: tuple[User, str], form: dict[str, str], sentence: str
) -> None:
    browser = opened(browser_at(), invited[1])
    answer = browser.post("/one-time-link", data=form)
    assert answer.status_code == 422 and sentence in answer.text
    assert browser.post("/one-time-link", data=FORM).location == "/"


def test_a_temporary_password_opens_nothing_but_its_change(browser_at: Browser, person: User) -> None:
    earlier = browser_at("192.0.2.8")
    sign_in(earlier)
    temporary = administration.reset_by_temporary_password(person)
    assert not is_signed_in(earlier)
    browser = browser_at()
    assert sign_in(browser, person.email, PASSWORD).status_code == 422
    sign_in(browser, person.email, temporary)
    for path in ("/", "/account", "/api-tokens", "/models/1/images", "/users"):
        assert browser.get(path).location == "/account/password"
    assert browser.post("/models", data={"name": "Nut"}).status_code == 403
    same = {"old_password": temporary, "password": temporary, "password_again": temporary}
    assert browser.post("/account/password", data=same).status_code == 422
    answer = browser.post("/account/password", data={"old_password": temporary} | FORM)
    assert answer.status_code == 302
    assert is_signed_in(browser)


def test_a_reset_by_link_signs_out_at_once(browser_at: Browser, person: User) -> None:
    browser = browser_at()
    sign_in(browser)
    token = administration.reset_by_link(person)
    assert not is_signed_in(browser)
    assert one_time.use_link(token, NEW) is person
