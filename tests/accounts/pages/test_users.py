"""People: the administrators' pages."""

import io
import re
from html import unescape
from urllib.parse import urlsplit

import pytest
from flask.testing import FlaskClient

from tests.accounts.conftest import Browser, is_signed_in, sign_in
from tests.builders.runs import text_of
from tests.builders.statements import counted_reading
from tests.conftest import PASSWORD
from webapp.accounts import administration, users
from webapp.core.extensions import db
from webapp.models import Role, User

NEW = "tuna bridge paper"
PAGES = ("/users", "/users/new", "/users/import", "/users/1")
ACTIONS = ("/users/new", "/users/import", "/users/1", "/users/1/active", "/users/1/reset-password")
MORE_ACTIONS = ("/users/1/end-sessions", "/users/1/unlock")


def shown_once(page: str) -> str:
    found = re.search(r'id="handed-out"[^>]*>([^<]+)<', page)
    assert found, page
    return unescape(found.group(1))


def test_a_person_is_added_and_at_work_without_a_shell(client: FlaskClient, browser_at: Browser) -> None:
    form = {"name": "Chen", "email": "chen@factory.test", "role": "annotator", "way": "link"}
    link = urlsplit(shown_once(client.post("/users/new", data=form).text))
    browser = browser_at()
    browser.get(f"{link.path}?{link.query}")
    browser.post(link.path, data={"password": NEW, "password_again": NEW})
    assert is_signed_in(browser)
    page = text_of(client.get("/users"))
    assert "Chen" in page and "Annotator" in page and "2 people" in page


def test_a_temporary_password_is_shown_once(client: FlaskClient, browser_at: Browser) -> None:
    form = {"email": "chen@factory.test", "role": "viewer", "way": "password"}
    password = shown_once(client.post("/users/new", data=form).text)
    assert sign_in(browser_at(), "chen@factory.test", password).status_code == 302
    user = users.open_by_email("chen@factory.test")
    assert password not in client.get(f"/users/{user.id}").text
    assert "Temporary password" in client.get("/users").text


@pytest.mark.parametrize(
    ("form", "field"),
    [
        ({"email": "chen"}, "email"),
        ({"email": "admin@factory.test"}, "email"),
        ({"email": "chen@factory.test", "name": "x" * 101}, "name"),
    ],
)
def test_a_fault_is_said_beside_its_field(client: FlaskClient, form: dict[str, str], field: str) -> None:
    answer = client.post("/users/new", data=form)
    assert answer.status_code in (409, 422)
    assert f'id="field-{field}-error"' in answer.text
    assert f'value="{form["email"]}"' in answer.text


def test_role_address_and_name_are_changed(client: FlaskClient, person: User) -> None:
    form = {"name": "Wang Da", "email": "w@factory.test", "role": "viewer"}
    assert client.post(f"/users/{person.id}", data=form).status_code == 302
    db.session.refresh(person)
    assert (person.name, person.email, person.role) == ("Wang Da", "w@factory.test", Role.VIEWER)


def test_the_last_administrator_is_kept_with_a_sentence(client: FlaskClient, administrator: User) -> None:
    address = f"/users/{administrator.id}"
    form = {"name": "Admin", "email": administrator.email, "role": "viewer"}
    for answer in (client.post(address, data=form), client.post(f"{address}/active", data={"active": "0"})):
        assert answer.status_code == 409
        assert "last active administrator" in answer.text


def test_deactivate_and_activate_again(client: FlaskClient, person: User, browser_at: Browser) -> None:
    browser = browser_at()
    sign_in(browser)
    client.post(f"/users/{person.id}/active", data={"active": "0"})
    assert not is_signed_in(browser)
    assert sign_in(browser).status_code == 422
    assert "Deactivated" in client.get("/users?state=deactivated").text
    client.post(f"/users/{person.id}/active", data={"active": "1"})
    assert sign_in(browser).status_code == 302


