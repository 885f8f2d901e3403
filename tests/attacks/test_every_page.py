"""Every page with hostile addresses, forms and JSON: whatever is sent, the server has no fault of its own."""

import io
import json
import re
from typing import Any

import pytest
from flask.testing import FlaskClient
from flask_openapi3 import OpenAPI
from hypothesis import HealthCheck, Phase, given, settings
from hypothesis import strategies as st
from werkzeug.routing import Rule

from tests.attacks.hostile import ANYTHING, STORABLE
from tests.builders import runs as builders
from tests.conftest import PASSWORD
from tests.rest.sending import png
from webapp.accounts import users
from webapp.core.settings import ROOT
from webapp.models import Role

WAITING = re.compile(r"stream\.|^static$|sign_out|end_all_sessions")
"""Streams do not end by themselves; after the sign-out nothing else would be reached."""
HUGE = [2**31 - 1, 2**31, 2**63, 10**30]
READS = re.compile(
    r"(?:request\.(?:form|args|files|values)|said|sent|form|args)"
    r"(?:\.get|\.getlist|\[)\(?\s*[\"']([a-z_]+)[\"']"
)
PARTS = st.sampled_from([*STORABLE, "1", "train", "engineer", "all"]) | st.text(
    st.characters(exclude_categories=["Cs"]), max_size=6
)
BODIES = st.sampled_from(["[" * 100_000, "", "{", "9" * 5000, '"\\ud800"', "\x00"])


def names_of_fields() -> list[str]:
    """Whatever pages read of a form or an address."""
    sources = [path.read_text() for path in (ROOT / "webapp").glob("*/pages/*.py")]
    sources += [
        (ROOT / "webapp" / "web" / name).read_text() for name in ("filters/image_filter.py", "sent_files.py")
    ]
    found = {name for source in sources for name in READS.findall(source)}
    found |= {"hashes", "shapes", "no_object", "version", "segmentation", "bbox", "category", "id", "state"}
    assert {"split", "q", "batch", "weights_id"} <= found
    return sorted(found)


def pages(app: OpenAPI) -> list[tuple[Rule, str]]:
    return [
        (rule, method)
        for rule in app.url_map.iter_rules()
        if not rule.rule.startswith("/api/") and not WAITING.search(rule.endpoint)
        for method in sorted((rule.methods or set()) & {"GET", "POST", "PUT"})
    ]


def addresses(app: OpenAPI, rule: Rule, ids: dict[str, list[int]]) -> st.SearchStrategy[str]:
    values: dict[str, st.SearchStrategy[Any]] = {}
    for name in rule.arguments:
        if name == "kind":
            values[name] = st.sampled_from(["training", "prediction"])
        elif name == "sha256":
            values[name] = st.sampled_from(["0" * 64, "\x00" * 64, "." * 64])
        elif name in ("name", "key", "token"):
            values[name] = st.sampled_from(["a", "\x00", "..", "%2e%2e", "a" * 3000])
        else:
            values[name] = st.sampled_from(ids.get(name, [1]) * 6 + HUGE)
    adapter = app.url_map.bind("localhost")
    return st.fixed_dictionaries(values).map(
        lambda found: adapter.build(
            rule.endpoint, found, method=next(iter(rule.methods or {"GET"} - {"HEAD"}))
        )
    )


def attack(client: FlaskClient, trained: dict[str, Any], examples: int) -> None:
    app: Any = client.application
    ids = {
        "model_id": [trained["id"]],
        "image_id": trained["image_ids"],
        "run_id": [1, 2],
        "photo_id": [1, 2],
        # Neither the own account nor the own session, without which nothing else would be reached.
        "user_id": [users.create_user("other@factory.test", PASSWORD, Role.VIEWER).id],
        "session_id": [10**6],
    }
    fields = st.dictionaries(st.sampled_from(names_of_fields()), PARTS, max_size=4)
    files = st.sampled_from(["photo.png", "\u202ea.zip", "a" * 400, "..\\b.json"])
    keys = st.sampled_from(names_of_fields())
    values = ANYTHING | st.dictionaries(keys, ANYTHING, max_size=3)
    values |= st.lists(values, max_size=2)
    bodies = (ANYTHING | st.dictionaries(keys, values, max_size=4)).map(json.dumps) | BODIES
    many = settings(
        max_examples=examples,
        deadline=None,
        database=None,
        suppress_health_check=list(HealthCheck),
        phases=[Phase.generate],
    )
    faults: list[AssertionError] = []
    for rule, method in sorted(pages(app), key=lambda one: "delete" in one[0].rule):

        def one_request(
            address: str,
            query: dict[str, str],
            form: dict[str, str],
            name: str,
            body: str | None,
        ) -> None:
            _try(client, method, address, query, form, name, body)  # noqa: B023  (called before the next turn)

        attempt = given(
            address=addresses(app, rule, ids), query=fields, form=fields, name=files, body=st.none() | bodies
        )(many(one_request))
        try:
            attempt()
        except AssertionError as error:
            faults.append(error)
    assert faults == []
    assert client.get("/").status_code == 200, "still signed in"


def _try(
    client: FlaskClient,
    method: str,
    address: str,
    query: dict[str, str],
    form: dict[str, str],
    name: str,
    body: str | None,
) -> None:
    sent: dict[str, Any] = {}
    if method != "GET" and body is not None:
        sent = {"data": body.encode("utf-8", "surrogatepass"), "content_type": "application/json"}
    elif method != "GET":
        sent = {"data": form | {"files": (io.BytesIO(png()), name)}}
    answer = client.open(address, method=method, query_string=query, buffered=True, **sent)
    assert answer.status_code < 500 or answer.status_code == 507, (method, address, query, sent)
    answer.close()


def test_some_hostile_requests(client: FlaskClient, trained: dict[str, Any]) -> None:
    attack(client, trained, examples=2)


@pytest.mark.slow
def test_many_hostile_requests(client: FlaskClient, trained: dict[str, Any]) -> None:
    attack(client, trained, examples=25)


@pytest.mark.slow
@pytest.mark.parametrize("role", [Role.VIEWER, Role.ANNOTATOR, Role.ENGINEER])
def test_hostile_requests_of_each_role(client: FlaskClient, trained: dict[str, Any], role: Role) -> None:
    builders.sign_in(client, role)
    attack(client, trained, examples=10)
