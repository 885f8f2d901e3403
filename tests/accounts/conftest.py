"""Each request has an app context of its own: who is signed in is known by cookies alone, as on a server."""

from collections.abc import Callable
from contextvars import Context
from typing import Any

import pytest
from flask import has_app_context
from flask.testing import FlaskClient
from flask_openapi3 import OpenAPI
from werkzeug.test import TestResponse

from tests.conftest import PASSWORD
from webapp.accounts import users
from webapp.core.extensions import db
from webapp.models import Role, User


class SeparateRequests(FlaskClient):
    """A browser at an address."""

    def open(self, *args: Any, **kwargs: Any) -> TestResponse:
        """Send a request; what it has written is seen by the test."""
        if not has_app_context():  # a redirect that is followed
            return super().open(*args, **kwargs)
        db.session.rollback()
        answer = Context().run(super().open, *args, **kwargs)
        db.session.expire_all()
        return answer


@pytest.fixture(autouse=True)
def separate_requests(app: OpenAPI, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(app, "test_client_class", SeparateRequests)


Browser = Callable[..., FlaskClient]


@pytest.fixture
def browser_at(clean_app: OpenAPI) -> Browser:
    """Makes browsers that read English, each at an address; nobody is signed in."""

    def make(address: str = "192.0.2.1") -> FlaskClient:
        browser = clean_app.test_client()
        browser.environ_base["REMOTE_ADDR"] = address
        browser.set_cookie("language", "en")
        return browser

    return make


@pytest.fixture
def person(clean_app: OpenAPI, administrator: User) -> User:
    """An engineer beside the administrator."""
    return users.create_user("wang@factory.test", PASSWORD, Role.ENGINEER, "Wang")


def sign_in(
    browser: FlaskClient, email: str = "wang@factory.test", password: str = PASSWORD, **more: str
) -> TestResponse:
    return browser.post("/sign-in", data={"email": email, "password": password} | more)


def is_signed_in(browser: FlaskClient) -> bool:
    return browser.get("/").status_code == 200
