"""The health check says what does not answer."""

from pathlib import Path

import pytest
from flask.testing import FlaskClient
from flask_openapi3 import OpenAPI

from embedded.waiting import free_port
from tests.rest.sending import assert_problem
from webapp.app import create_app
from webapp.core.settings import load_settings


def test_everything_answers(clean_app: OpenAPI) -> None:
    answer = clean_app.test_client().get("/api/v1/healthz")
    assert (answer.status_code, answer.get_json()) == (200, {"status": "ok"})


@pytest.fixture
def dead_app(tmp_path: Path) -> FlaskClient:
    """An app whose servers are not there, and whose storage was never prepared."""
    address = f"127.0.0.1:{free_port()}"
    settings = load_settings(
        database_url=f"postgresql://nobody@{address}/nothing",
        redis_url=f"redis://{address}/0",
        data_dir=tmp_path,
    )
    return create_app(settings, TESTING=True).test_client()


def test_what_does_not_answer_is_named(dead_app: FlaskClient) -> None:
    body = assert_problem(dead_app.get("/api/v1/healthz"), 503, "unavailable")
    assert body["failing"] == ["database", "queue", "storage"]
