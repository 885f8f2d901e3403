"""Which passwords are refused: the short, the endless, and those that are tried first."""

from threading import BoundedSemaphore

import pytest
from flask_openapi3 import OpenAPI

from tests.conftest import PASSWORD
from webapp.accounts import passwords
from webapp.core.errors import UserError

OWN = ("wang.da@factory.test", "Wang Da-Ming")


@pytest.mark.parametrize(
    "password", [PASSWORD, "螺絲 起子 扳手 廠", "tuna-bridge-paper", "k7mp-x3wt-9rqe", "x" * 7 + "y9!k"]
)
def test_good_passwords_need_no_kinds_of_characters(app: OpenAPI, password: str) -> None:
    with app.test_request_context():
        passwords.check(password, *OWN)


@pytest.mark.parametrize(
    ("password", "code"),
    [
        ("", "password_short"),
        ("tuna-br", "password_short"),
        ("ab " * 400, "password_long"),
        ("password", "password_common"),
        ("PASSWORD", "password_common"),
        ("P@ssw0rd", "password_common"),
        ("password2026!", "password_common"),
        ("12345678", "password_common"),
        ("87654321", "password_common"),
        ("0123456789", "password_common"),
        ("abcdefghij", "password_common"),
        ("aaaaaaaa", "password_common"),
        ("abababab", "password_common"),
        ("1qaz2wsx", "password_common"),
        ("qwertyuiop", "password_common"),
        ("ji32k7au4a83", "password_common"),
        ("5201314520", "password_common"),
        ("iloveyou1", "password_common"),
        ("admin123", "password_common"),
        ("wang.da@factory.test", "password_common"),
        ("Wang.Da99", "password_common"),
        ("wang da-ming", "password_common"),
    ],
)
def test_what_is_tried_first_is_refused(app: OpenAPI, password: str, code: str) -> None:
    with app.test_request_context(), pytest.raises(UserError) as refused:
        passwords.check(password, *OWN)
    assert (refused.value.code, refused.value.field) == (code, "password")


def test_no_password_fits_an_account_without_one() -> None:
    with passwords.turn():
        assert not passwords.verify("", "")
        assert not passwords.verify("", PASSWORD)
        assert not passwords.verify(passwords._hasher.hash(PASSWORD), "\ud800")


def test_a_full_queue_is_said_at_once(monkeypatch: pytest.MonkeyPatch, clean_app: OpenAPI) -> None:
    monkeypatch.setattr(passwords, "_queue", BoundedSemaphore(1))
    with clean_app.test_request_context(), passwords.turn():
        with pytest.raises(UserError) as refused, passwords.turn():
            pass
        assert (refused.value.status, refused.value.code) == (503, "busy")
    with passwords.turn():
        pass
