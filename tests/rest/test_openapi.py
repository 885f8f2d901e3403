"""The OpenAPI document holds against its specification and against the app."""

from collections.abc import Iterator
from typing import Any

import pytest
from flask.testing import FlaskClient
from flask_openapi3 import OpenAPI
from openapi_spec_validator import OpenAPIV31SpecValidator

from tests.rest.sending import assert_problem


@pytest.fixture
def document(clean_app: OpenAPI) -> dict[str, Any]:
    """As anybody gets it, without a token."""
    return clean_app.test_client().get("/api/v1/openapi.json").get_json()


def operations(document: dict[str, Any]) -> Iterator[tuple[str, str, dict[str, Any]]]:
    for path, methods in document["paths"].items():
        for method, operation in methods.items():
            yield path, method, operation


def references(node: Any) -> Iterator[str]:
    if isinstance(node, dict):
        if isinstance(node.get("$ref"), str):
            yield node["$ref"]
        for child in node.values():
            yield from references(child)
    elif isinstance(node, list):
        for child in node:
            yield from references(child)


def test_it_holds_against_the_specification(document: dict[str, Any]) -> None:
    assert document["openapi"].startswith("3.1")
    assert [str(error) for error in OpenAPIV31SpecValidator(document).iter_errors()] == []
    for reference in set(references(document)):
        node: Any = document
        for part in reference.removeprefix("#/").split("/"):
            assert part in node, reference
            node = node[part]


def test_it_has_every_call_of_the_app_and_no_page(clean_app: OpenAPI, document: dict[str, Any]) -> None:
    written = {(path, method.upper()) for path, method, _operation in operations(document)}
    routed = set()
    for rule in clean_app.url_map.iter_rules():
        if rule.rule.startswith("/api/"):
            path = rule.rule.replace("<id:", "{").replace(">", "}")
            routed |= {(path, method) for method in (rule.methods or set()) - {"HEAD", "OPTIONS"}}
    assert written == routed
    assert all(path.startswith("/api/v1/") for path, _method in written)


def test_every_call_is_described(document: dict[str, Any]) -> None:
    assert document["components"]["securitySchemes"]["bearer"]["scheme"] == "bearer"
    for path, method, operation in operations(document):
        assert operation["summary"], path
        answers = operation["responses"]
        assert [code for code in answers if code.startswith("2")], path
        for code, answer in answers.items():
            assert answer["description"], (path, code)
            assert code == "204" or answer["content"], (path, code)
            if int(code) >= 400:
                assert list(answer["content"]) == ["application/problem+json"], (path, code)
        if path not in ("/api/v1/healthz", "/api/v1/openapi.json"):
            assert operation["security"] == [{"bearer": []}]
            assert {"401", "403", "422"} <= set(answers)
            assert ("404" in answers) == ("{" in path), path
        if method in ("put", "patch"):
            assert operation["requestBody"]["required"], path


def test_uploads_are_multipart(document: dict[str, Any]) -> None:
    for path, method, field in (
        ("/models/{model_id}/images", "post", "files"),
        ("/models/{model_id}/imports", "post", "annotations"),
        ("/models/{model_id}/prediction-runs", "post", "files"),
        ("/models/{model_id}/weights", "post", "file"),
        ("/models/{model_id}/picture", "put", "picture"),
    ):
        body = document["paths"][f"/api/v1{path}"][method]["requestBody"]
        properties = body["content"]["multipart/form-data"]["schema"]["properties"]
        assert "binary" in str(properties[field])


def test_addresses_that_are_not_there(api: FlaskClient) -> None:
    assert_problem(api.get("/api/v1/nothing"), 404)
    assert_problem(api.get("/api/v2/models"), 404)
    answer = api.delete("/api/v1/models")
    assert_problem(answer, 405)
    assert {"GET", "POST"} <= set(answer.headers["Allow"].replace(" ", "").split(","))
