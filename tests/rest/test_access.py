"""Tokens and roles; every call of the API is tried with each role."""

from collections.abc import Callable
from typing import Any

import pytest
from flask.testing import FlaskClient
from flask_openapi3 import OpenAPI

from tests.rest.sending import add_images, assert_problem, photo_file, png
from webapp.accounts import users
from webapp.accounts.tokens import TokenLimits
from webapp.core.extensions import db
from webapp.models import ApiToken, Role, TokenScope, User
from webapp.models.columns import now

PUBLIC = {"/api/v1/healthz", "/api/v1/openapi.json"}
LOWEST_ROLE = {
    "viewer": {"list_models", "get_model", "get_picture", "list_images", "image_file", "image_thumbnail"}
    | {"get_annotations", "get_import", "export_labels", "get_training_defaults", "list_training_runs"}
    | {
        "get_training_run",
        "list_losses",
        "list_out_of_fold",
        "list_export_losses",
        "get_weights",
        "get_prediction",
        "list_detections",
    }
    | {
        "prediction_results_zip",
        "list_verdict_rules",
        "get_settings",
        "list_weights",
        "list_weights_changes",
        "get_members",
        "list_assignments",
        "get_metrics",
        "list_label_mistakes",
    },
    "annotator": {"add_images", "put_annotations", "create_import", "start_prediction", "stop_prediction"}
    | {"update_image", "delete_image", "predict_photo", "delete_prediction", "decide_label_mistake"},
    "engineer": {"create_model", "update_model", "put_picture", "put_training_defaults", "start_training"}
    | {"stop_training", "resume_training", "upload_weights", "delete_model", "update_settings"}
    | {"replace_verdict_rules", "put_weights_in_use", "put_members", "assign_images"},
    "administrator": {"list_users", "create_user", "get_user", "update_user", "list_audit"}
    | {"create_backup", "list_backups"},
}
LOWEST_SCOPE = {"predict": {"predict_photo"}, "all": LOWEST_ROLE["administrator"] | {"put_members"}}
"""Of the others: reading for GET, else writing."""


def operations(app: OpenAPI) -> list[tuple[str, str, str]]:
    """Method, address with ids that do not exist, and name of each call."""
    found = []
    for path, methods in app.extensions["openapi_document"]["paths"].items():
        for method, operation in methods.items():
            address = path
            for name in ("model_id", "image_id", "run_id", "import_id", "user_id"):
                address = address.replace("{" + name + "}", "999")
            if path not in PUBLIC:
                found.append((method, address, operation["operationId"]))
    return found


def test_every_call_is_listed_here_with_its_role(app: OpenAPI) -> None:
    document = app.extensions["openapi_document"]
    said = {
        operation["operationId"]: operation.get("x-required-role")
        for path, methods in document["paths"].items()
        for operation in methods.values()
        if path not in PUBLIC
    }
    assert said == {name: role for role, names in LOWEST_ROLE.items() for name in names}


@pytest.mark.parametrize("role", list(Role))
def test_a_role_opens_its_calls_and_no_others(script_of: Callable[[Role], FlaskClient], role: Role) -> None:
    script = script_of(role)
    for method, address, name in operations(script.application):
        answer = script.open(address, method=method.upper(), json={} if method != "get" else None)
        needed = next(Role(lowest) for lowest, names in LOWEST_ROLE.items() if name in names)
        if role.includes(needed):
            assert answer.status_code in (200, 202, 404, 422), (name, answer.text)
        else:
            assert_problem(answer, 403, "forbidden")


def scope_of(method: str, name: str) -> TokenScope:
    said = next((scope for scope, names in LOWEST_SCOPE.items() if name in names), None)
    return TokenScope(said) if said else TokenScope.READ if method == "get" else TokenScope.WRITE


def script_with(app: OpenAPI, user: User, limits: TokenLimits) -> FlaskClient:
    script = app.test_client()
    script.environ_base["HTTP_AUTHORIZATION"] = f"Bearer {users.create_token(user.email, limits=limits)}"
    script.environ_base["HTTP_ACCEPT_LANGUAGE"] = "en"
    return script


OPENS = {
    TokenScope.PREDICT: {TokenScope.PREDICT},
    TokenScope.READ: {TokenScope.READ},
    TokenScope.WRITE: {TokenScope.PREDICT, TokenScope.READ, TokenScope.WRITE},
    TokenScope.ALL: set(TokenScope),
}


@pytest.mark.parametrize("scope", list(TokenScope))
def test_a_scope_opens_its_calls_and_no_others(
    clean_app: OpenAPI, administrator: User, scope: TokenScope
) -> None:
    script = script_with(clean_app, administrator, TokenLimits(scope))
    for method, address, name in operations(clean_app):
        answer = script.open(address, method=method.upper(), json={} if method != "get" else None)
        if scope_of(method, name) in OPENS[scope]:
            assert answer.status_code in (200, 202, 404, 422), (name, answer.text)
        else:
            assert_problem(answer, 403, "scope_missing")


def test_the_document_says_the_scopes(app: OpenAPI) -> None:
    for path, methods in app.extensions["openapi_document"]["paths"].items():
        for method, operation in methods.items():
            if path not in PUBLIC:
                assert operation["x-required-scope"] == scope_of(method, operation["operationId"])


