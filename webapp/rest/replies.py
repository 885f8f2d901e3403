"""Answers: one object, a page of a list, a file."""

from typing import Any, Generic, TypeVar

from flask import Response
from pydantic import BaseModel, Field

Item = TypeVar("Item", bound=BaseModel)
NO_CONTENT: dict[str, Any] = {"description": "Done; the answer is empty."}
"""How the OpenAPI document describes an answer without a body."""


class Page(BaseModel, Generic[Item]):
    """A page of a list."""

    items: list[Item]
    next_cursor: str | None = Field(
        default=None, description="Send it as `cursor` for the next page; null at the end."
    )


def reply(body: BaseModel, status: int = 200) -> Response:
    """The object as JSON."""
    return Response(body.model_dump_json(), status=status, mimetype="application/json")


def file_response(description: str, *media_types: str) -> dict[str, Any]:
    """How the OpenAPI document describes a file."""
    schema = {"type": "string", "format": "binary"}
    return {"description": description, "content": {kind: {"schema": schema} for kind in media_types}}


def request_body(description: str, **models: type[BaseModel]) -> dict[str, Any]:
    """How the OpenAPI document describes a body that a view reads itself: ``multipart`` or ``json``."""
    kinds = {"multipart": "multipart/form-data", "json": "application/json"}
    content = {kinds[kind]: {"schema": _schema(model)} for kind, model in models.items()}
    return {"requestBody": {"description": description, "required": True, "content": content}}


def _schema(model: type[BaseModel]) -> dict[str, Any]:
    # Referenced schemas are already in the document's components, added by a response.
    schema = model.model_json_schema(ref_template="#/components/schemas/{model}")
    schema.pop("$defs", None)
    return schema
