"""Failed sign-ins are recorded, and a stranger cannot fill the disk with them."""

import json

import pytest
from flask.testing import FlaskClient
from flask_openapi3 import OpenAPI
from sqlalchemy import select

from tests.conftest import PASSWORD
from webapp.audit import failures
from webapp.core.extensions import db
from webapp.models import AuditAction, AuditEntry, User


def failed() -> list[AuditEntry]:
    statement = select(AuditEntry).where(AuditEntry.action == AuditAction.FAIL_SIGN_IN)
    return list(db.session.scalars(statement.order_by(AuditEntry.id)))


def test_a_wrong_password_names_the_account_and_the_place(clean_app: OpenAPI, administrator: User) -> None:
    browser: FlaskClient = clean_app.test_client()
    browser.post("/sign-in", data={"email": administrator.email, "password": "wrong password"})
    (row,) = failed()
    assert (row.object_id, row.object_name, row.actor, row.address) == (
        administrator.id,
        administrator.email,
        "",
        "127.0.0.1",
    )


def test_what_was_typed_for_an_unknown_account_is_not_kept(clean_app: OpenAPI, administrator: User) -> None:
    clean_app.test_client().post("/sign-in", data={"email": PASSWORD, "password": "hunter2 hunter2"})
    (row,) = failed()
    assert PASSWORD not in f"{row.object_name}{row.before}{row.after}"
    assert json.loads(row.after or "") == {"known_account": False}


def test_thousands_of_failures_are_a_few_rows_that_count_them(
    clean_app: OpenAPI, administrator: User
) -> None:
    for _time in range(1000):
        failures.note(administrator, "192.0.2.7")
    assert [row.number for row in failed()] == [1, 2, 3, 4, 5, 10, 100, 1000]


def test_from_many_places_too(
    clean_app: OpenAPI, administrator: User, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(failures, "EACH_OF_ALL", 20)
    for number in range(90):
        failures.note(None, f"10.0.0.{number}")
    assert len(failed()) == 20