def test_reset_end_sessions_and_unlock(client: FlaskClient, person: User, browser_at: Browser) -> None:
    browser = browser_at()
    sign_in(browser)
    client.post(f"/users/{person.id}/end-sessions")
    assert not is_signed_in(browser)
    other = browser_at("198.51.100.1")
    for n in range(6):
        sign_in(other, password=f"wrong {n}")
    assert "Waits after wrong passwords" in client.get("/users").text
    client.post(f"/users/{person.id}/unlock")
    assert "Waits after wrong passwords" not in client.get(f"/users/{person.id}").text
    assert sign_in(other).status_code == 302
    link = shown_once(client.post(f"/users/{person.id}/reset-password", data={"way": "link"}).text)
    assert "/one-time-link?token=" in link
    assert not is_signed_in(other)
    assert sign_in(other).status_code == 302, "the old password is good until the link is used"
    temporary = shown_once(client.post(f"/users/{person.id}/reset-password", data={"way": "password"}).text)
    assert sign_in(other, password=PASSWORD).status_code in (302, 422)
    assert sign_in(browser, password=temporary).status_code == 302


def test_many_people_by_a_table(client: FlaskClient) -> None:
    table = "name,email,role\nChen,chen@factory.test,annotator\n=1+1,lin@factory.test,engineer\n"
    answer = client.post("/users/import", data={"file": (io.BytesIO(table.encode()), "people.csv")})
    assert answer.text.count("/one-time-link?token=") == 4
    assert "'=1+1,lin@factory.test" in unescape(answer.text)
    again = client.post("/users/import", data={"file": (io.BytesIO(table.encode()), "people.csv")})
    assert again.status_code == 422
    assert "Nobody was added" in again.text and "Line 2: " in again.text
    assert client.post("/users/import").status_code == 422


def test_two_thousand_accounts_come_in_pages(client: FlaskClient, administrator: User) -> None:
    db.session.add_all(
        User(email=f"p{n:04}@factory.test", name=f"Person {n:04}", password_hash="", role=Role.VIEWER)
        for n in range(2000)
    )
    db.session.commit()
    first, last = client.get("/users").text, client.get("/users?page=99999").text
    assert first.count('<th scope="row">') == 50 and "1 / 41" in first
    assert "41 / 41" in last and "Person 1999" in last
    assert "Person 1234" in client.get("/users?q=PERSON+1234").text
    assert "Nobody is like that" in client.get("/users?q=nobody").text
    with counted_reading("user_account") as read:
        client.get("/users?page=20")
    assert read["user_account"] <= 5


@pytest.mark.parametrize("role", [Role.VIEWER, Role.ANNOTATOR, Role.ENGINEER])
def test_others_see_and_change_nobody(browser_at: Browser, administrator: User, role: Role) -> None:
    users.create_user("other@factory.test", PASSWORD, role)
    browser = browser_at()
    sign_in(browser, "other@factory.test")
    assert "/users" not in browser.get("/").text
    for path in PAGES:
        assert browser.get(path).status_code == 403, path
    for path in ACTIONS + MORE_ACTIONS:
        assert browser.post(path, data={"active": "0"}).status_code == 403, path
    db.session.refresh(administrator)
    assert administrator.active


def test_strangers_are_sent_to_the_sign_in(browser_at: Browser, administrator: User) -> None:
    for path in PAGES:
        assert browser_at().get(path).location.startswith("/sign-in")
    for path in ACTIONS + MORE_ACTIONS:
        assert browser_at().post(path).location.startswith("/sign-in")


def test_an_account_that_is_not_there(client: FlaskClient) -> None:
    assert client.get("/users/999").status_code == 404
    assert client.post("/users/99999999999999999999/unlock").status_code == 404


def test_names_are_text_and_never_markup(client: FlaskClient) -> None:
    user, _token = administration.invite("chen@factory.test", Role.VIEWER, "<script>alert(1)</script>")
    for path in ("/users", f"/users/{user.id}"):
        assert "<script>alert" not in client.get(path).text
