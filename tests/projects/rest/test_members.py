"""``/models/{id}/members``."""

from typing import Any

from flask.testing import FlaskClient
from flask_openapi3 import OpenAPI

from tests.rest.sending import assert_problem
from webapp.accounts import users
from webapp.accounts.tokens import TokenLimits
from webapp.models import Role, TokenScope, User

PASSWORD = "correct horse battery"


def person(role: Role) -> User:
    return users.create_user(f"{role}@factory.test", PASSWORD, role)


def script_of(app: OpenAPI, user: User, scope: TokenScope = TokenScope.ALL) -> FlaskClient:
    script = app.test_client()
    script.environ_base["HTTP_AUTHORIZATION"] = (
        f"Bearer {users.create_token(user.email, limits=TokenLimits(scope))}"
    )
    script.environ_base["HTTP_ACCEPT_LANGUAGE"] = "en"
    return script


def test_what_is_read_can_be_sent(clean_app: OpenAPI, api: FlaskClient, model: dict[str, Any]) -> None:
    address = f"/api/v1/models/{model['id']}/members"
    assert api.get(address).get_json() == {"open": True, "members": []}
    user, other = person(Role.ENGINEER), person(Role.VIEWER)
    wanted = {
        "open": False,
        "members": [{"user_id": user.id, "role": "engineer"}, {"user_id": other.id, "role": "annotator"}],
    }
    assert api.put(address, json=wanted).get_json() == wanted
    assert api.get(address).get_json() == wanted
    assert api.put(address, json=wanted).get_json() == wanted
    script = script_of(clean_app, user)
    wanted["members"] = [{"user_id": user.id, "role": "engineer"}]
    assert script.put(address, json=wanted).get_json() == wanted
    assert_problem(script_of(clean_app, other).get(address), 404, "not_found")


def test_all_or_nothing(api: FlaskClient, model: dict[str, Any]) -> None:
    address, user = f"/api/v1/models/{model['id']}/members", person(Role.ENGINEER)

    def put(is_open: bool, *members: tuple[int, str]) -> Any:
        listed = [{"user_id": user_id, "role": role} for user_id, role in members]
        return api.put(address, json={"open": is_open, "members": listed})

    assert_problem(put(False), 409, "last_engineer")
    assert_problem(put(False, (user.id, "viewer")), 409, "last_engineer")
    assert_problem(put(True, (user.id, "viewer"), (10**6, "viewer")), 422, "account_unknown")
    assert_problem(put(True, (user.id, "viewer"), (2**40, "viewer")), 422, "account_unknown")
    assert_problem(put(True, (user.id, "viewer"), (user.id, "viewer")), 422, "member_twice")
    assert_problem(put(True, (user.id, "administrator")), 422)
    assert api.get(address).get_json() == {"open": True, "members": []}


def test_a_token_of_a_machine_changes_nobody(clean_app: OpenAPI, model: dict[str, Any]) -> None:
    script = script_of(clean_app, person(Role.ENGINEER), TokenScope.WRITE)
    address = f"/api/v1/models/{model['id']}/members"
    assert script.get(address).status_code == 200
    assert_problem(script.put(address, json={"open": True, "members": []}), 403, "scope_missing")


def test_ids_of_a_closed_model_in_bodies_answer_as_ids_that_do_not_exist(
    clean_app: OpenAPI, api: FlaskClient, trained: dict[str, Any]
) -> None:
    user = person(Role.ENGINEER)
    own = api.post("/api/v1/models", json={"name": "Own"}).get_json()
    admin_id = users.open_by_email("admin@factory.test").id
    closed = {"open": False, "members": [{"user_id": admin_id, "role": "engineer"}]}
    api.put(f"/api/v1/models/{trained['id']}/members", json=closed)
    script, absent = script_of(clean_app, user), 10**6
    address = f"/api/v1/models/{own['id']}"
    for method, path, body in (
        ("POST", "training-runs", lambda known: {"weights_id": known["weights"]}),
        ("PUT", "weights-in-use", lambda known: {"weights_id": known["weights"]}),
        (
            "POST",
            "prediction-runs",
            lambda known: {"image_ids": [known["image"]], "weights_id": known["weights"]},
        ),
    ):
        hidden, missing = (
            script.open(f"{address}/{path}", method=method, json=body(known))
            for known in (
                {"weights": trained["weights_id"], "image": trained["image_ids"][0]},
                {"weights": absent, "image": absent},
            )
        )
        assert hidden.status_code >= 400, path
        assert (hidden.status_code, hidden.get_json()) == (missing.status_code, missing.get_json()), path
    assert [item["name"] for item in script.get("/api/v1/models").get_json()["items"]] == ["Own"]
