"""Registers the REST API: a second door to the same domains as the pages (docs/rest-api.md)."""

from collections.abc import Iterable
from types import ModuleType

from flask import Response, request
from flask_openapi3 import OpenAPI
from pydantic import ValidationError
from werkzeug.exceptions import MethodNotAllowed
from werkzeug.routing import IntegerConverter

from webapp.core.extensions import csrf
from webapp.rest import openapi, rate_limit
from webapp.rest.problems import is_api_request
from webapp.rest.validation import LARGEST_INTEGER, invalid


class IdConverter(IntegerConverter):
    """An id in an address; a number that no id can have is an unknown address, not an error of the database."""

    def __init__(self, url_map: object) -> None:
        super().__init__(url_map, min=1, max=LARGEST_INTEGER)  # type: ignore[arg-type]


def init_app(app: OpenAPI, with_token: Iterable[ModuleType], without_token: Iterable[ModuleType]) -> None:
    """Register the calls, each asking for a token of its own: a cookie opens none, so none needs CSRF."""
    app.url_map.converters["id"] = IdConverter
    app.validation_error_callback = invalid
    # Tests hold every answer against the model that the document promises.
    app.validate_response = app.testing
    for module in with_token:
        app.register_api(module.blueprint)
        csrf.exempt(module.blueprint)
    for module in without_token:
        app.register_api(module.blueprint)
    rate_limit.init_app(app, [module.blueprint for module in with_token])
    openapi.prepare(app)

    @app.errorhandler(ValidationError)
    def refuse(error: ValidationError) -> Response:
        return invalid(error)

    @app.after_request
    def name_methods(response: Response) -> Response:
        fault = request.routing_exception
        if is_api_request() and isinstance(fault, MethodNotAllowed) and fault.valid_methods:
            response.headers["Allow"] = ", ".join(fault.valid_methods)
        return response
