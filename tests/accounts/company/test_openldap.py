"""Sign-in by a real OpenLDAP server."""

import socket
from collections.abc import Iterator

import pytest
from flask_openapi3 import OpenAPI
from sqlalchemy import select

from tests.accounts.company.conftest import Configure
from tests.accounts.company.openldap import GROUPS, PASSWORD, PEOPLE, OpenLdap, dn_of, openldap
from tests.accounts.conftest import Browser, is_signed_in, sign_in
from tests.conftest import PASSWORD as LOCAL_PASSWORD
from webapp.accounts import administration, directory, users
from webapp.accounts.administration import Changes
from webapp.accounts.company import ldap
from webapp.accounts.company import sign_in as company_sign_in
from webapp.accounts.directory import UserState
from webapp.core.errors import UserError
from webapp.core.extensions import db
from webapp.core.settings import load_settings
from webapp.models import Role, User

pytestmark = pytest.mark.slow
LIN = "lin@factory.test"
WRONG = "E-mail address or password is wrong."
NO_ACCESS = "The company&#39;s directory gives you no access here"
AWAY = "or the company&#39;s directory does not answer"


@pytest.fixture(scope="module")
def running(tmp_path_factory: pytest.TempPathFactory) -> Iterator[OpenLdap]:
    with openldap(tmp_path_factory.mktemp("openldap")) as server:
        server.add_person("lin", LIN, "Lin Mei")
        server.add_person("chen", "chen@factory.test", "Chen")
        server.add_person(
            "admin", "admin@factory.test", "Somebody with the address of the local administrator"
        )
        yield server


@pytest.fixture
def server(running: OpenLdap, configure: Configure, clean_app: OpenAPI, administrator: User) -> OpenLdap:
    running.put_into("inspectors", "lin")
    running.put_into("chiefs")
    configure(**running.settings)
    return running


def account(email: str = LIN) -> User | None:
    db.session.expire_all()
    return users.find(email)


def test_the_first_sign_in_makes_an_account_with_name_and_role(server: OpenLdap, browser_at: Browser) -> None:
    browser = browser_at()
    assert sign_in(browser, LIN, PASSWORD).status_code == 302
    assert is_signed_in(browser)
    made = account()
    assert made is not None and made.from_directory and made.password_hash == ""
    assert (made.name, made.role, directory.state_of(made)) == ("Lin Mei", Role.ANNOTATOR, UserState.ACTIVE)


@pytest.mark.parametrize("password", ["wrong", " ", "*", PASSWORD + "\0", PASSWORD.upper()])
def test_a_wrong_password_opens_nothing(server: OpenLdap, browser_at: Browser, password: str) -> None:
    answer = sign_in(browser_at(), LIN, password)
    assert answer.status_code == 422 and WRONG in answer.text
    assert account() is None


def test_an_empty_password_is_never_asked_of_the_directory(server: OpenLdap, browser_at: Browser) -> None:
    settings = load_settings(
        **{"database_url": "postgresql://u@h/n", "redis_url": "redis://h"} | server.settings
    )
    assert ldap.look_up(settings, LIN, "") is None
    assert ldap.look_up(settings, LIN, None) is None
    assert ldap.look_up(settings, "\ud800@factory.test", PASSWORD) is None
    assert ldap.look_up(settings, LIN, "\ud800") is None
    assert ldap.look_up(settings, LIN, PASSWORD) is not None
    assert sign_in(browser_at(), LIN, "").status_code == 422


@pytest.mark.parametrize(
    "typed",
    [
        "*",
        "lin*",
        "*)(mail=*",
        "lin@factory.test)(|(mail=*",
        "\\2a",
        "{dn}",
        "a" * 300,
        "(",
        "\0",
        "林@factory.test",
    ],
)
def test_what_is_typed_is_no_part_of_the_filter(server: OpenLdap, browser_at: Browser, typed: str) -> None:
    answer = sign_in(browser_at(), typed, PASSWORD)
    assert answer.status_code == 422 and WRONG in answer.text


def test_the_role_follows_the_groups_at_each_sign_in(server: OpenLdap, browser_at: Browser) -> None:
    sign_in(browser_at(), LIN, PASSWORD)
    server.put_into("chiefs", "lin", "chen")
    assert sign_in(browser_at(), LIN, PASSWORD).status_code == 302
    assert (made := account()) and made.role is Role.ADMINISTRATOR, "of two groups the higher one counts"
    server.put_into("chiefs")
    sign_in(browser_at(), LIN, PASSWORD)
    assert (made := account()) and made.role is Role.ANNOTATOR


