"""``bin/manage user``: for a script that installs, and for a lost administrator password."""

import pytest
from click.testing import Result
from flask_openapi3 import OpenAPI

from tests.accounts.conftest import Browser, is_signed_in, sign_in
from tests.conftest import PASSWORD
from webapp.accounts import tokens, users
from webapp.core.extensions import db
from webapp.models import ApiToken, Role, TokenScope, User

NEW = "tuna bridge paper"


def manage(app: OpenAPI, *arguments: str, stdin: str = "") -> Result:
    db.session.rollback()
    result = app.test_cli_runner().invoke(args=list(arguments), input=stdin)
    db.session.expire_all()
    return result


def test_an_account_with_the_password_from_standard_input(
    clean_app: OpenAPI, administrator: User, browser_at: Browser
) -> None:
    result = manage(
        clean_app,
        "user",
        "create",
        "chen@factory.test",
        "--role",
        "engineer",
        "--password-stdin",
        stdin=f"{NEW}\n",
    )
    assert (result.exit_code, result.stdout) == (0, "")
    browser = browser_at()
    sign_in(browser, "chen@factory.test", NEW)
    assert is_signed_in(browser)
    assert users.open_by_email("chen@factory.test").role is Role.ENGINEER


def test_without_it_a_temporary_password_stands_alone_on_a_line(
    clean_app: OpenAPI, administrator: User, browser_at: Browser
) -> None:
    password = manage(clean_app, "user", "create", "chen@factory.test", "--role", "viewer").stdout
    assert password.count("\n") == 1
    browser = browser_at()
    sign_in(browser, "chen@factory.test", password.strip())
    assert browser.get("/").location == "/account/password"


def test_a_lost_administrator_password_is_set_anew(
    clean_app: OpenAPI, administrator: User, browser_at: Browser
) -> None:
    email = administrator.email
    result = manage(clean_app, "user", "reset-password", email, "--password-stdin", stdin=NEW)
    assert (result.exit_code, result.stdout) == (0, "")
    assert sign_in(browser_at(), email, NEW).status_code == 302
    temporary = manage(clean_app, "user", "reset-password", email).stdout.strip()
    assert sign_in(browser_at(), email, temporary).status_code == 302


def test_role_state_and_list(clean_app: OpenAPI, administrator: User, person: User) -> None:
    assert manage(clean_app, "user", "role", person.email, "viewer").exit_code == 0
    assert manage(clean_app, "user", "deactivate", person.email).exit_code == 0
    assert manage(clean_app, "user", "list").stdout.splitlines() == [
        "admin@factory.test\tadministrator\tactive\t-\tAdmin",
        "wang@factory.test\tviewer\tdeactivated\t-\tWang",
    ]
    assert manage(clean_app, "user", "reactivate", person.email).exit_code == 0
    assert manage(clean_app, "user", "unlock", person.email).exit_code == 0
    db.session.refresh(person)
    assert person.active


@pytest.mark.parametrize(
    "arguments",
    [
        ("create", "admin@factory.test", "--role", "viewer"),
        ("create", "no address", "--role", "viewer"),
        ("create", "chen@factory.test", "--role", "viewer", "--password-stdin"),
        ("role", "nobody@factory.test", "viewer"),
        ("role", "admin@factory.test", "viewer"),
        ("deactivate", "admin@factory.test"),
        ("reset-password", "nobody@factory.test"),
    ],
)
def test_a_refusal_is_one_sentence_and_no_answer(
    clean_app: OpenAPI, administrator: User, arguments: tuple[str, ...]
) -> None:
    result = manage(clean_app, "user", *arguments)
    assert result.exit_code == 1
    assert result.stdout == "" and len(result.stderr.strip().splitlines()) == 1


def test_a_token_of_a_scope(clean_app: OpenAPI, administrator: User) -> None:
    command = (
        "token",
        "create",
        administrator.email,
        "--scope",
        "predict",
        "--days",
        "30",
        "--name",
        "Press 7",
    )
    token = manage(clean_app, *command).stdout.strip()
    row = tokens.check(token)
    assert isinstance(row, ApiToken)
    assert (row.scope, row.name, row.model_ids) == (TokenScope.PREDICT, "Press 7", None)
    assert row.ends_at is not None
    assert PASSWORD not in token
