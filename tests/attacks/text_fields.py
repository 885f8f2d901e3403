"""Every place where a person or a script can enter a text: found in forms of pages and in the OpenAPI document."""

import io
import json
from collections.abc import Iterator
from dataclasses import dataclass, field
from html.parser import HTMLParser
from typing import Any
from urllib.parse import urlsplit

from flask.testing import FlaskClient
from werkzeug.test import TestResponse

from tests.attacks.hostile import smallest
from tests.rest.sending import png
from tests.web.test_no_refused_button import pages_of

TYPED = {"text", "search", "email", "password", "url", "tel"}
SENT = {"hx-get": "GET", "hx-post": "POST", "hx-put": "PUT"}


@dataclass
class Form:
    """What a browser would send, if nobody changed a field."""

    method: str
    address: str
    values: dict[str, list[str]] = field(default_factory=dict)
    texts: set[str] = field(default_factory=set)
    files: set[str] = field(default_factory=set)

    def send(self, client: FlaskClient, name: str, text: str) -> TestResponse:
        """With this text in one field; a name of a file where the field takes files."""
        values: dict[str, Any] = {
            one: said or ["a"] if one in self.texts else said for one, said in self.values.items()
        }
        if self.method == "GET":
            return client.get(self.address, query_string=values | {name: text}, buffered=True)
        values[name] = (io.BytesIO(png()), text) if name in self.files else text
        return client.open(self.address, method=self.method, data=values, buffered=True)


class Forms(HTMLParser):
    """The forms of a page with a field for text or files, and fields that are sent by themselves."""

    def __init__(self) -> None:
        super().__init__()
        self.by_id: dict[str, Form] = {}
        self._inside = ""
        self._list: tuple[Form, str] | None = None
        self._must_choose = False

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        """Read a form or a field."""
        said = {name: value or "" for name, value in attrs}
        ways = [(SENT[name], said[name]) for name in SENT if said.get(name)]
        if tag == "form":
            self._inside = said.get("id", f"form {len(self.by_id)}")
            own = said.get("method", "get").upper(), said.get("action", "")
            form = self._form(self._inside)
            form.method, form.address = ways[0] if ways else own
        name = said.get("name", "")
        if not name or tag not in ("input", "textarea", "select"):
            if tag == "option" and self._list and ("selected" in said or self._is_open()):
                self._values()[:] = [said.get("value", "")]
            return
        form = self._form(said.get("form", self._inside))
        if ways and not self._inside and "form" not in said:
            form = self.by_id[f"field {len(self.by_id)}"] = Form(*ways[0])
        kind = said.get("type", "text") if tag == "input" else tag
        values = form.values.setdefault(name, [])
        if kind in TYPED or kind == "textarea":
            form.texts.add(name)
        if kind == "file":
            form.files.add(name)
        elif kind not in ("checkbox", "radio") or "checked" in said:
            values += [said["value"]] if said.get("value") else []
        if tag == "select":
            self._list, self._must_choose = (form, name), "required" in said

    def handle_endtag(self, tag: str) -> None:
        """Leave a form or a list."""
        if tag == "form":
            self._inside = ""
        if tag == "select":
            self._list = None

    def _is_open(self) -> bool:
        """Whether the list still waits for a choice: a browser sends no empty one that is required."""
        return not any(self._values()) if self._must_choose else not self._values()

    def _values(self) -> list[str]:
        assert self._list is not None
        return self._list[0].values[self._list[1]]

    def _form(self, name: str) -> Form:
        return self.by_id.setdefault(name, Form("", ""))


def on_pages(client: FlaskClient) -> dict[tuple[str, str], Form]:
    """By endpoint and field: the first form with it, of the pages that links lead to."""
    app: Any = client.application
    adapter = app.url_map.bind("localhost")
    found: dict[tuple[str, str], Form] = {}
    for page, text in pages_of(client):
        forms = Forms()
        forms.feed(text)
        for form in forms.by_id.values():
            if not form.method or not form.texts | form.files:
                continue
            form.address = form.address or page
            endpoint = adapter.match(urlsplit(form.address).path, method=form.method)[0]
            for name in sorted(form.texts | form.files):
                found.setdefault((endpoint, name), form)
    return found


def placed(schema: dict[str, Any], components: dict[str, Any], text: str) -> Iterator[tuple[str, Any]]:
    """A name for each text in values of this schema, and the smallest value with ``text`` at that place."""
    if "$ref" in schema:
        yield from placed(components[schema["$ref"].rpartition("/")[2]], components, text)
    for name in ("anyOf", "oneOf", "allOf"):
        for one in schema.get(name, []):
            yield from placed(one, components, text)
    if schema.get("type") == "string" and not {"enum", "const", "format"} & schema.keys():
        yield "", text
    if schema.get("type") == "array":
        for place, value in placed(schema.get("items", {}), components, text):
            yield f"[]{place}", [value]
    if schema.get("type") == "object":
        least = smallest(schema, components)
        for name, one in schema.get("properties", {}).items():
            for place, value in placed(one, components, text):
                yield f".{name}{place}", least | {name: value}
        more = schema.get("additionalProperties")
        if isinstance(more, dict):
            yield ".key", {text: smallest(more, components)}
            for place, value in placed(more, components, text):
                yield f".value{place}", {"a": value}


def of_call(operation: Any, text: str) -> Iterator[tuple[str, dict[str, Any]]]:
    """A name for each text of a call of ``test_every_call``, and the arguments of a request with it there."""
    for one in operation.described.get("parameters", []):
        if one["in"] == "query":
            for place, value in placed(one["schema"], operation.components, text):
                yield f"?{one['name']}{place}", {"query_string": {one["name"]: value}}
    for kind, schema in operation.schemas.items():
        if kind == "application/json":
            for place, value in placed(schema, operation.components, text):
                yield place, {"data": json.dumps(value), "content_type": kind}
            continue
        for name, one in schema["properties"].items():
            if "binary" in str(one):
                yield f"file {name}", {"data": {name: (io.BytesIO(png()), text)}, "content_type": kind}
            elif any(True for _place in placed(one, operation.components, text)):
                yield f".{name}", {"data": {name: text}, "content_type": kind}