def test_who_is_removed_from_the_groups_gets_no_session_and_the_account_says_so(
    server: OpenLdap, browser_at: Browser, administrator: User
) -> None:
    working = browser_at()
    sign_in(working, LIN, PASSWORD)
    server.put_into("inspectors", "chen")
    answer = sign_in(browser_at(), LIN, PASSWORD)
    assert answer.status_code == 422 and NO_ACCESS in answer.text
    assert WRONG in sign_in(browser_at(), LIN, "wrong").text, "nothing is said to whoever has no password"
    assert not is_signed_in(working), "what was signed in ends"
    made = account()
    assert made is not None and directory.state_of(made) is UserState.DEACTIVATED
    chief = browser_at("192.0.2.9")
    sign_in(chief, administrator.email, LOCAL_PASSWORD)
    assert "gave this person access at the last sign-in" in chief.get(f"/users/{made.id}").text
    server.put_into("inspectors", "lin")
    assert sign_in(browser_at(), LIN, PASSWORD).status_code == 302, "and is back with the group"


def test_who_an_administrator_deactivated_stays_out(server: OpenLdap, browser_at: Browser) -> None:
    sign_in(browser_at(), LIN, PASSWORD)
    made = account()
    assert made is not None
    administration.change(made, Changes(active=False))
    assert WRONG in sign_in(browser_at(), LIN, PASSWORD).text


def test_who_is_in_no_group_has_no_access_and_no_account(server: OpenLdap, browser_at: Browser) -> None:
    answer = sign_in(browser_at(), "chen@factory.test", PASSWORD)
    assert NO_ACCESS in answer.text
    assert account("chen@factory.test") is None


def test_a_default_role_is_that_of_people_without_a_group(
    server: OpenLdap, configure: Configure, browser_at: Browser
) -> None:
    configure(**server.settings, ldap_default_role="viewer")
    assert sign_in(browser_at(), "chen@factory.test", PASSWORD).status_code == 302
    assert (made := account("chen@factory.test")) and made.role is Role.VIEWER


def test_the_local_administrator_is_never_one_of_the_directory(
    server: OpenLdap, configure: Configure, browser_at: Browser, administrator: User
) -> None:
    server.put_into("inspectors", "admin")
    running = dict(server.settings)
    server.change(dn_of("admin"), {"mail": [("MODIFY_REPLACE", [administrator.email])]})
    assert WRONG in sign_in(browser_at(), administrator.email, PASSWORD).text
    assert sign_in(browser_at(), administrator.email, LOCAL_PASSWORD).status_code == 302
    configure(**running | {"ldap_filter": "(uid={name})"})
    assert WRONG in sign_in(browser_at(), "admin@elsewhere.test", PASSWORD).text, "nor by another name"
    assert (
        (same := account(administrator.email)) and not same.from_directory and same.role is Role.ADMINISTRATOR
    )


def test_groups_are_searched_where_people_do_not_name_them(
    server: OpenLdap, configure: Configure, browser_at: Browser
) -> None:
    configure(**server.settings, ldap_group_base=GROUPS)
    assert sign_in(browser_at(), LIN, PASSWORD).status_code == 302


def test_people_may_bind_themselves_without_an_account_that_searches(
    server: OpenLdap, configure: Configure, browser_at: Browser
) -> None:
    own = {"ldap_bind_dn": None, "ldap_bind_password": None, "ldap_user_dn": f"uid={{name}},{PEOPLE}"}
    configure(**server.settings | own)
    assert sign_in(browser_at(), LIN, PASSWORD).status_code == 302
    for typed in ("chen,ou=people", "lin+cn=Lin Mei", "*", ""):
        assert sign_in(browser_at(), typed, PASSWORD).status_code == 422


@pytest.mark.parametrize("way", ["start_tls", "ldaps"])
def test_the_directory_is_believed_by_its_certificate_alone(
    server: OpenLdap, configure: Configure, browser_at: Browser, way: str
) -> None:
    url = f"ldap://localhost:{server.port}" if way == "start_tls" else f"ldaps://localhost:{server.tls_port}"
    good = server.settings | {"ldap_url": url}
    configure(**good)
    assert sign_in(browser_at(), LIN, PASSWORD).status_code == 302
    other = server.ca_file.with_name("other.pem")
    for wrong in (
        {"ldap_ca_file": other},
        {"ldap_ca_file": None},
        {"ldap_url": url.replace("localhost", "127.0.0.2")},
    ):
        configure(**good | wrong)
        answer = sign_in(browser_at(), LIN, PASSWORD)
        assert answer.status_code == 503 and AWAY in answer.text


def test_without_the_directory_local_accounts_go_on(
    server: OpenLdap,
    configure: Configure,
    browser_at: Browser,
    administrator: User,
    caplog: pytest.LogCaptureFixture,
) -> None:
    sign_in(browser_at(), LIN, PASSWORD)
    configure(**server.settings | {"ldap_url": "ldap://localhost:1"})
    assert sign_in(browser_at(), administrator.email, LOCAL_PASSWORD).status_code == 302
    answers = [
        sign_in(browser_at(), email, "wrong") for email in (administrator.email, LIN, "nobody@factory.test")
    ]
    assert {answer.status_code for answer in answers} == {503}
    assert all(AWAY in answer.text for answer in answers), "it does not tell who has an account"
    assert PASSWORD not in caplog.text
    configure(**server.settings | {"ldap_bind_password": "changed"})
    assert AWAY in sign_in(browser_at(), LIN, PASSWORD).text
    assert "LDAP_BIND_DN or its password is refused" in caplog.text


