"""The OpenAPI document, made by flask-openapi3 from the views and their models."""

from flask import Flask, Response, current_app, jsonify
from flask_openapi3 import APIBlueprint, OpenAPI, Tag

from webapp.rest.access import SECURITY
from webapp.rest.problems import PREFIX, Problem

DESCRIPTION = (
    "Errors are `application/problem+json` (RFC 9457) whose `detail` says what to do, in the language of "
    "`Accept-Language`. Lists are `{items, next_cursor}`, paged with `limit` and `cursor`. Times are RFC 3339 in "
    "UTC. Ids are opaque. Viewers read; annotators also add photos and labels and predict; engineers also make "
    "models, train and upload weights: `x-required-role` of each call."
)
METHODS = ("get", "put", "post", "delete", "patch")
blueprint = APIBlueprint(
    "api_openapi",
    __name__,
    url_prefix=PREFIX,
    abp_tags=[Tag(name="health", description="Without a token.")],
    operation_id_callback=lambda name, path, method: name,
)


@blueprint.get(
    "/openapi.json",
    responses={
        200: {"description": "OpenAPI 3.1", "content": {"application/json": {"schema": {"type": "object"}}}}
    },
    validate_response=False,
)
def openapi_document() -> Response:
    """This document."""
    return jsonify(current_app.extensions["openapi_document"])


def prepare(app: OpenAPI) -> None:
    """Fill in what belongs to the whole document, and keep it: the calls do not change any more."""
    app.info.description = DESCRIPTION
    app.security_schemes = {SECURITY: {"type": "http", "scheme": "bearer"}}
    app.validation_error_model = Problem
    document = app.api_doc
    roles = _roles(app)
    for path in document["paths"].values():
        for operation in (path[method] for method in METHODS if method in path):
            if "description" in operation:
                # flask-openapi3 joins the lines of a docstring with these.
                operation["description"] = operation["description"].replace("<br/>", " ").strip()
            role = roles.get(operation["operationId"])
            if role is None:
                # Without a token, and without anything to be validated.
                operation["responses"].pop("422", None)
            else:
                operation["x-required-role"] = role
    app.extensions["openapi_document"] = document


def _roles(app: Flask) -> dict[str, str]:
    return {
        endpoint.partition(".")[2]: view.required_role.value
        for endpoint, view in app.view_functions.items()
        if endpoint.startswith("api_") and hasattr(view, "required_role")
    }
