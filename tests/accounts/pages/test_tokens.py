"""API tokens of machines: made, shown once, used, revoked."""

import re

import pytest
from flask.testing import FlaskClient
from flask_openapi3 import OpenAPI

from tests.builders.runs import sign_in, text_of
from webapp.core.extensions import db
from webapp.models import ApiToken, Role, TokenScope, User
from webapp.models.columns import now
from webapp.projects import detection_models


def make(client: FlaskClient, name: str) -> str:
    page = client.post("/api-tokens", data={"name": name}).get_data(as_text=True)
    found = re.search(r'id="new-token"[^>]*>([^<]+)<', page)
    assert found, page
    return found.group(1)


def call(app: OpenAPI, token: str) -> int:
    script = app.test_client()
    return script.get("/api/v1/models", headers={"Authorization": f"Bearer {token}"}).status_code


def test_a_token_is_shown_once_works_and_is_revoked(client: FlaskClient, clean_app: OpenAPI) -> None:
    assert "No tokens yet" in text_of(client.get("/api-tokens"))
    token = make(client, "Press 7")
    page = text_of(client.get("/api-tokens"))
    assert "Press 7" in page
    assert token not in page
    assert "Not yet" in page
    assert call(clean_app, token) == 200
    assert "Not yet" not in text_of(client.get("/api-tokens"))
    row = db.session.query(ApiToken).one()
    answer = client.post(f"/api-tokens/{row.id}/revoke", follow_redirects=True)
    assert "Token “Press 7” revoked." in text_of(answer)
    assert call(clean_app, token) == 401


def test_a_token_needs_a_name_that_can_be_kept(client: FlaskClient) -> None:
    for name, sentence in (("  ", "Name the machine"), ("x" * 101, "more than 100 characters")):
        answer = client.post("/api-tokens", data={"name": name})
        assert answer.status_code == 422
        assert sentence in text_of(answer)
    assert db.session.query(ApiToken).count() == 0


def test_others_tokens_are_an_administrators_alone(client: FlaskClient) -> None:
    make(client, "Press 7")
    token_id = db.session.query(ApiToken.id).scalar()
    sign_in(client, Role.ENGINEER)
    assert "Press 7" not in text_of(client.get("/api-tokens"))
    assert client.post(f"/api-tokens/{token_id}/revoke").status_code == 404
    db.session.expire_all()
    assert db.session.query(ApiToken.revoked_at).scalar() is None


def test_a_token_that_calls_too_often_waits(clean_app: OpenAPI, client: FlaskClient) -> None:
    token, other = make(client, "Wild"), make(client, "Calm")
    limit = clean_app.extensions["settings"].token_requests_per_minute
    assert call(clean_app, token) == 200
    redis = clean_app.extensions["redis"]
    (counter,) = [key for key in redis.keys("LIMITS*")]
    redis.incrby(counter, limit)
    answer = clean_app.test_client().get("/api/v1/models", headers={"Authorization": f"Bearer {token}"})
    assert answer.status_code == 429
    assert answer.get_json()["code"] == "too_many_requests"
    assert int(answer.headers["Retry-After"]) > 0
    assert call(clean_app, other) == 200


def test_a_token_is_made_with_scope_end_and_models(client: FlaskClient, administrator: User) -> None:
    model = detection_models.create_model("Nuts", "", administrator)
    form = {"name": "Press 7", "scope": "predict", "days": "30", "models": "some", "model": str(model.id)}
    page = client.post("/api-tokens", data=form).text
    assert 'data-copy="#new-token"' in page
    row = db.session.query(ApiToken).one()
    assert (row.scope, row.model_ids) == (TokenScope.PREDICT, [model.id])
    assert row.ends_at is not None and 29 <= (row.ends_at - now()).days <= 30
    listed = text_of(client.get("/api-tokens"))
    assert "Single photos only" in listed and "<td>Nuts</td>" in listed and "in 1 month" in listed


@pytest.mark.parametrize(
    ("form", "field"),
    [
        ({"days": "0"}, "days"),
        ({"days": "many"}, "days"),
        ({"days": "99999"}, "days"),
        ({"models": "some"}, ""),
    ],
)
def test_limits_that_cannot_be_are_said(
    client: FlaskClient, administrator: User, form: dict[str, str], field: str
) -> None:
    detection_models.create_model("Nuts", "", administrator)
    answer = client.post("/api-tokens", data={"name": "Press 7"} | form)
    assert answer.status_code == 422
    assert (f'id="field-{field}-error"' if field else "Choose the models") in answer.text
    assert 'value="Press 7"' in answer.text
    assert db.session.query(ApiToken).count() == 0
