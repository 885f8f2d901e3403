"""``bin/manage member``: people of a closed model, named from a shell."""

import pytest
from click.testing import Result
from flask_openapi3 import OpenAPI
from sqlalchemy import select

from tests.conftest import PASSWORD
from webapp.accounts import users
from webapp.core.extensions import db
from webapp.models import AuditAction, AuditEntry, DetectionModel, Role, User
from webapp.projects import detection_models

CHEN, WANG = "chen@factory.test", "wang@factory.test"


@pytest.fixture
def model(clean_app: OpenAPI, administrator: User) -> DetectionModel:
    """Open, with nobody on its list; two engineers have accounts."""
    for email in (CHEN, WANG):
        users.create_user(email, PASSWORD, Role.ENGINEER)
    return detection_models.create_model("Fruits", "", administrator)


def member(app: OpenAPI, *arguments: object) -> Result:
    db.session.rollback()
    result = app.test_cli_runner().invoke(args=["member", *map(str, arguments)])
    db.session.expire_all()
    return result


def test_members_are_added_listed_and_removed(clean_app: OpenAPI, model: DetectionModel) -> None:
    for email, role in ((CHEN, "engineer"), (WANG, "viewer"), (WANG, "annotator")):
        result = member(clean_app, "add", model.id, email, "--role", role)
        assert (result.exit_code, result.stdout) == (0, "")
    assert member(clean_app, "list", model.id).stdout == f"{CHEN}\tengineer\t\n{WANG}\tannotator\t\n"
    assert member(clean_app, "remove", model.id, WANG).exit_code == 0
    assert member(clean_app, "list", model.id).stdout == f"{CHEN}\tengineer\t\n"
    statement = select(AuditEntry).where(AuditEntry.action == AuditAction.EDIT, AuditEntry.door == "command")
    assert len(db.session.scalars(statement).all()) == 4


@pytest.mark.parametrize(
    ("arguments", "sentence"),
    [
        (("add", 99, CHEN, "--role", "viewer"), "沒有這個模型"),
        (
            ("add", 1, "nobody@factory.test", "--role", "viewer"),
            "沒有使用這個電子郵件的帳號",
        ),
        (("remove", 1, CHEN), "此人不是這個模型的成員"),
        (("list", 99), "沒有這個模型"),
    ],
)
def test_what_is_not_there_is_said_in_a_sentence(
    clean_app: OpenAPI, model: DetectionModel, arguments: tuple[object, ...], sentence: str
) -> None:
    assert model.id == 1
    result = member(clean_app, *arguments)
    assert result.exit_code == 1 and sentence in result.stderr


def test_the_last_engineer_of_a_closed_model_stays(clean_app: OpenAPI, model: DetectionModel) -> None:
    member(clean_app, "add", model.id, CHEN, "--role", "engineer")
    model.closed = True
    db.session.commit()
    for arguments in (("remove", model.id, CHEN), ("add", model.id, CHEN, "--role", "viewer")):
        result = member(clean_app, *arguments)
        assert result.exit_code == 1 and "至少要有一位帳號啟用中的工程師" in result.stderr
