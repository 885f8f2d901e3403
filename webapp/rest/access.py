"""Checks the bearer token and the role of each REST call. Session cookies are not accepted here."""

from collections.abc import Callable
from typing import Any, TypeVar

from flask import Response, current_app, g, request
from flask.globals import request_ctx
from flask_babel import gettext as _
from flask_openapi3 import APIBlueprint, Tag
from werkzeug.exceptions import MethodNotAllowed

from webapp.accounts import tokens
from webapp.core import request_limits
from webapp.core.errors import UserError
from webapp.models import Role, User
from webapp.rest.problems import PREFIX, is_api_request, problem_responses
from webapp.rest.validation import check_json_body

SECURITY = "bearer"
View = TypeVar("View", bound=Callable[..., Any])


def api_blueprint(name: str, description: str) -> APIBlueprint:
    """A group of calls under ``/api/v1`` that all ask for a token."""
    blueprint = APIBlueprint(
        f"api_{name}",
        __name__,
        url_prefix=PREFIX,
        abp_tags=[Tag(name=name, description=description)],
        abp_security=[{SECURITY: []}],
        abp_responses=problem_responses(401, 403, 422),
        operation_id_callback=lambda name, path, method: name,
    )
    blueprint.before_request(check_caller)
    blueprint.before_request(check_json_body)
    return blueprint


def requires(role: Role) -> Callable[[View], View]:
    """Decorator: only tokens with this role or a higher one. Place it below the blueprint's decorator."""

    def mark(view: View) -> View:
        view.required_role = role  # type: ignore[attr-defined]
        return view

    return mark


def role_of(endpoint: str) -> Role | None:
    """The role that a call needs; None if it has no ``requires``: such a call is refused."""
    return getattr(current_app.view_functions[endpoint], "required_role", None)


def check_caller() -> Response | None:
    """Before each call, and before its body is read. Raises UserError: 401 or 403."""
    user = _user_of_token()
    role = role_of(request.endpoint or "")
    if role is None or not user.role.includes(role):
        raise UserError(
            _(
                "The account of this token may not do this: ask an administrator for the role “%(role)s”.",
                role=role,
            ),
            code="forbidden",
            status=403,
            required_role=role,
        )
    g.api_user = user
    request_limits.caller_is_known()
    return None


def check_other_method() -> None:
    """Before the answer 405: a stranger is not told what an address would take. Raises UserError (401)."""
    fault = request.routing_exception
    if not is_api_request() or not isinstance(fault, MethodNotAllowed) or not fault.valid_methods:
        return
    adapter = request_ctx.url_adapter
    endpoint = adapter.match(method=next(iter(fault.valid_methods)))[0] if adapter else ""
    if role_of(endpoint) is not None:
        _user_of_token()


def _user_of_token() -> User:
    scheme, _space, token = request.headers.get("Authorization", "").partition(" ")
    if scheme.lower() != "bearer" or not token.strip():
        raise UserError(
            _("Send an API token: “Authorization: Bearer <token>”. An administrator makes one."),
            code="token_missing",
            status=401,
        )
    user = tokens.user_of(token.strip())
    if user is None:
        raise UserError(
            _("This API token is not known, was revoked, or its account is switched off: ask for a new one."),
            code="token_invalid",
            status=401,
        )
    return user


def caller() -> User:
    """The account behind the token of this request."""
    user: User = g.api_user
    return user
