"""Limits the calls of each token: counted in Redis, for all processes together."""

import hashlib
from collections.abc import Iterable

from flask import Response, request
from flask_babel import gettext as _
from flask_limiter import Limiter
from flask_limiter.errors import RateLimitExceeded
from flask_openapi3 import APIBlueprint, OpenAPI

from webapp.rest.problems import problem


def init_app(app: OpenAPI, blueprints: Iterable[APIBlueprint]) -> None:
    """Limit the calls of these blueprints. While Redis is unavailable each process counts separately."""
    settings = app.extensions["settings"]
    limiter = Limiter(
        _token,
        app=app,
        storage_uri=settings.redis_url,
        storage_options={"socket_connect_timeout": 2, "socket_timeout": 2},
        in_memory_fallback_enabled=True,
        headers_enabled=True,
    )
    limit = limiter.shared_limit(f"{settings.token_requests_per_minute} per minute", scope="token")
    for blueprint in blueprints:
        limit(blueprint)

    @app.errorhandler(RateLimitExceeded)
    def too_many(_error: RateLimitExceeded) -> Response:
        return problem(
            429,
            _(
                "More than %(limit)s requests in a minute with this token: wait a moment, then go on.",
                limit=settings.token_requests_per_minute,
            ),
            "too_many_requests",
        )


def _token() -> str:
    """The key that calls are counted by; a hash, so that the token itself is not stored."""
    return hashlib.sha256(request.headers.get("Authorization", "").encode()).hexdigest()[:32]
