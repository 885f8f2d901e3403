"""The audit: page with filters and CSV for administrators, and the history of one object for who may see it."""

from datetime import date, datetime, time, timedelta
from typing import Any

from flask import Blueprint, Response, render_template, request, url_for
from flask_babel import gettext as _
from flask_login import current_user

from webapp.audit import objects, queries, table, words
from webapp.audit.queries import AuditQuery
from webapp.core.downloads import stream
from webapp.core.errors import UserError
from webapp.models import AuditAction, AuditKind, Role
from webapp.models.columns import LARGEST_ID
from webapp.projects import detection_models
from webapp.web.guards import check_role, requires

blueprint = Blueprint("audit", __name__)
PAGE = 50
SHOWN_OF_OBJECT = 20
_FILTERS = ("actor", "action", "kind", "object", "model", "since", "until")


@blueprint.get("/audit")
@requires(Role.ADMINISTRATOR)
def index() -> str:
    """The newest rows that are asked for; ``before`` is the id of the last one seen."""
    rows = queries.page(_query(), request.args.get("before", type=int), PAGE + 1)
    asked: dict[str, Any] = {name: request.args[name] for name in _FILTERS if request.args.get(name)}
    return render_template(
        "audit/index.html",
        entries=rows[:PAGE],
        asked=asked,
        older=url_for("audit.index", **asked, before=rows[PAGE - 1].id) if len(rows) > PAGE else None,
        is_first="before" not in request.args,
        actions=sorted(AuditAction, key=words.action_name),
        kinds=list(AuditKind),
        models=detection_models.list_models(current_user),
        words=words,
    )


@blueprint.get("/audit.csv")
@requires(Role.ADMINISTRATOR)
def csv() -> Response:
    """The same rows as CSV, all of them."""
    lines = (line.encode() for line in table.lines(queries.every(_query())))
    return stream(lines, "text/csv; charset=utf-8", "audit.csv")


@blueprint.get("/history/<kind>/<int:object_id>")
@requires(Role.VIEWER)
def history(kind: str, object_id: int) -> str:
    """What was done to one object."""
    wanted = _known(kind, object_id)
    _check_may_see(wanted, object_id)
    return _part(AuditQuery(kind=wanted, object_id=object_id), {"kind": wanted.value, "object": object_id})


@blueprint.get("/models/<int:model_id>/history/categories")
@requires(Role.VIEWER)
def history_of_categories(model_id: int) -> str:
    """What was done to all categories of a model."""
    return _of_all(model_id, AuditKind.CATEGORY)


@blueprint.get("/models/<int:model_id>/history/weights")
@requires(Role.VIEWER)
def history_of_weights(model_id: int) -> str:
    """What was done to all weights of a model."""
    return _of_all(model_id, AuditKind.WEIGHTS)


def _of_all(model_id: int, kind: AuditKind) -> str:
    detection_models.open_model(model_id)
    return _part(AuditQuery(kind=kind, model_id=model_id), {"kind": kind.value, "model": model_id})


def _part(query: AuditQuery, asked: dict[str, Any]) -> str:
    rows = queries.page(query, limit=SHOWN_OF_OBJECT + 1)
    more = url_for("audit.index", **asked) if len(rows) > SHOWN_OF_OBJECT else None
    return render_template(
        "audit/_history.html",
        entries=rows[:SHOWN_OF_OBJECT],
        more=more,
        words=words,
        of_many="model" in asked,
    )


def _known(kind: str, object_id: int) -> AuditKind:
    if kind not in list(AuditKind) or object_id > LARGEST_ID:
        raise _no_such_thing()
    return AuditKind(kind)


def _check_may_see(kind: AuditKind, object_id: int) -> None:
    """Raises UserError: 403 for an account of somebody else, 404 for what is not there."""
    if kind in (AuditKind.ACCOUNT, AuditKind.TOKEN):
        if kind is not AuditKind.ACCOUNT or object_id != current_user.id:
            check_role(Role.ADMINISTRATOR)
        return
    row = objects.find(kind, object_id)
    model_id = objects.described(row).model_id(row) if row is not None else None
    if model_id is None:
        raise _no_such_thing()
    detection_models.open_model(model_id)


def _no_such_thing() -> UserError:
    return UserError(_("There is no such thing: it may have been deleted."), code="not_found", status=404)


def _query() -> AuditQuery:
    """What is asked for; what cannot be read counts as not said."""
    args = request.args
    return AuditQuery(
        actor=args.get("actor", "").strip(),
        action=args.get("action", type=AuditAction),
        kind=args.get("kind", type=AuditKind),
        object_id=args.get("object", type=_id),
        model_id=args.get("model", type=_id),
        since=_midnight(args.get("since", "")),
        until=_midnight(args.get("until", ""), days=1),
    )


def _id(text: str) -> int:
    number = int(text)
    if not 0 < number <= LARGEST_ID:
        raise ValueError
    return number


def _midnight(text: str, days: int = 0) -> datetime | None:
    """The beginning of a day, or of one after it, in the time zone of the server."""
    try:
        day = date.fromisoformat(text)
    except ValueError:
        return None
    if not date(1900, 1, 1) <= day <= date(9000, 1, 1):
        return None
    return datetime.combine(day + timedelta(days=days), time.min).astimezone()
