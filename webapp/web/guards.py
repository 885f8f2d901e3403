"""Roles of pages: every view names the lowest role that may use it (table in docs/architecture.md)."""

from collections.abc import Callable
from functools import wraps
from typing import ParamSpec, TypeVar

from flask import current_app
from flask_babel import gettext as _
from flask_login import current_user
from werkzeug.wrappers import Response

from webapp.core.errors import UserError
from webapp.models import Role

P = ParamSpec("P")
R = TypeVar("R")


def requires(role: Role) -> Callable[[Callable[P, R]], Callable[P, R | Response]]:
    """Decorator: only users with this role or a higher one; others are sent to the sign-in or refused."""

    def decorate(view: Callable[P, R]) -> Callable[P, R | Response]:
        @wraps(view)
        def guarded(*args: P.args, **kwargs: P.kwargs) -> R | Response:
            if not current_user.is_authenticated:
                return current_app.login_manager.unauthorized()  # type: ignore[attr-defined]
            check_role(role)
            return view(*args, **kwargs)

        guarded.required_role = role  # type: ignore[attr-defined]
        return guarded

    return decorate


def check_role(role: Role) -> None:
    """Raises UserError (403) if the signed-in user's role is lower."""
    if not current_user.role.includes(role):
        raise UserError(
            _(
                "Your account may not do this: ask an administrator for the role “%(role)s”.",
                role=role_name(role),
            ),
            code="forbidden",
            status=403,
        )


def role_name(role: Role) -> str:
    """The role's name in the user's language."""
    return {
        Role.VIEWER: _("Viewer"),
        Role.ANNOTATOR: _("Annotator"),
        Role.ENGINEER: _("Engineer"),
        Role.ADMINISTRATOR: _("Administrator"),
    }[role]