def test_a_directory_that_never_answers_is_given_up(
    server: OpenLdap, configure: Configure, browser_at: Browser
) -> None:
    with socket.create_server(("127.0.0.1", 0)) as silent:
        for scheme in ("ldap", "ldaps"):
            url = f"{scheme}://127.0.0.1:{silent.getsockname()[1]}"
            configure(**server.settings | {"ldap_url": url, "ldap_timeout_seconds": 1})
            assert AWAY in sign_in(browser_at(), LIN, PASSWORD).text


def test_no_database_connection_is_held_while_the_directory_is_asked(
    server: OpenLdap, browser_at: Browser, monkeypatch: pytest.MonkeyPatch
) -> None:
    held: list[bool] = []
    look_up = ldap.look_up

    def watched(*asked: object) -> object:
        held.append(db.session().in_transaction())
        return look_up(*asked)  # type: ignore[arg-type]

    monkeypatch.setattr(ldap, "look_up", watched)
    assert sign_in(browser_at(), LIN, PASSWORD).status_code == 302
    assert held == [False]


def test_wrong_passwords_are_slowed_down(server: OpenLdap, browser_at: Browser) -> None:
    answers = [sign_in(browser_at(), LIN, f"wrong {number}") for number in range(7)]
    assert answers[-1].status_code == 429
    assert sign_in(browser_at(), LIN, PASSWORD).status_code == 429


def test_an_account_of_the_directory_has_no_password_here(server: OpenLdap, browser_at: Browser) -> None:
    browser = browser_at()
    sign_in(browser, LIN, PASSWORD)
    assert 'name="old_password"' not in browser.get("/account/password").text
    made = account()
    assert made is not None
    for reset in (administration.reset_by_link, administration.reset_by_temporary_password):
        with pytest.raises(UserError) as refused:
            reset(made)
        assert refused.value.code == "password_of_directory"
        db.session.rollback()
    for changes in (Changes(role=Role.ADMINISTRATOR), Changes(email="other@factory.test")):
        with pytest.raises(UserError) as refused:
            administration.change(made, changes)
        assert refused.value.code == "said_by_directory"
    answer = browser.post(
        "/account/password", data={"old_password": PASSWORD, "password": "x" * 20, "password_again": "x" * 20}
    )
    assert answer.status_code == 409
    assert db.session.scalars(select(User.password_hash).where(User.email == LIN)).one() == ""


def test_who_loses_the_group_is_signed_out_without_a_further_sign_in(
    server: OpenLdap, browser_at: Browser
) -> None:
    working = browser_at()
    sign_in(working, LIN, PASSWORD)
    company_sign_in.check_again()
    assert is_signed_in(working), "nothing has changed"
    server.put_into("inspectors", "chen")
    company_sign_in.check_again()
    assert not is_signed_in(working)
    made = account()
    assert made is not None and directory.state_of(made) is UserState.DEACTIVATED
    server.put_into("inspectors", "lin")
    assert sign_in(browser_at(), LIN, PASSWORD).status_code == 302, "and is back with the group"


def test_the_role_follows_the_groups_without_a_further_sign_in(server: OpenLdap, browser_at: Browser) -> None:
    sign_in(browser_at(), LIN, PASSWORD)
    server.put_into("chiefs", "lin")
    company_sign_in.check_again()
    assert (made := account()) and made.role is Role.ADMINISTRATOR


def test_who_left_the_directory_is_signed_out(server: OpenLdap, browser_at: Browser) -> None:
    server.add_person("wu", "wu@factory.test")
    server.put_into("inspectors", "lin", "wu")
    working = browser_at()
    sign_in(working, "wu@factory.test", PASSWORD)
    server.remove_person("wu")
    company_sign_in.check_again()
    assert not is_signed_in(working)


def test_nobody_is_signed_out_while_the_directory_is_away(
    server: OpenLdap, browser_at: Browser, configure: Configure
) -> None:
    working = browser_at()
    sign_in(working, LIN, PASSWORD)
    with socket.socket() as nobody:
        nobody.bind(("127.0.0.1", 0))
        configure(**server.settings | {"ldap_url": f"ldap://localhost:{nobody.getsockname()[1]}"})
        company_sign_in.check_again()
    assert is_signed_in(working)


def test_the_last_active_administrator_stays_one_whatever_the_groups_say(
    server: OpenLdap, browser_at: Browser, administrator: User
) -> None:
    server.put_into("chiefs", "lin")
    working = browser_at()
    sign_in(working, LIN, PASSWORD)
    administration.change(administrator, Changes(active=False))
    for groups in (("inspectors", "lin"), ("inspectors", "chen")):
        server.put_into("chiefs")
        server.put_into(*groups)
        company_sign_in.check_again()
        assert is_signed_in(working)
        assert sign_in(browser_at(), LIN, PASSWORD).status_code == 302
        assert (made := account()) and (made.role, made.active) == (Role.ADMINISTRATOR, True)
    administration.change(administrator, Changes(active=True))
    company_sign_in.check_again()
    assert not is_signed_in(working), "the directory is followed once there is another"
