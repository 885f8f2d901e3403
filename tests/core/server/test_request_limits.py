"""What is refused before anything else of a request is looked at."""

import io
from typing import Any

import pytest
from flask.testing import FlaskClient
from flask_openapi3 import OpenAPI

from tests.conftest import PASSWORD
from tests.rest.sending import assert_problem, form, photo_file
from webapp.app import create_app
from webapp.core.server.request_limits import LARGEST_OF_STRANGERS, is_one_of
from webapp.models import User

NAMES = ("vision.factory.test", ".lines.factory.test", "10.0.0.3", "[fd00::1]")


@pytest.mark.parametrize(
    "host",
    [
        "vision.factory.test",
        "VISION.factory.test:8000",
        "lines.factory.test",
        "a.b.lines.factory.test",
        "10.0.0.3:80",
        "[fd00::1]:8000",
        "[fd00::1]",
    ],
)
def test_a_name_of_the_server_is_allowed(host: str) -> None:
    assert is_one_of(host, NAMES)


@pytest.mark.parametrize(
    "host",
    [
        "",
        "elsewhere.test",
        "a.vision.factory.test",
        "xlines.factory.test",
        "vision.factory.test.elsewhere.test",
        "vision.factory.test@elsewhere.test",
        "10.0.0.31",
        "[fd00::1",
        ":8000",
    ],
)
def test_any_other_is_not(host: str) -> None:
    assert not is_one_of(host, NAMES)


@pytest.fixture
def with_names(clean_app: OpenAPI, administrator: User) -> OpenAPI:
    """The same product, with the names it may be reached by."""
    settings = clean_app.extensions["settings"].model_copy(update={"allowed_hosts": NAMES})
    return create_app(settings, TESTING=True, WTF_CSRF_ENABLED=False)


def test_another_host_is_refused_at_both_doors(with_names: OpenAPI) -> None:
    browser = with_names.test_client()
    for path in ("/", "/sign-in", "/static/favicon.svg"):
        answer = browser.get(path, headers={"Host": "elsewhere.test", "Accept-Language": "en"})
        assert answer.status_code == 400
        assert "This address is not one of this server" in answer.text
    answer = browser.get("/api/v1/models", headers={"Host": "elsewhere.test"})
    assert_problem(answer, 400, "host_not_allowed")


def test_its_own_names_and_the_health_check_are_answered(with_names: OpenAPI) -> None:
    browser = with_names.test_client()
    for host in ("vision.factory.test:8000", "127.0.0.1:8000", "localhost"):
        assert browser.get("/api/v1/healthz", headers={"Host": host}).status_code in (200, 503)
        assert browser.get("/sign-in", headers={"Host": host}).status_code == 200


def test_without_the_setting_any_name_is_taken(client: FlaskClient) -> None:
    assert client.get("/", headers={"Host": "any.test"}).status_code in (200, 302)


class Endless(io.RawIOBase):
    """A body that counts what was read of it."""

    def __init__(self) -> None:
        super().__init__()
        self.count = 0

    def readable(self) -> bool:
        return True

    def seek(self, position: int, whence: int = 0) -> int:
        return position

    def readinto(self, buffer: Any) -> int:
        self.count += len(buffer)
        buffer[:] = b"a" * len(buffer)
        return len(buffer)


@pytest.mark.parametrize(
    "path", ["/sign-in", "/first-start", "/sign-out", "/preferences/language", "/models"]
)
@pytest.mark.parametrize("said", [300 * 2**20, None])
def test_a_stranger_sends_no_large_form(
    clean_app: OpenAPI, administrator: User, path: str, said: int | None, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setitem(clean_app.config, "WTF_CSRF_ENABLED", True)
    body = Endless()
    answer = clean_app.test_client().post(
        path,
        input_stream=body,
        content_type="multipart/form-data; boundary=x",
        headers={} if said is None else {"Content-Length": str(said)},
        environ_overrides={"wsgi.input_terminated": True},
    )
    assert answer.status_code in (302, 400, 413)
    assert body.count <= 2 * LARGEST_OF_STRANGERS


def test_who_is_signed_in_or_has_a_token_sends_more(
    client: FlaskClient, api: FlaskClient, clean_app: OpenAPI
) -> None:
    large = b"a" * 2 * LARGEST_OF_STRANGERS
    model = api.post("/api/v1/models", json={"name": "Nut", "description": "a" * 1000}).get_json()
    answer = api.post(f"/api/v1/models/{model['id']}/images", data=form(files=photo_file("a.png", large)))
    assert (answer.status_code, answer.get_json()["rejected"][0]["filename"]) == (201, "a.png")
    answer = client.post(f"/models/{model['id']}/images", data=form(files=photo_file("a.png", large)))
    assert answer.status_code == 422 or answer.get_json() is not None


def test_a_stranger_still_signs_in(clean_app: OpenAPI, administrator: User) -> None:
    data = {"email": administrator.email, "password": PASSWORD, "remember": "y"}
    assert clean_app.test_client().post("/sign-in", data=data).status_code == 302
