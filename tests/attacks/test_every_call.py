"""Every call of the OpenAPI document with hostile requests: no answer that the document does not state, none of 5xx."""

import io
import json
from collections.abc import Callable
from fnmatch import fnmatchcase
from typing import Any

import pytest
from flask.testing import FlaskClient
from hypothesis import HealthCheck, Phase, given, settings
from hypothesis import strategies as st

from tests.attacks.hostile import STORABLE, fitting, smallest
from tests.conftest import PASSWORD
from tests.rest.sending import png, safetensors
from webapp.accounts import users
from webapp.accounts.tokens import TokenLimits
from webapp.core.extensions import db
from webapp.models import Role, TokenScope

ENDING = {"delete_model", "delete_image", "delete_prediction"}
"""What these calls delete, the others need: they come last."""
FILES = {
    "photo.png": png(),
    "nothing.png": b"",
    "cut.png": png()[:40],
    "weights.safetensors": safetensors(["nut"])[:5000],
    "deep.json": b"[" * 50_000,
    "labels.json": b'{"images": [], "annotations": [], "categories": []}',
    "huge.json": b'{"images": [{"id": 1e999, "file_name": "\\ud800", "width": 9999999999999999999999}]}',
    "empty.zip": b"PK\x05\x06" + bytes(18),
    "../a\r\n\x00b.xml": b"<!DOCTYPE a [<!ENTITY b 'c'>]><annotation>&b;</annotation>",
}


class Operation:
    """One call, and how to make requests for it."""

    def __init__(self, method: str, path: str, described: dict[str, Any], document: dict[str, Any]) -> None:
        self.method, self.path, self.described = method.upper(), path, described
        self.name: str = described["operationId"]
        self.components = document["components"]["schemas"]
        body = described.get("requestBody", {}).get("content", {})
        self.schemas = {kind: content["schema"] for kind, content in body.items()}

    def requests(self, ids: dict[str, list[int]]) -> st.SearchStrategy[dict[str, Any]]:
        """Arguments of ``open`` of a test client."""
        query = {
            one["name"]: fitting(one["schema"], self.components).map(as_text)
            for one in self.described.get("parameters", [])
            if one["in"] == "query"
        }
        address = st.fixed_dictionaries(
            {name: st.sampled_from(some) for name, some in ids.items() if "{" + name + "}" in self.path}
        )
        bodies = [self._body(kind, schema) for kind, schema in self.schemas.items()] or [st.just({})]
        wrong = st.sampled_from(
            [
                {"data": b"", "content_type": "application/json"},
                {"data": b"[" * 100_000, "content_type": "application/json"},
                {"data": b"\xff", "content_type": "application/json"},
                {"data": b"9" * 5000, "content_type": "application/json"},
                {"data": b"a=%00&b=%ff", "content_type": "application/x-www-form-urlencoded"},
                {"data": b"--x\r\n", "content_type": "multipart/form-data; boundary=x"},
                {
                    "data": b"x",
                    "content_type": "text/plain; charset=\xe9".encode("latin-1").decode("latin-1"),
                },
            ]
        )
        headers = (
            {"If-Match": st.sampled_from(['"0"', "*", '"x"', "", "W/1"])}
            if "annotations" in self.path
            else {}
        )
        return st.builds(
            lambda address, query, body, headers: (
                {
                    "path": self.path.format(**address),
                    "query_string": query,
                    "headers": headers,
                }
                | body
            ),
            address,
            st.fixed_dictionaries({}, optional=query),
            st.one_of(*bodies, *bodies, *bodies, wrong),
            st.fixed_dictionaries({}, optional=headers),
        )

    def _body(self, kind: str, schema: dict[str, Any]) -> st.SearchStrategy[dict[str, Any]]:
        if kind == "application/json":
            return fitting(schema, self.components).map(
                lambda value: {"data": json.dumps(value).encode(), "content_type": kind}
            )
        fields = {}
        for name, one in schema["properties"].items():
            if "binary" in str(one):
                fields[name] = st.lists(st.sampled_from(sorted(FILES)), max_size=2).map(
                    lambda names: [(io.BytesIO(FILES[name]), name) for name in names]
                )
            else:
                fields[name] = fitting(one, self.components).map(as_text)
        return st.fixed_dictionaries({}, optional=fields).map(
            lambda data: {"data": data, "content_type": kind}
        )

    def check(self, answer: Any) -> None:
        """The status and the kind of the answer are documented."""
        stated = self.described["responses"]
        assert str(answer.status_code) in stated, (self.name, answer.status_code, answer.text[:500])
        content = stated[str(answer.status_code)].get("content")
        kinds = content or [answer.mimetype]
        assert any(fnmatchcase(answer.mimetype, kind) for kind in kinds), (self.name, answer.mimetype)


def as_text(value: Any) -> str:
    text = value if isinstance(value, str) else json.dumps(value)
    return text.encode("utf-8", "replace").decode()


def operations(app: Any) -> list[Operation]:
    document = app.extensions["openapi_document"]
    found = [
        Operation(method, path, described, document)
        for path, methods in document["paths"].items()
        for method, described in methods.items()
    ]
    return sorted(found, key=lambda one: one.name in ENDING)


