"""Errors of the REST API: ``application/problem+json`` (RFC 9457)."""

import json
from http import HTTPStatus
from typing import Any

from flask import Response, request
from pydantic import BaseModel, ConfigDict, Field

PREFIX = "/api/v1"
MEDIA_TYPE = "application/problem+json"


class Fault(BaseModel):
    """One of several faults."""

    model_config = ConfigDict(extra="allow")

    detail: str
    field: str | None = Field(default=None, description="Where it is, such as `items[2].category`.")


class Problem(BaseModel):
    """An error, as RFC 9457 has it."""

    model_config = ConfigDict(extra="allow")

    type: str = Field(description="Always `about:blank`.")
    title: str = Field(description="The phrase of the HTTP status.")
    status: int
    detail: str = Field(description="What is wrong and what to do, in the language of `Accept-Language`.")
    code: str = Field(description="A stable name for machines.")
    field: str | None = Field(default=None, description="The part of the request that is at fault.")
    faults: list[Fault] | None = Field(default=None, description="All of them, where there are several.")


DESCRIPTIONS = {
    400: "The body is not JSON.",
    401: "The token is missing or not valid.",
    403: "The account of the token may not do this.",
    404: "There is no such thing, or it was deleted.",
    409: "It does not go with what is there.",
    412: "Somebody else saved first: get it again.",
    413: "What was sent is too large.",
    415: "The body must be JSON.",
    422: "The request has a fault: `detail` and `field` say which and where.",
    428: "`If-Match` is missing.",
    429: "Too many requests, mostly with this token: wait as long as `Retry-After` says.",
    503: "A part of the installation does not answer.",
    507: "The disk of the server is nearly full.",
}


def is_api_request() -> bool:
    """Whether the request is a REST call (``/api/…``)."""
    return request.path.startswith("/api/")


def problem(status: int, detail: str, code: str, field: str | None = None, **more: Any) -> Response:
    """The answer; ``detail`` says what to do, ``code`` is for machines."""
    body = {"type": "about:blank", "title": HTTPStatus(status).phrase, "status": status, "detail": detail}
    body |= {"code": code} | ({"field": field} if field else {}) | more
    response = Response(json.dumps(body, ensure_ascii=False), status=status, mimetype=MEDIA_TYPE)
    if status == 401:
        response.headers["WWW-Authenticate"] = "Bearer"
    return response


def problem_responses(*statuses: int) -> dict[Any, Any]:
    """How the OpenAPI document describes these errors of a call."""
    schema = {"$ref": "#/components/schemas/Problem"}
    return {
        status: {"description": DESCRIPTIONS[status], "content": {MEDIA_TYPE: {"schema": schema}}}
        for status in statuses
    }
