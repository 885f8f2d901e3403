"""What administrators do with accounts; the last of them stays."""

import threading

import pytest
from flask_openapi3 import OpenAPI

from tests.conftest import PASSWORD
from webapp.accounts import administration, directory, one_time, users
from webapp.accounts.administration import Changes
from webapp.accounts.directory import UserQuery, UserState
from webapp.core.errors import UserError
from webapp.core.extensions import db
from webapp.models import Role, User


@pytest.mark.parametrize("changes", [Changes(active=False), Changes(role=Role.ENGINEER)])
def test_the_last_active_administrator_stays(administrator: User, changes: Changes) -> None:
    other = users.create_user("two@factory.test", PASSWORD, Role.ADMINISTRATOR)
    administration.change(other, Changes(active=False))
    with pytest.raises(UserError) as refused:
        administration.change(administrator, changes)
    assert (refused.value.status, refused.value.code) == (409, "last_administrator")
    db.session.refresh(administrator)
    assert administrator.active and administrator.role is Role.ADMINISTRATOR
    administration.change(other, Changes(active=True))
    administration.change(administrator, changes)


def test_of_two_administrators_who_demote_each_other_one_stays(
    clean_app: OpenAPI, administrator: User
) -> None:
    other = users.create_user("two@factory.test", PASSWORD, Role.ADMINISTRATOR)
    ids = [administrator.id, other.id]
    db.session.commit()
    together = threading.Barrier(2)
    refused = []

    def demote(user_id: int) -> None:
        with clean_app.app_context():
            user = users.open_user(user_id)
            together.wait(10)
            try:
                administration.change(user, Changes(role=Role.VIEWER))
            except UserError as error:
                refused.append(error.code)

    threads = [threading.Thread(target=demote, args=(user_id,)) for user_id in ids]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(30)
    db.session.expire_all()
    assert refused == ["last_administrator"]
    assert directory.count(UserQuery(role=Role.ADMINISTRATOR)) == 1


def test_a_person_without_a_password_can_be_changed_and_keeps_the_link(administrator: User) -> None:
    user, token = administration.invite("chen@factory.test", Role.VIEWER, "陳小明")
    administration.change(user, Changes(role=Role.ENGINEER))
    assert one_time.open_link(token) is user
    assert directory.state_of(user) is UserState.INVITED


def test_an_address_belongs_to_one_account(administrator: User) -> None:
    user, _token = administration.invite("chen@factory.test", Role.VIEWER)
    for again in (
        lambda: administration.invite("CHEN@factory.test", Role.VIEWER),
        lambda: administration.change(user, Changes(email="Admin@factory.test")),
    ):
        with pytest.raises(UserError) as refused:
            again()
        assert (refused.value.status, refused.value.field) == (409, "email")


def test_names_are_kept_without_control_characters(administrator: User) -> None:
    user, _token = administration.invite("chen@factory.test", Role.VIEWER, " 陳\x00\r\n小 \t 明 ")
    assert user.name == "陳 小 明"
    with pytest.raises(UserError):
        administration.change(user, Changes(name="x" * 101))


def test_accounts_are_found_by_name_address_role_and_state(administrator: User) -> None:
    administration.invite("chen@factory.test", Role.VIEWER, "陳小明")
    _user, _password = administration.create_with_temporary_password(
        "lin@factory.test", Role.ENGINEER, "Lin_50%"
    )

    def found(**query: object) -> list[str]:
        return [user.email.partition("@")[0] for user in directory.page(UserQuery(**query), 0, 50)]  # type: ignore[arg-type]

    assert found(text="小明") == ["chen"]
    assert found(text="LIN@") == ["lin"]
    assert found(text="_50%") == ["lin"]
    assert found(text="%") == ["lin"]
    assert found(role=Role.ADMINISTRATOR) == ["admin"]
    assert found(state=UserState.INVITED) == ["chen"]
    assert found(state=UserState.MUST_CHANGE) == ["lin"]
    assert found(state=UserState.ACTIVE) == ["admin"]
    assert found(text="\x00") == ["admin", "lin", "chen"]
