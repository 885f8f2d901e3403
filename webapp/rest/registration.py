"""Registers the REST API (docs/rest-api.md), the second door to the domains beside the pages."""

from collections.abc import Iterable
from types import ModuleType

from flask import Response, request
from flask_openapi3 import OpenAPI
from pydantic import ValidationError
from werkzeug.exceptions import MethodNotAllowed
from werkzeug.routing import IntegerConverter

from webapp.core.extensions import csrf
from webapp.rest import access, openapi, rate_limit
from webapp.rest.problems import is_api_request
from webapp.rest.validation import LARGEST_INTEGER, invalid


class IdConverter(IntegerConverter):
    """An id in a URL; numbers beyond the database's integers give 404 instead of a database error."""

    def __init__(self, url_map: object) -> None:
        super().__init__(url_map, min=1, max=LARGEST_INTEGER)  # type: ignore[arg-type]


def init_app(app: OpenAPI, with_token: Iterable[ModuleType], without_token: Iterable[ModuleType]) -> None:
    """Register the calls. They need no CSRF protection, since cookies are not accepted."""
    app.url_map.converters["id"] = IdConverter
    app.validation_error_callback = invalid
    # In tests every answer is validated against its documented model.
    app.validate_response = app.testing
    for module in with_token:
        app.register_api(module.blueprint)
        csrf.exempt(module.blueprint)
    for module in without_token:
        app.register_api(module.blueprint)
    rate_limit.init_app(app, [module.blueprint for module in with_token])
    openapi.prepare(app)

    app.before_request(access.check_other_method)

    @app.errorhandler(ValidationError)
    def refuse(error: ValidationError) -> Response:
        return invalid(error)

    @app.after_request
    def name_methods(response: Response) -> Response:
        fault = request.routing_exception
        if is_api_request() and isinstance(fault, MethodNotAllowed) and fault.valid_methods:
            response.headers["Allow"] = ", ".join(fault.valid_methods)
        return response
