"""``bin/manage audit``."""

from flask_openapi3 import OpenAPI
from sqlalchemy import select, text

from webapp.core.extensions import db
from webapp.models import AuditAction, AuditDoor, AuditEntry, User


def test_untouched_rows_end_well(clean_app: OpenAPI, administrator: User) -> None:
    run = clean_app.test_cli_runner().invoke
    end = run(args=["audit", "head"]).stdout.strip()
    answer = run(args=["audit", "verify", "--kept", end])
    assert answer.exit_code == 0
    assert answer.stdout == f"1 rows, all as they were written. The end: {end}\n"


def test_the_first_changed_row_is_named(clean_app: OpenAPI, administrator: User) -> None:
    db.session.execute(text("SET LOCAL session_replication_role = replica"))
    db.session.execute(text("UPDATE audit_entry SET actor = 'nobody'"))
    db.session.commit()
    answer = clean_app.test_cli_runner().invoke(args=["audit", "verify"])
    assert answer.exit_code == 1
    assert answer.stderr.startswith("Row 1 was changed after it was written")


def test_an_end_that_cannot_be_read_is_refused(clean_app: OpenAPI, administrator: User) -> None:
    answer = clean_app.test_cli_runner().invoke(args=["audit", "verify", "--kept", "1:abc"])
    assert answer.exit_code == 2
    assert "NUMBER:HASH" in answer.stderr


def test_a_command_is_recorded_with_the_user_of_the_system(clean_app: OpenAPI, administrator: User) -> None:
    clean_app.test_cli_runner().invoke(args=["user", "create", "lin@factory.test", "--role", "viewer"])
    row = db.session.scalars(select(AuditEntry).order_by(AuditEntry.id.desc())).first()
    assert row is not None
    assert (row.action, row.door, row.actor_id) == (AuditAction.CREATE, AuditDoor.COMMAND, None)
    assert row.actor
