"""Roles of pages: every view names the lowest role that may use it (table in docs/architecture.md).

Which role counts at an address is decided in ``webapp/projects/access.py``.
"""

from collections.abc import Callable
from functools import wraps
from typing import ParamSpec, TypeVar

from flask import Flask, current_app, g, request
from flask_babel import gettext as _
from flask_login import current_user
from werkzeug.exceptions import NotFound
from werkzeug.wrappers import Response

from webapp.core import disk_space
from webapp.core.errors import UserError
from webapp.models import DetectionModel, Role
from webapp.projects import access
from webapp.projects.access import Standing

P = ParamSpec("P")
R = TypeVar("R")

WITHOUT_ROLE = {
    "static": "scripts, styles and pictures of the product",
    "auth.first_start": "closed as soon as there is an account",
    "auth.sign_in": "for who is signed out",
    "auth.sign_out": "harmless for who is signed out",
    "preferences.language": "a cookie",
    "one_time.page": "the token of a one-time link",
    "one_time.choose": "the token of a one-time link",
    "via_frame.frame": "a signed token: webapp/exchange/via/access.py",
    "via_frame.project": "a signed token: webapp/exchange/via/access.py",
    "via_frame.photo": "a signed token: webapp/exchange/via/access.py",
    "via_frame.save": "a signed token: webapp/exchange/via/access.py",
    "api_health.healthz": "for monitors",
    "api_openapi.openapi_document": "for generators of clients",
}
"""Endpoints that ask for no role, and why; every other is refused unless its view has ``requires``."""


def init_app(app: Flask) -> None:
    """Refuse routes without a rule."""

    @app.before_request
    def refuse_without_rule() -> None:
        endpoint = request.endpoint
        if endpoint is not None and endpoint not in WITHOUT_ROLE and role_of(app, endpoint) is None:
            raise NotFound


def role_of(app: Flask, endpoint: str) -> Role | None:
    """The lowest role that an endpoint asks for, page or call; None: it has no rule."""
    role: Role | None = getattr(app.view_functions.get(endpoint), "required_role", None)
    return role


def requires(role: Role) -> Callable[[Callable[P, R]], Callable[P, R | Response]]:
    """Decorator: only people with this role or a higher one; others are sent to the sign-in or refused.

    The role is that in the model, where the address belongs to one; a model that is not there for the person answers
    as one that does not exist.
    """

    def decorate(view: Callable[P, R]) -> Callable[P, R | Response]:
        @wraps(view)
        def guarded(*args: P.args, **kwargs: P.kwargs) -> R | Response:
            if not current_user.is_authenticated:
                return current_app.login_manager.unauthorized()  # type: ignore[attr-defined]
            g.pop("member_roles", None)
            g.standing = access.standing(current_user, str(request.url_rule), request.view_args or {})
            check_role(role)
            if not g.standing.is_there:
                raise access.no_such_thing()
            disk_space.check(view)
            return view(*args, **kwargs)

        guarded.required_role = role  # type: ignore[attr-defined]
        return guarded

    return decorate


def check_role(role: Role) -> None:
    """Raises UserError (403) if the role that counts at this address is lower."""
    here: Standing = g.standing
    if here.role.includes(role):
        return
    if here.in_model:
        sentence = _(
            "You may not do this in this model: ask one of its engineers for the role “%(role)s”.",
            role=role_name(role),
        )
    else:
        sentence = _(
            "Your account may not do this: ask an administrator for the role “%(role)s”.",
            role=role_name(role),
        )
    raise UserError(sentence, code="forbidden", status=403)


def may(role: Role | str, model: DetectionModel | None = None) -> bool:
    """Whether the person of this request may do what asks for this role: at this address, or in ``model``.

    What a page shows is asked here, so that nobody sees a button that would be refused.
    """
    if not current_user.is_authenticated:
        return False
    if model is None:
        here: Standing | None = g.get("standing")
        return (here.role if here else current_user.role).includes(Role(role))
    if model.closed and not access.sees_all(current_user) and "member_roles" not in g:
        g.member_roles = access.member_roles(current_user)
    found = access.role_in(current_user, model, g.get("member_roles"))
    return found is not None and found.includes(Role(role))


def role_name(role: Role) -> str:
    """The role's name in the user's language."""
    return {
        Role.VIEWER: _("Viewer"),
        Role.ANNOTATOR: _("Annotator"),
        Role.ENGINEER: _("Engineer"),
        Role.ADMINISTRATOR: _("Administrator"),
    }[role]
