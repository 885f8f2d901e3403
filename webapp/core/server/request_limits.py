"""What is refused before anything else of a request is looked at: other hosts, and large bodies of strangers."""

import re
from collections.abc import Iterable

from flask import Flask, abort, current_app, request
from flask_babel import gettext as _
from flask_login import current_user

from webapp.core.errors import UserError

LARGEST_OF_STRANGERS = 64 * 2**10
"""Bytes of a request of somebody who is not signed in: the forms of the first start and of the sign-in are smaller."""
OF_THIS_MACHINE = ("localhost", "127.0.0.1", "[::1]")
"""Always allowed: health checks ask by these names, and no page elsewhere can make a browser send them."""


def init_app(app: Flask) -> None:
    """Register it before the extensions: the protection against forged requests (CSRF) reads the whole form."""
    allowed: tuple[str, ...] = app.extensions["settings"].allowed_hosts

    @app.before_request
    def refuse_other_hosts() -> None:
        if allowed and not is_one_of(request.host, (*allowed, *OF_THIS_MACHINE)):
            raise UserError(
                _("This address is not one of this server's: ask the administrator which one to use."),
                code="host_not_allowed",
                status=400,
            )

    @app.before_request
    def refuse_nul() -> None:
        # PostgreSQL takes no NUL, so nothing can have such an address.
        if "\x00" in request.path:
            abort(404)

    @app.before_request
    def limit_strangers() -> None:
        if request.endpoint != "static" and not current_user.is_authenticated:
            request.max_content_length = LARGEST_OF_STRANGERS


def caller_is_known() -> None:
    """Lift the limit of strangers: a token, which came without a cookie, was found to be good."""
    request.max_content_length = current_app.config["MAX_CONTENT_LENGTH"]


def is_one_of(host: str, names: Iterable[str]) -> bool:
    """Whether the host of a request, with or without port, is one of the names; ``.a.b`` is ``a.b`` and all below."""
    host = re.sub(r":\d*$", "", host).lower()
    return any(host == name or (name.startswith(".") and f".{host}".endswith(name)) for name in names)
