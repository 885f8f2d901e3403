"""What the directory of the company says of somebody becomes an account; which settings of it are sound."""

from typing import Any

import pytest
from flask_openapi3 import OpenAPI

from tests.accounts.company.conftest import PLACES, Configure
from tests.accounts.conftest import Browser, sign_in
from tests.conftest import PASSWORD
from webapp.accounts import users
from webapp.accounts.company import ldap
from webapp.accounts.company.ldap import DirectoryAway, Person
from webapp.core.company_settings import ROLES
from webapp.core.settings import Settings, SettingsError, load_settings
from webapp.models import Role, User

INSPECTORS, CHIEFS = "cn=inspectors,ou=groups,dc=factory,dc=test", "cn=chiefs,ou=groups,dc=factory,dc=test"
SOUND: dict[str, Any] = {
    "ldap_url": "ldaps://directory.factory.test",
    "ldap_base": "dc=factory,dc=test",
    "ldap_bind_dn": "cn=search,dc=factory,dc=test",
    "ldap_bind_password": "secret of the search",
    "ldap_roles": f"annotator={INSPECTORS}; administrator={CHIEFS}",
}


def settings(**changed: object) -> Settings:
    return load_settings(**PLACES | SOUND | changed)


@pytest.mark.parametrize(
    ("wrong", "named"),
    [
        ({"ldap_url": "https://directory"}, "LDAP_URL"),
        ({"ldap_url": "ldap://directory:70000"}, "LDAP_URL"),
        ({"ldap_url": "ldap://"}, "LDAP_URL"),
        ({"ldap_url": "ldap://directory/dc=factory"}, "LDAP_URL"),
        ({"ldap_base": None}, "LDAP_BASE"),
        ({"ldap_bind_dn": None}, "LDAP_BIND_DN"),
        ({"ldap_user_dn": "{email}"}, "LDAP_USER_DN"),
        ({"ldap_user_dn": "everybody", "ldap_bind_dn": None}, "LDAP_USER_DN"),
        ({"ldap_bind_password": None}, "LDAP_BIND_PASSWORD"),
        ({"ldap_filter": "mail={email}"}, "LDAP_FILTER"),
        ({"ldap_filter": "(mail={mail})"}, "LDAP_FILTER"),
        ({"ldap_filter": "(objectClass=person)"}, "LDAP_FILTER"),
        ({"ldap_filter": "((mail={email})"}, "LDAP_FILTER"),
        ({"ldap_group_filter": "(member=me)"}, "LDAP_GROUP_FILTER"),
        ({"ldap_roles": f"boss={CHIEFS}"}, "LDAP_ROLES"),
        ({"ldap_roles": "annotator=inspectors"}, "LDAP_ROLES"),
        ({"ldap_roles": ""}, "LDAP_DEFAULT_ROLE"),
        ({"ldap_default_role": "boss"}, "LDAP_DEFAULT_ROLE"),
        ({"ldap_ca_file": "/no/such/file"}, "LDAP_CA_FILE"),
        ({"ldap_timeout_seconds": 0}, "LDAP_TIMEOUT_SECONDS"),
    ],
)
def test_a_wrong_setting_is_named(wrong: dict[str, object], named: str) -> None:
    with pytest.raises(SettingsError, match=named) as refused:
        settings(**wrong)
    assert "secret of the search" not in str(refused.value)


def test_the_settings_know_the_roles_and_hide_the_password() -> None:
    assert list(ROLES) == list(Role)
    assert "secret of the search" not in repr(settings())


@pytest.mark.parametrize(
    ("groups", "role"),
    [
        ([], None),
        (["cn=others,dc=factory,dc=test"], None),
        (["CN=Inspectors, OU=Groups,DC=factory,DC=test"], "annotator"),
        ([INSPECTORS, CHIEFS], "administrator"),
        ([CHIEFS, INSPECTORS], "administrator"),
        ([f"{CHIEFS},dc=elsewhere"], None),
        (["no name at all", ""], None),
    ],
)
def test_the_highest_role_of_the_groups_counts(groups: list[str], role: str | None) -> None:
    assert ldap.role_of(settings(), groups) == role
    assert ldap.role_of(settings(ldap_default_role="viewer"), groups) == (role or "viewer")


class Directory:
    """Stands for the server, which the slow tests have in earnest."""

    def __init__(self, *people: Person) -> None:
        self.people = {person.email: person for person in people}
        self.asked: list[tuple[str, str | None]] = []
        self.is_away = False

    def look_up(self, _settings: Settings, email: str, password: str | None) -> Person | None:
        self.asked.append((email, password))
        if self.is_away:
            raise DirectoryAway("no answer")
        return self.people.get(email) if password == "right" else None


@pytest.fixture
def company(
    clean_app: OpenAPI, administrator: User, configure: Configure, monkeypatch: pytest.MonkeyPatch
) -> Directory:
    configure(**SOUND)
    made = Directory(Person("lin@factory.test", "Lin Mei", (INSPECTORS,)))
    monkeypatch.setattr(ldap, "look_up", made.look_up)
    return made


def test_somebody_of_the_directory_gets_an_account(company: Directory, browser_at: Browser) -> None:
    assert sign_in(browser_at(), "lin@factory.test", "right").status_code == 302
    made = users.find("lin@factory.test")
    assert made is not None and made.from_directory and made.role is Role.ANNOTATOR and made.name == "Lin Mei"


def test_a_local_account_is_checked_here_and_its_password_goes_nowhere(
    company: Directory, browser_at: Browser, administrator: User
) -> None:
    assert sign_in(browser_at(), administrator.email, PASSWORD).status_code == 302
    assert company.asked == []
    assert sign_in(browser_at(), administrator.email, "right").status_code == 422
    assert company.asked == [(administrator.email, None)], (
        "as much is asked as for others, but not the password"
    )


def test_an_answer_does_not_tell_who_has_an_account(
    company: Directory, browser_at: Browser, administrator: User
) -> None:
    sign_in(browser_at(), "lin@factory.test", "right")
    for company.is_away in (False, True):
        emails = (administrator.email, "lin@factory.test", "nobody@factory.test")
        answers = [sign_in(browser_at(), email, "wrong") for email in emails]
        words = [answer.text.replace(email, "") for answer, email in zip(answers, emails, strict=True)]
        assert len({answer.status_code for answer in answers}) == 1
        assert len({text.partition("invalid-feedback")[2] for text in words}) == 1
