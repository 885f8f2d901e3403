"""API tokens, one for each machine or script: created, checked (``check``), listed and revoked."""

import hashlib
import secrets
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import timedelta

from flask_babel import gettext as _
from sqlalchemy import or_, select
from sqlalchemy.orm import joinedload

from webapp.audit.objects import values_of
from webapp.audit.recording import record
from webapp.core.errors import UserError
from webapp.core.extensions import db
from webapp.formats.files.filenames import clean_line
from webapp.models import ApiToken, AuditAction, DetectionModel, Role, TokenScope, User
from webapp.models.columns import now

LONGEST_NAME = 100
SECONDS_BETWEEN_USES = 60
"""``last_used_at`` is updated at most once a minute, to avoid a write in each request."""


LONGEST_LIFE_DAYS = 3650


@dataclass(frozen=True)
class TokenLimits:
    """What a token may do within the role of its account."""

    scope: TokenScope = TokenScope.ALL
    days: int | None = None
    """How long it is valid; None: until it is revoked."""
    model_ids: Iterable[int] | None = None
    """The models it may touch; None: all, also later ones."""


UNLIMITED = TokenLimits()


def create(user: User, name: str = "", limits: TokenLimits = UNLIMITED) -> str:
    """A new token of this account; it is shown once and kept as a hash. Commits. Raises UserError."""
    name = clean_line(name)
    if len(name) > LONGEST_NAME:
        raise UserError(
            _("The name has more than %(limit)s characters: shorten it.", limit=LONGEST_NAME),
            code="name_too_long",
            field="name",
        )
    if limits.days is not None and not 1 <= limits.days <= LONGEST_LIFE_DAYS:
        raise UserError(
            _("A token is valid for 1 to %(limit)s days, or without an end.", limit=LONGEST_LIFE_DAYS),
            code="days_invalid",
            field="days",
        )
    token = secrets.token_urlsafe(32)
    row = ApiToken(user_id=user.id, name=name, token_sha256=_digest(token), scope=limits.scope)
    row.ends_at = None if limits.days is None else now() + timedelta(days=limits.days)
    row.model_ids = None if limits.model_ids is None else _existing_models(limits.model_ids)
    db.session.add(row)
    record(AuditAction.CREATE, row, after={"account": user.email} | values_of(row))
    db.session.commit()
    return token


def _existing_models(model_ids: Iterable[int]) -> list[int]:
    wanted = sorted(set(model_ids))
    statement = select(DetectionModel.id).where(
        DetectionModel.id.in_(wanted), DetectionModel.deleted_at.is_(None)
    )
    found = sorted(db.session.scalars(statement))
    if not found or found != wanted:
        raise UserError(
            _("Choose the models that the token may touch, among those that exist."),
            code="models_invalid",
            field="model",
        )
    return found


def visible_to(user: User) -> list[ApiToken]:
    """Tokens that are not revoked: the user's own, for an administrator those of everybody. Newest first."""
    statement = select(ApiToken).where(ApiToken.revoked_at.is_(None)).options(joinedload(ApiToken.user))
    if not user.role.includes(Role.ADMINISTRATOR):
        statement = statement.where(ApiToken.user_id == user.id)
    return list(db.session.scalars(statement.order_by(ApiToken.id.desc())))


def revoke(user: User, token_id: int) -> ApiToken:
    """Revoke a token. Commits. Raises UserError (404) if the user may not see such a token."""
    token = next((token for token in visible_to(user) if token.id == token_id), None)
    if token is None:
        raise UserError(_("There is no such token: it may have been revoked."), code="not_found", status=404)
    token.revoke(now())
    record(AuditAction.DELETE, token, before={"account": token.user.email})
    db.session.commit()
    return token


def check(token: str) -> ApiToken | None:
    """The row of a bearer token; None if it is unknown, revoked or at its end, or its account is deactivated."""
    moment = now()
    row = db.session.execute(
        select(ApiToken)
        .where(
            ApiToken.token_sha256 == _digest(token),
            ApiToken.revoked_at.is_(None),
            or_(ApiToken.ends_at.is_(None), ApiToken.ends_at > moment),
        )
        .options(joinedload(ApiToken.user))
    ).scalar_one_or_none()
    if row is None or not row.user.active:
        return None
    if row.last_used_at is None or (moment - row.last_used_at).total_seconds() > SECONDS_BETWEEN_USES:
        row.last_used_at = moment
        db.session.commit()
    return row


def _digest(token: str) -> str:
    return hashlib.sha256(token.encode()).hexdigest()
