"""The OpenAPI document, made by flask-openapi3 from the views and their models."""

from typing import Any

from flask import Flask, Response, current_app, jsonify
from flask_openapi3 import APIBlueprint, OpenAPI, Tag

from webapp.rest.access import SECURITY, scope_of
from webapp.rest.problems import PREFIX, Problem, problem_responses

DESCRIPTION = (
    "Errors are `application/problem+json` (RFC 9457) whose `detail` says what to do, in the language of "
    "`Accept-Language`. Lists are `{items, next_cursor}`, paged with `limit` and `cursor`. Times are RFC 3339 in "
    "UTC. Ids are opaque. Viewers read; annotators also add photos and labels and predict; engineers also make "
    "models, train and upload weights: `x-required-role` of each call. A token has a scope, `x-required-scope`: "
    "`predict` sends single photos, `read` reads, `write` also changes and predicts, `all` also manages accounts; it "
    "may be bound to models. In a closed model the role of its members counts instead of that of the account; what is "
    "not there for an account answers 404. Addresses of more than 8,190 "
    "bytes are answered with 414 by the web server, without a problem document."
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
    views = _views(app)
    for path in document["paths"].values():
        for method, operation in ((method, path[method]) for method in METHODS if method in path):
            if "description" in operation:
                # flask-openapi3 joins the lines of a docstring with these.
                operation["description"] = operation["description"].replace("<br/>", " ").strip()
            _add_common_answers(operation)
            view = views.get(operation["operationId"])
            if view is None:
                # Without a token, and without anything to be validated.
                operation["responses"].pop("422", None)
            else:
                if getattr(view, "needs_room", False):
                    short = problem_responses(507)
                    operation["responses"] |= {str(status): answer for status, answer in short.items()}
                operation["x-required-role"] = view.required_role.value
                operation["x-required-scope"] = scope_of(view, method).value
    app.extensions["openapi_document"] = document


def _add_common_answers(operation: dict[str, Any]) -> None:
    """What every call with a token and every body may lead to, so that no call has to name it."""
    common = [429, 503] if operation.get("security") else []
    kinds = operation.get("requestBody", {}).get("content", {})
    if kinds:
        common.append(413)
    if "application/json" in kinds:
        common.append(400)
        if len(kinds) == 1:
            common.append(415)
    answers = operation["responses"]
    added = {str(status): answer for status, answer in problem_responses(*common).items()}
    operation["responses"] = dict(sorted((added | answers).items()))


def _views(app: Flask) -> dict[str, Any]:
    calls = {rule.endpoint for rule in app.url_map.iter_rules() if rule.rule.startswith(f"{PREFIX}/")}
    views = {endpoint.partition(".")[2]: app.view_functions[endpoint] for endpoint in calls}
    return {name: view for name, view in views.items() if hasattr(view, "required_role")}
