"""Sessions are kept on the server: whoever holds a copy of a cookie has nothing once the session has ended."""

from datetime import timedelta

import pytest
from flask.testing import FlaskClient
from flask_login.utils import encode_cookie
from flask_openapi3 import OpenAPI

from tests.accounts.conftest import Browser, is_signed_in, sign_in
from tests.conftest import PASSWORD
from webapp.accounts import sessions
from webapp.app import create_app
from webapp.core.extensions import db
from webapp.models import User, UserSession
from webapp.models.columns import now

EDGE = "Mozilla/5.0 (Windows NT 10.0; Win64; x64) AppleWebKit/537.36 Chrome/130.0 Safari/537.36 Edg/130.0"


@pytest.fixture
def browser(browser_at: Browser, person: User) -> FlaskClient:
    """Wang is signed in."""
    browser = browser_at()
    assert sign_in(browser).status_code == 302
    return browser


def copy_of(browser: FlaskClient, browser_at: Browser) -> FlaskClient:
    copy = browser_at("192.0.2.66")
    cookie = browser.get_cookie("session")
    assert cookie is not None
    copy.set_cookie("session", cookie.value)
    return copy


def age(**times: timedelta) -> None:
    row = db.session.query(UserSession).one()
    for column, time in times.items():
        setattr(row, column, now() - time)
    db.session.commit()


def test_signing_out_ends_every_copy_of_the_session(browser: FlaskClient, browser_at: Browser) -> None:
    thief = copy_of(browser, browser_at)
    assert is_signed_in(thief)
    browser.post("/sign-out")
    assert not is_signed_in(browser)
    assert not is_signed_in(thief)


def test_each_sign_in_has_a_new_session(browser: FlaskClient, browser_at: Browser) -> None:
    before = copy_of(browser, browser_at)
    browser.post("/sign-out")
    planted = browser.get_cookie("session")
    sign_in(browser)
    assert is_signed_in(browser)
    assert browser.get_cookie("session") != planted
    assert not is_signed_in(before)


def test_the_remember_cookie_of_earlier_versions_opens_nothing(
    clean_app: OpenAPI, browser_at: Browser, person: User
) -> None:
    browser = browser_at()
    with clean_app.test_request_context():
        cookie = encode_cookie(str(person.id))
    browser.set_cookie("remember_token", cookie)
    assert not is_signed_in(browser)
    sign_in(browser)
    assert is_signed_in(browser)
    assert browser.get_cookie("remember_token") is None


def test_a_session_ends_by_idleness(clean_app: OpenAPI, browser: FlaskClient) -> None:
    idle = timedelta(minutes=clean_app.extensions["settings"].session_idle_minutes)
    age(last_used_at=idle - timedelta(minutes=2))
    assert is_signed_in(browser)
    assert now() - db.session.query(UserSession).one().last_used_at < timedelta(minutes=1)
    age(last_used_at=idle + timedelta(minutes=2))
    assert not is_signed_in(browser)


def test_who_stays_signed_in_is_out_after_the_longest_time(
    clean_app: OpenAPI, browser_at: Browser, person: User
) -> None:
    browser = browser_at()
    answer = sign_in(browser, remember="y")
    assert "Expires=" in next(c for c in answer.headers.getlist("Set-Cookie") if c.startswith("session="))
    longest = timedelta(days=clean_app.extensions["settings"].session_days)
    age(last_used_at=longest - timedelta(days=1), created_at=longest - timedelta(days=1))
    assert is_signed_in(browser)
    age(created_at=longest + timedelta(minutes=1))
    assert not is_signed_in(browser)
    sessions.remove_ended()
    assert db.session.query(UserSession).count() == 0


def test_cookies_are_of_this_host_and_over_https_alone(
    clean_app: OpenAPI, person: User, monkeypatch: pytest.MonkeyPatch
) -> None:
    settings = clean_app.extensions["settings"].model_copy(update={"https_only": True})
    app = create_app(settings, TESTING=True, WTF_CSRF_ENABLED=False)
    answer = app.test_client().post("/sign-in", data={"email": person.email, "password": PASSWORD})
    assert answer.status_code == 302
    cookies = answer.headers.getlist("Set-Cookie")
    assert {cookie.partition("=")[0] for cookie in cookies} >= {"session", "known_browser"}
    for cookie in cookies:
        if cookie.startswith(("session=", "known_browser=")):
            assert "; Secure" in cookie and "; HttpOnly" in cookie and "; SameSite=Lax" in cookie, cookie
            assert "Domain=" not in cookie


def test_the_own_browsers_are_listed_and_signed_out_one_by_one(
    browser: FlaskClient, browser_at: Browser
) -> None:
    other = browser_at("192.0.2.7")
    other.environ_base["HTTP_USER_AGENT"] = EDGE
    sign_in(other)
    page = browser.get("/account/sessions").text
    assert "Edge · Windows" in page and "192.0.2.7" in page and "This one" in page
    row = db.session.query(UserSession).filter_by(address="192.0.2.7").one()
    assert browser.post(f"/account/sessions/{row.id}/end").status_code == 302
    assert not is_signed_in(other)
    assert is_signed_in(browser)


def test_nobody_ends_the_session_of_somebody_else(browser: FlaskClient, browser_at: Browser) -> None:
    other = browser_at()
    sign_in(other, "admin@factory.test")
    row = db.session.query(UserSession).join(User).filter(User.email == "admin@factory.test").one()
    assert browser.post(f"/account/sessions/{row.id}/end").status_code == 404
    assert is_signed_in(other)


def test_signing_out_everywhere_ends_all(browser: FlaskClient, browser_at: Browser) -> None:
    other = browser_at()
    sign_in(other, remember="y")
    browser.post("/account/sessions/end-all")
    assert not is_signed_in(browser) and not is_signed_in(other)


def test_a_deactivated_account_is_out_at_once(browser: FlaskClient, person: User) -> None:
    person.active = False
    db.session.commit()
    assert not is_signed_in(browser)


def test_the_address_behind_proxies_is_believed_where_settings_say_so(
    clean_app: OpenAPI, person: User
) -> None:
    forwarded = {"X-Forwarded-For": "203.0.113.9, 198.51.100.7"}
    for proxies, address in ((0, "127.0.0.1"), (1, "198.51.100.7")):
        settings = clean_app.extensions["settings"].model_copy(update={"proxies": proxies})
        app = create_app(settings, TESTING=True, WTF_CSRF_ENABLED=False)
        form = {"email": person.email, "password": PASSWORD}
        assert app.test_client().post("/sign-in", data=form, headers=forwarded).status_code == 302
        assert db.session.query(UserSession).order_by(UserSession.id.desc()).first().address == address
