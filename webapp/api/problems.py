"""Errors of the REST API: ``application/problem+json`` (RFC 9457)."""

import json
from http import HTTPStatus
from typing import Any

from flask import Response, request

PREFIX = "/api/v1"


def is_api_request() -> bool:
    """Whether the request came through the REST door."""
    return request.path.startswith("/api/")


def problem(status: int, detail: str, code: str, field: str | None = None, **more: Any) -> Response:
    """The answer; ``detail`` says what to do, ``code`` is for machines."""
    body = {"type": "about:blank", "title": HTTPStatus(status).phrase, "status": status, "detail": detail}
    body |= {"code": code} | ({"field": field} if field else {}) | more
    response = Response(
        json.dumps(body, ensure_ascii=False), status=status, mimetype="application/problem+json"
    )
    if status == 401:
        response.headers["WWW-Authenticate"] = "Bearer"
    return response