def attack(
    api: FlaskClient, trained: dict[str, Any], examples: int, script: FlaskClient | None = None
) -> None:
    """``api`` prepares; ``script`` sends the requests, if it is another."""
    many = settings(
        max_examples=examples,
        deadline=None,
        database=None,
        suppress_health_check=list(HealthCheck),
        phases=[Phase.generate],
    )
    model = f"/api/v1/models/{trained['id']}"
    prediction = api.post(f"{model}/prediction-runs", json={"image_ids": trained["image_ids"]}).get_json()
    absent = [1, 10**6, 2**31 - 1]
    ids = {
        "model_id": [trained["id"]] * 5 + absent,
        "image_id": trained["image_ids"] * 3 + absent,
        "run_id": [trained["run_id"], prediction["id"]] * 3 + absent,
        "import_id": absent,
        # Not the caller, who would be refused all that follows.
        "user_id": [users.create_user("other@factory.test", PASSWORD, Role.VIEWER).id] * 3 + absent[1:],
    }
    faults = [_fault(script or api, operation, ids, many) for operation in operations(api.application)]
    assert [fault for fault in faults if fault] == []


def _fault(
    api: FlaskClient, operation: Operation, ids: dict[str, list[int]], many: settings
) -> AssertionError | None:
    @given(sent=operation.requests(ids))
    @many
    def try_it(sent: dict[str, Any]) -> None:
        operation.check(api.open(sent.pop("path"), method=operation.method, buffered=True, **sent))
        db.session.rollback()

    try:
        try_it()
    except AssertionError as error:
        return error
    return None


def test_some_hostile_requests(api: FlaskClient, trained: dict[str, Any]) -> None:
    attack(api, trained, examples=6)


@pytest.mark.slow
def test_many_hostile_requests(api: FlaskClient, trained: dict[str, Any]) -> None:
    attack(api, trained, examples=100)


@pytest.mark.slow
@pytest.mark.parametrize("role", [Role.VIEWER, Role.ANNOTATOR, Role.ENGINEER])
def test_hostile_requests_of_each_role(
    api: FlaskClient, trained: dict[str, Any], script_of: Callable[[Role], FlaskClient], role: Role
) -> None:
    attack(api, trained, examples=40, script=script_of(role))


@pytest.mark.slow
@pytest.mark.parametrize("scope", list(TokenScope))
@pytest.mark.parametrize("bound", [False, True], ids=["every model", "another model"])
def test_hostile_requests_of_each_scope(
    api: FlaskClient, trained: dict[str, Any], scope: TokenScope, bound: bool
) -> None:
    other = api.post("/api/v1/models", json={"name": "Another"}).get_json()["id"]
    limits = TokenLimits(scope, model_ids=[other] if bound else None)
    script = api.application.test_client()
    script.environ_base |= {
        "HTTP_AUTHORIZATION": f"Bearer {users.create_token('admin@factory.test', limits=limits)}",
        "HTTP_ACCEPT_LANGUAGE": "en",
    }
    attack(api, trained, examples=40, script=script)


def test_what_is_required_is_required(api: FlaskClient, trained: dict[str, Any]) -> None:
    ids = {"model_id": trained["id"], "image_id": trained["image_ids"][0], "run_id": trained["run_id"]}
    ids["user_id"] = users.open_by_email("admin@factory.test").id
    for operation in operations(api.application):
        for kind, schema in operation.schemas.items():
            schema = operation.components[schema["$ref"].rpartition("/")[2]] if "$ref" in schema else schema
            for name in schema.get("required", []):
                sent = {
                    key: value for key, value in smallest(schema, operation.components).items() if key != name
                }
                body = {"json": sent} if kind == "application/json" else {"data": {}, "content_type": kind}
                answer = api.open(operation.path.format(**ids), method=operation.method, **body)
                assert answer.status_code in (422, 428), (operation.name, name, answer.text)


def test_a_stranger_is_not_told_what_an_address_takes(api: FlaskClient) -> None:
    stranger = api.application.test_client()
    for operation in operations(api.application):
        path = operation.path.format(model_id=1, image_id=1, run_id=1, import_id=1, user_id=1)
        for method in ("GET", "POST", "PUT", "PATCH", "DELETE"):
            status = stranger.open(path, method=method).status_code
            public = not operation.described.get("security")
            assert status in ((200, 405, 503) if public else (401,)), (method, path, status)
    assert api.delete("/api/v1/models").status_code == 405


@pytest.mark.parametrize("text", STORABLE)
def test_no_name_breaks_a_list_or_a_header(api: FlaskClient, text: str) -> None:
    made = api.post("/api/v1/models", json={"name": text, "description": text})
    assert made.status_code in (201, 422)
    if made.status_code == 201:
        exported = api.get(f"/api/v1/models/{made.get_json()['id']}/export")
        assert exported.status_code == 200
        assert "\n" not in exported.headers["Content-Disposition"]
        assert "X-Broken" not in exported.headers
