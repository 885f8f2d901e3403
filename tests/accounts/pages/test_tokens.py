"""API tokens of machines: made, shown once, used, revoked."""

import re

from flask.testing import FlaskClient
from flask_openapi3 import OpenAPI

from tests.builders.runs import sign_in, text_of
from webapp.core.extensions import db
from webapp.models import ApiToken, Role


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
    assert "Never" in page
    assert call(clean_app, token) == 200
    assert "Never" not in text_of(client.get("/api-tokens"))
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