def test_a_token_of_one_model_touches_no_other(
    clean_app: OpenAPI, api: FlaskClient, administrator: User, image: dict[str, Any]
) -> None:
    own = api.post("/api/v1/models", json={"name": "Own"}).get_json()
    photo = add_images(api, own, photo_file("own.png", png(shade=5)))["created"][0]
    script = script_with(clean_app, administrator, TokenLimits(model_ids=[own["id"]]))
    assert [item["name"] for item in script.get("/api/v1/models").get_json()["items"]] == ["Own"]
    assert script.get(f"/api/v1/models/{own['id']}").status_code == 200
    assert script.get(f"/api/v1/images/{photo['id']}").status_code in (200, 405)
    assert script.get(f"/api/v1/images/{photo['id']}/annotations").status_code == 200
    assert_problem(script.post("/api/v1/models", json={"name": "Further"}), 403, "token_bound")
    assert_problem(script.get("/api/v1/users"), 403, "token_bound")
    foreign = script.get(f"/api/v1/images/{image['id']}/annotations")
    missing = script.get("/api/v1/images/999/annotations")
    assert_problem(foreign, 404, "not_found")
    assert foreign.get_json() == missing.get_json()


def test_every_call_that_names_a_thing_is_closed_to_a_token_of_another_model(
    clean_app: OpenAPI, administrator: User, trained: dict[str, Any], api: FlaskClient
) -> None:
    """A call for a new kind of thing is refused until ``webapp/projects/model_of.py`` knows whose it is."""
    other = api.post("/api/v1/models", json={"name": "Other"}).get_json()
    bound = TokenLimits(model_ids=[other["id"]])
    known = {"model_id": trained["id"], "image_id": trained["image_ids"][0], "run_id": trained["run_id"]}
    for path, methods in clean_app.extensions["openapi_document"]["paths"].items():
        if "{" not in path or "{user_id}" in path:
            continue
        address = path.replace("{import_id}", "999")
        for name, value in known.items():
            address = address.replace("{" + name + "}", str(value))
        script = script_with(clean_app, administrator, bound)
        for method in methods:
            assert_problem(script.open(address, method=method.upper(), json={}), 404, "not_found")
    assert api.get(f"/api/v1/models/{trained['id']}").status_code == 200


def test_a_token_that_has_ended_is_refused(clean_app: OpenAPI, administrator: User) -> None:
    script = script_with(clean_app, administrator, TokenLimits(days=1))
    assert script.get("/api/v1/models").status_code == 200
    row = db.session.query(ApiToken).one()
    row.ends_at = now()
    db.session.commit()
    assert_problem(script.get("/api/v1/models"), 401, "token_invalid")


def test_without_a_token_nothing_opens(clean_app: OpenAPI) -> None:
    for method, address, _name in operations(clean_app):
        answer = clean_app.test_client().open(address, method=method.upper())
        assert_problem(answer, 401, "token_missing")
        assert answer.headers["WWW-Authenticate"] == "Bearer"


@pytest.mark.parametrize(
    "value", ["Bearer", "Bearer  ", "Basic YTpi", "Bearer wrong", "token", "Bearer \u00e9"]
)
def test_other_authorizations_are_refused(clean_app: OpenAPI, value: str) -> None:
    answer = clean_app.test_client().get("/api/v1/models", headers={"Authorization": value})
    assert_problem(answer, 401)


def test_a_session_cookie_opens_nothing(client: FlaskClient) -> None:
    assert_problem(client.get("/api/v1/models"), 401, "token_missing")
    assert_problem(client.post("/api/v1/models", json={"name": "by a foreign page"}), 401, "token_missing")


def test_a_token_needs_no_csrf_token(
    clean_app: OpenAPI, api: FlaskClient, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setitem(clean_app.config, "WTF_CSRF_ENABLED", True)
    assert api.post("/api/v1/models", json={"name": "Nut"}).status_code == 201
    assert api.post("/sign-out").status_code == 400, "the pages still ask for theirs"


def test_a_revoked_token_and_a_switched_off_account_are_refused(
    api: FlaskClient, administrator: User
) -> None:
    other = users.create_token(administrator.email)
    token = db.session.query(ApiToken).order_by(ApiToken.id.desc()).first()
    token.revoke(now())
    db.session.commit()
    answer = api.get("/api/v1/models", headers={"Authorization": f"Bearer {other}"})
    assert_problem(answer, 401, "token_invalid")
    assert api.get("/api/v1/models").status_code == 200
    administrator.active = False
    db.session.commit()
    assert_problem(api.get("/api/v1/models"), 401, "token_invalid")


def test_the_reason_is_in_the_language_of_the_caller(api: FlaskClient) -> None:
    def detail(language: str) -> str:
        answer = api.get("/api/v1/models/999", headers={"Accept-Language": language})
        return str(assert_problem(answer, 404)["detail"])

    assert detail("en-GB").isascii()
    for language in ("zh-TW", "zh-Hant", "de", ""):
        assert not detail(language).isascii()
