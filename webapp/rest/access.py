"""Checks the bearer token of each REST call: role, scope, models. Session cookies are not accepted here.

This is the one place where the scope of a token and the models that it is bound to are enforced.
"""

from collections.abc import Callable
from typing import Any, TypeVar

from flask import Response, current_app, g, request
from flask.globals import request_ctx
from flask_babel import gettext as _
from flask_openapi3 import APIBlueprint, Tag
from werkzeug.exceptions import MethodNotAllowed

from webapp.accounts import tokens
from webapp.core import disk_space
from webapp.core.errors import UserError
from webapp.core.server import request_limits
from webapp.models import ApiToken, Role, TokenScope, User
from webapp.projects import access, model_of
from webapp.rest.problems import PREFIX, is_api_request, problem_responses
from webapp.rest.validation import check_json_body

SECURITY = "bearer"
View = TypeVar("View", bound=Callable[..., Any])
Check = Callable[[], Response | None]


def api_blueprint(name: str, description: str, check: Check | None = None) -> APIBlueprint:
    """A group of calls under ``/api/v1`` that all ask for a token; ``check`` takes the place of ``check_caller``."""
    blueprint = APIBlueprint(
        f"api_{name}",
        __name__,
        url_prefix=PREFIX,
        abp_tags=[Tag(name=name, description=description)],
        abp_security=[{SECURITY: []}],
        abp_responses=problem_responses(401, 403, 422),
        operation_id_callback=lambda name, path, method: name,
    )
    blueprint.before_request(check or check_caller)
    blueprint.before_request(check_json_body)
    return blueprint


def requires(
    role: Role, scope: TokenScope | None = None, only_own_models: bool = False
) -> Callable[[View], View]:
    """Decorator: only tokens with this role or a higher one. Place it below the blueprint's decorator.

    ``scope``: what the token must be made for; left out, reading for GET and writing for the other methods.
    ``only_own_models``: a call without a model in its address that keeps to ``bound_to``; other calls without one are
    closed to tokens that are bound to models.
    """

    def mark(view: View) -> View:
        view.required_role = role  # type: ignore[attr-defined]
        view.required_scope = scope  # type: ignore[attr-defined]
        view.only_own_models = only_own_models  # type: ignore[attr-defined]
        return view

    return mark


def role_of(endpoint: str) -> Role | None:
    """The role that a call needs; None if it has no ``requires``: such a call is refused."""
    return getattr(current_app.view_functions[endpoint], "required_role", None)


def scope_of(view: Callable[..., Any], method: str) -> TokenScope:
    """The scope that a call needs."""
    said: TokenScope | None = getattr(view, "required_scope", None)
    return said or (TokenScope.READ if method.upper() in ("GET", "HEAD") else TokenScope.WRITE)


def check_caller() -> Response | None:
    """Before each call, and before its body is read. Raises UserError: 401, 403, 404 or 507."""
    row = _token_of_caller()
    user, needed = row.user, role_of(request.endpoint or "")
    here = access.standing(user, _path(), request.view_args or {}, row.model_ids)
    if needed is None or not here.role.includes(needed):
        raise _role_missing(needed, here.in_model)
    _check_scope(row)
    _check_bound(row)
    if not here.is_there:
        raise access.no_such_thing()
    disk_space.check(current_app.view_functions[request.endpoint or ""])
    g.api_user, g.api_token = user, row
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
        _token_of_caller()


def _token_of_caller() -> ApiToken:
    scheme, _space, token = request.headers.get("Authorization", "").partition(" ")
    if scheme.lower() != "bearer" or not token.strip():
        raise UserError(
            _("Send an API token: “Authorization: Bearer <token>”. An administrator makes one."),
            code="token_missing",
            status=401,
        )
    row = tokens.check(token.strip())
    if row is None:
        raise UserError(
            _(
                "This API token is not known, was revoked, has come to its end, or its account is deactivated: "
                "ask for a new one."
            ),
            code="token_invalid",
            status=401,
        )
    return row


def _check_scope(token: ApiToken) -> None:
    needed = scope_of(current_app.view_functions[request.endpoint or ""], request.method)
    if not token.scope.includes(needed):
        raise UserError(
            _("This token may not do this: make one with the scope “%(scope)s”.", scope=needed),
            code="scope_missing",
            status=403,
            required_scope=needed,
        )


def _role_missing(needed: Role | None, in_model: bool) -> UserError:
    if in_model:
        sentence = _(
            "The account of this token may not do this in this model: ask one of its engineers for the role "
            "“%(role)s”.",
            role=needed,
        )
    else:
        sentence = _(
            "The account of this token may not do this: ask an administrator for the role “%(role)s”.",
            role=needed,
        )
    return UserError(sentence, code="forbidden", status=403, required_role=needed)


def _check_bound(token: ApiToken) -> None:
    """Calls without a model in their address. Raises UserError (403)."""
    if token.model_ids is None or (request.view_args and model_of.row_of(_path(), request.view_args)):
        return
    if not getattr(current_app.view_functions[request.endpoint or ""], "only_own_models", False):
        raise UserError(
            _(
                "This token is bound to models, and this call concerns more than those: make a token for all models."
            ),
            code="token_bound",
            status=403,
        )


def _path() -> str:
    return str(request.url_rule).removeprefix(PREFIX)


def bound_to() -> list[int] | None:
    """Ids of the models that the token of this request may touch; None: all."""
    token: ApiToken = g.api_token
    return token.model_ids


def caller() -> User:
    """The account behind the token of this request."""
    user: User = g.api_user
    return user
