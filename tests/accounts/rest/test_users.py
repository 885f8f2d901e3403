"""Accounts by REST."""

from urllib.parse import urlsplit

import pytest
from flask.testing import FlaskClient
from flask_openapi3 import OpenAPI

from tests.rest.sending import assert_problem, walk
from webapp.accounts import users
from webapp.core.extensions import db
from webapp.models import User

NEW = "tuna bridge paper"


def test_an_account_is_made_and_its_link_opens_the_product(api: FlaskClient, clean_app: OpenAPI) -> None:
    answer = api.post(
        "/api/v1/users", json={"name": "陳小明", "email": "Chen@factory.test", "role": "annotator"}
    )
    assert answer.status_code == 201, answer.text
    made = answer.get_json()
    link = urlsplit(made.pop("one_time_link"))
    assert answer.headers["Location"] == f"/api/v1/users/{made['id']}"
    assert made == {
        "id": made["id"],
        "name": "陳小明",
        "email": "chen@factory.test",
        "role": "annotator",
        "active": True,
        "last_seen_at": None,
    }
    assert api.get(f"/api/v1/users/{made['id']}").get_json() == made
    browser = clean_app.test_client()
    assert link.netloc == "localhost"
    browser.get(f"{link.path}?{link.query}")
    assert browser.post(link.path, data={"password": NEW, "password_again": NEW}).location == "/"
    assert browser.get("/").status_code == 200
    assert api.get(f"/api/v1/users/{made['id']}").get_json()["last_seen_at"] is not None


def test_the_list_is_paged_and_filtered(api: FlaskClient) -> None:
    for n in range(5):
        api.post("/api/v1/users", json={"email": f"p{n}@factory.test", "role": "viewer", "active": n != 3})
    page = api.get("/api/v1/users?limit=2").get_json()
    assert len(page["items"]) == 2 and page["next_cursor"]
    emails = [user["email"] for user in walk(api, "/api/v1/users?limit=2")]
    assert emails == ["admin@factory.test", *(f"p{n}@factory.test" for n in range(5))]
    assert len(api.get("/api/v1/users?role=viewer&active=true").get_json()["items"]) == 4
    assert [user["email"] for user in api.get("/api/v1/users?q=P4").get_json()["items"]] == [
        "p4@factory.test"
    ]


def test_an_account_is_changed(api: FlaskClient, administrator: User) -> None:
    made = api.post("/api/v1/users", json={"email": "chen@factory.test", "role": "viewer"}).get_json()
    address = f"/api/v1/users/{made['id']}"
    changes = {"name": "Chen", "email": "c@factory.test", "role": "engineer", "active": False}
    answer = api.patch(address, json=changes)
    assert answer.status_code == 200
    assert api.get(address).get_json() == {"id": made["id"], "last_seen_at": None} | changes
    assert api.patch(address, json={}).get_json()["role"] == "engineer"


@pytest.mark.parametrize("changes", [{"active": False}, {"role": "viewer"}])
def test_the_last_administrator_stays(
    api: FlaskClient, administrator: User, changes: dict[str, object]
) -> None:
    answer = api.patch(f"/api/v1/users/{administrator.id}", json=changes | {"name": "Changed"})
    assert_problem(answer, 409, "last_administrator")
    db.session.expire_all()
    assert administrator.active and administrator.name == "Admin"


@pytest.mark.parametrize(
    ("body", "status", "field"),
    [
        ({"email": "no address", "role": "viewer"}, 422, "email"),
        ({"email": "chen@factory.test"}, 422, "role"),
        ({"email": "chen@factory.test", "role": "boss"}, 422, "role"),
        ({"email": "chen@factory.test", "role": "viewer", "password": "x"}, 422, "password"),
        ({"email": "chen\x00@factory.test", "role": "viewer"}, 422, "email"),
        ({"email": "chen@factory.test", "role": "viewer", "name": "x" * 101}, 422, "name"),
        ({"email": "ADMIN@factory.test", "role": "viewer"}, 409, "email"),
    ],
)
def test_what_is_wrong_is_named(api: FlaskClient, body: dict[str, object], status: int, field: str) -> None:
    problem = assert_problem(api.post("/api/v1/users", json=body), status)
    assert problem["field"] == field
    assert len(api.get("/api/v1/users").get_json()["items"]) == 1


def test_who_is_deactivated_is_refused_with_every_token(api: FlaskClient, clean_app: OpenAPI) -> None:
    made = api.post("/api/v1/users", json={"email": "chen@factory.test", "role": "viewer"}).get_json()
    token = users.create_token("chen@factory.test")
    script = clean_app.test_client()
    headers = {"Authorization": f"Bearer {token}"}
    assert script.get("/api/v1/models", headers=headers).status_code == 200
    api.patch(f"/api/v1/users/{made['id']}", json={"active": False})
    assert_problem(script.get("/api/v1/models", headers=headers), 401, "token_invalid")


def test_an_account_that_is_not_there(api: FlaskClient) -> None:
    assert_problem(api.get("/api/v1/users/999"), 404, "not_found")
    assert_problem(api.patch("/api/v1/users/999", json={"name": "x"}), 404, "not_found")
