"""Faults that are none of the product: PostgreSQL or Redis does not answer, or the disk is full.

Their answers ask nothing of the database: no account, no language of an account.
"""

import errno
import json

from flask import Response, g, make_response, render_template, request
from flask_babel import gettext as _
from redis.exceptions import ConnectionError as RedisConnectionError
from redis.exceptions import TimeoutError as RedisTimeoutError
from sqlalchemy.exc import DBAPIError
from sqlalchemy.exc import TimeoutError as PoolTimeoutError

from webapp.core.extensions import htmx, login_manager
from webapp.rest.problems import is_api_request, problem

RETRY_AFTER_SECONDS = 5
_GONE = ("08", "57P", "53300")
"""Beginnings of PostgreSQL's codes: connection broken, server ending or starting, too many connections."""
_DISK_FULL = "53100"


def is_away(error: BaseException) -> bool:
    """Whether a server that the product needs did not answer."""
    if isinstance(error, RedisConnectionError | RedisTimeoutError | PoolTimeoutError):
        return True
    if not isinstance(error, DBAPIError):
        return False
    code = _code(error)
    return error.connection_invalidated or (code.startswith(_GONE) if code else _never_connected(error))


def is_full(error: BaseException) -> bool:
    """Whether the disk has no room left, for PostgreSQL or for a file of ours."""
    if isinstance(error, DBAPIError):
        return _code(error) == _DISK_FULL
    return isinstance(error, OSError) and error.errno in (errno.ENOSPC, errno.EDQUOT)


def answer(error: BaseException) -> Response:
    """503 with ``Retry-After``, or 507: a problem, or a page that comes back by itself."""
    # Whoever asks the account for language or theme would ask the database again.
    g._login_user = login_manager.anonymous_user()
    if is_full(error):
        status, code = 507, "disk_full"
        sentence = _(
            "The disk of the server is full: nothing was saved. Tell an administrator, then try again."
        )
    else:
        status, code = 503, "unavailable"
        sentence = _(
            "A part of the system does not answer at the moment. It is tried again every few seconds."
        )
    if is_api_request():
        response = problem(status, sentence, code)
    elif htmx:
        # What the page shows stays; static/js/web/connection.js says what is the matter.
        response = make_response("", status)
        response.headers["HX-Reswap"] = "none"
        response.headers["HX-Trigger"] = json.dumps({"connection:suspect": {}})
    else:
        reads = request.method == "GET" and status == 503
        page = render_template("web/away.html", status=status, sentence=sentence, again=reads)
        response = make_response(page, status)
    response.headers["Retry-After"] = str(RETRY_AFTER_SECONDS)
    return response


def _code(error: DBAPIError) -> str:
    return getattr(error.orig, "pgcode", None) or ""


def _never_connected(error: DBAPIError) -> bool:
    # Connecting fails without a code, and is no fault of a statement.
    return type(error).__name__ in ("OperationalError", "InterfaceError")
