"""Error pages, and errors inside a page: one sentence for the user, the rest in the log."""

import logging
from contextlib import suppress

from flask import Flask, g, jsonify, make_response, render_template, request
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _
from flask_wtf.csrf import CSRFError
from sqlalchemy.exc import SQLAlchemyError
from werkzeug.exceptions import HTTPException, NotFound, RequestEntityTooLarge

from webapp.core.errors import UserError
from webapp.core.extensions import db, htmx
from webapp.rest.problems import is_api_request, problem
from webapp.web import away

_log = logging.getLogger(__name__)


def init_app(app: Flask) -> None:
    """Both doors: JSON problems under /api, pages and fragments elsewhere."""

    @app.errorhandler(UserError)
    def refused(error: UserError) -> ResponseReturnValue:
        db.session.rollback()
        if is_api_request():
            answer = problem(error.status, error.message, error.code, error.field, **error.details)
        elif request.accept_mimetypes.best == "application/json":  # an upload
            answer = jsonify(detail=error.message)
            answer.status_code = error.status
        else:
            answer = make_response(_page(error.status, error.message))
        if "retry_after" in error.details:
            answer.headers["Retry-After"] = str(error.details["retry_after"])
        return answer

    @app.errorhandler(HTTPException)
    def http_error(error: HTTPException) -> ResponseReturnValue:
        db.session.rollback()
        if error.response is not None:
            return error.response
        status = error.code or 500
        if is_api_request():
            return problem(status, _sentence(error), error.name.lower().replace(" ", "_"))
        return _page(status, _sentence(error))

    @app.errorhandler(Exception)
    def unexpected(error: Exception) -> ResponseReturnValue:
        if away.is_away(error) or away.is_full(error):
            _log.warning("%s %s: %s: %s", request.method, request.path, type(error).__name__, error)
            with suppress(SQLAlchemyError):
                db.session.rollback()
            return away.answer(error)
        _log.exception("%s %s", request.method, request.path)
        db.session.rollback()
        sentence = _(
            "Something went wrong on the server. Try again; if it stays, give the administrator the number %(id)s.",
            id=g.get("request_id", "-"),
        )
        if is_api_request():
            return problem(500, sentence, "unexpected")
        return _page(500, sentence)


def _sentence(error: HTTPException) -> str:
    if isinstance(error, NotFound):
        return _("This page does not exist: it may have moved or been deleted.")
    if isinstance(error, CSRFError):
        return _("This page was open for too long: reload it and try again.")
    if isinstance(error, RequestEntityTooLarge):
        return _("What was sent is too large: send fewer or smaller files at once.")
    if error.code == 405:
        return _("This address does not answer this kind of request: go back and try again.")
    if error.code == 401:
        return _("Sign in first, then try again.")
    if error.code == 403:
        return _("Your account may not do this: ask an administrator for the role it needs.")
    return _("The server could not read this request: go back and try again.")


def _page(status: int, sentence: str) -> tuple[str, int]:
    template = "web/error_fragment.html" if htmx else "web/error_page.html"
    return render_template(template, status=status, sentence=sentence), status
