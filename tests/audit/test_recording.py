"""Rows are written with the change they are about: both or none."""

import json
from collections.abc import Callable

import pytest
from flask.testing import FlaskClient
from flask_openapi3 import OpenAPI
from sqlalchemy import select, text
from sqlalchemy.exc import ProgrammingError

from tests.conftest import PASSWORD
from webapp.accounts import administration, users
from webapp.accounts.administration import Changes
from webapp.audit import chain, objects
from webapp.audit.documents import LONGEST_DOCUMENT, document, visible
from webapp.audit.recording import ranges, record, touched
from webapp.core.errors import UserError
from webapp.core.extensions import db
from webapp.models import AuditAction, AuditDoor, AuditEntry, AuditKind, Role, User
from webapp.projects import detection_models


def entries(*actions: AuditAction) -> list[AuditEntry]:
    statement = select(AuditEntry).order_by(AuditEntry.id)
    if actions:
        statement = statement.where(AuditEntry.action.in_(actions))
    return list(db.session.scalars(statement))


def test_a_change_has_one_row_with_the_changed_fields_alone(administrator: User) -> None:
    user = users.create_user("lin@factory.test", PASSWORD, Role.VIEWER, "Lin")
    administration.change(user, Changes(role=Role.ENGINEER, name="Lin"))
    row = entries(AuditAction.EDIT)[-1]
    assert (row.object_kind, row.object_id, row.object_name) == (AuditKind.ACCOUNT, user.id, user.email)
    assert json.loads(row.before or "") == {"role": "viewer"}
    assert json.loads(row.after or "") == {"role": "engineer"}


def test_an_edit_that_changes_nothing_has_no_row(administrator: User) -> None:
    count = len(entries())
    administration.change(administrator, Changes(name=administrator.name))
    assert len(entries()) == count


def test_what_is_rolled_back_has_no_row(administrator: User) -> None:
    detection_models.create_model("Screw", "", administrator)
    count = len(entries())
    with pytest.raises(UserError):
        detection_models.create_model("screw", "", administrator)
    db.session.commit()
    assert len(entries()) == count


def test_of_a_savepoint_only_what_stays_has_a_row(administrator: User) -> None:
    count = len(entries())
    record(AuditAction.EDIT, kind=AuditKind.MODEL, name="outside")
    with db.session.begin_nested():
        record(AuditAction.EDIT, kind=AuditKind.MODEL, name="kept")
    with pytest.raises(ZeroDivisionError), db.session.begin_nested():
        record(AuditAction.EDIT, kind=AuditKind.MODEL, name="gone")
        raise ZeroDivisionError
    db.session.commit()
    assert [row.object_name for row in entries()[count:]] == ["outside", "kept"]


def test_a_bulk_action_is_one_row_that_knows_its_objects(administrator: User) -> None:
    touched([7, 5, 6])
    touched([9])
    record(AuditAction.DELETE, kind=AuditKind.IMAGE, model_id=3)
    db.session.commit()
    row = entries(AuditAction.DELETE)[-1]
    assert (row.number, row.object_id, row.object_ids) == (4, None, "{[5,8),[9,10)}")


def test_no_password_and_no_token_is_a_field_of_the_audit() -> None:
    for table, known in objects.DESCRIBED.items():
        for name in known.fields:
            assert not any(part in name for part in ("password", "token", "one_time")), (table, name)


def test_a_page_a_script_and_the_product_itself_are_told_apart(
    client: FlaskClient, api: FlaskClient, administrator: User
) -> None:
    client.post("/models", data={"name": "By page"})
    api.post("/api/v1/models", json={"name": "By script"})
    detection_models.create_model("By itself", "", None)
    rows = [row for row in entries(AuditAction.CREATE) if row.object_kind is AuditKind.MODEL]
    assert [row.door for row in rows] == [AuditDoor.PAGE, AuditDoor.API, AuditDoor.SYSTEM]
    assert [row.actor for row in rows] == [administrator.email, administrator.email, ""]
    assert [row.address for row in rows] == ["127.0.0.1", "127.0.0.1", None]
    assert [row.token_id is not None for row in rows] == [False, True, False]


CHANGES: dict[str, str] = {
    "update": "UPDATE audit_entry SET actor = 'somebody else'",
    "delete": "DELETE FROM audit_entry",
    "truncate": "TRUNCATE audit_entry",
    "forget the end": "DELETE FROM audit_head",
    "truncate the end": "TRUNCATE audit_head",
}


@pytest.mark.parametrize("statement", CHANGES.values(), ids=CHANGES)
def test_the_database_refuses_to_change_rows(administrator: User, statement: str) -> None:
    before = [row.hash for row in entries()]
    assert before
    with pytest.raises(ProgrammingError, match="neither changed nor deleted"):
        db.session.execute(text(statement))
    db.session.rollback()
    assert [row.hash for row in entries()] == before


def test_texts_are_cut_and_what_cannot_be_stored_is_left_out(administrator: User) -> None:
    record(
        AuditAction.EDIT, kind=AuditKind.MODEL, name="a\x00b\ud800" + "x" * 400, after={"note": "y" * 9_000}
    )
    db.session.commit()
    row = entries()[-1]
    assert row.object_name.startswith("abx")
    assert len(row.object_name) == 255
    assert len(row.after or "") < 600
    many = document({f"field {n}": "z" * 500 for n in range(50)})
    assert len(many or "") <= LONGEST_DOCUMENT


def test_characters_that_deceive_are_shown_as_numbers() -> None:
    assert visible("a\u202egnp.exe\n") == "a\\u202egnp.exe\\u000a"


def test_ranges() -> None:
    assert ranges([3, 1, 2, 9]) == "{[1,4),[9,10)}"


def test_rows_of_many_at_once_are_one_chain(
    clean_app: OpenAPI, administrator: User, at_once: Callable[[int, Callable[[int], None]], None]
) -> None:
    def work(number: int) -> None:
        with clean_app.app_context():
            for _time in range(5):
                record(AuditAction.EDIT, kind=AuditKind.MODEL, name=str(number))
                db.session.commit()

    before = chain.head().count
    db.session.rollback()
    at_once(6, work)
    end, fault = chain.verify()
    assert (end.count - before, fault) == (30, None)
