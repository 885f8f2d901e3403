"""API tokens, one for each machine or script: created, checked (``user_of``), listed and revoked."""

import hashlib
import secrets

from flask_babel import gettext as _
from sqlalchemy import select
from sqlalchemy.orm import joinedload

from webapp.core.errors import UserError
from webapp.core.extensions import db
from webapp.models import ApiToken, Role, User
from webapp.models.columns import now

LONGEST_NAME = 100
SECONDS_BETWEEN_USES = 60
"""``last_used_at`` is updated at most once a minute, to avoid a write in each request."""


def create(user: User, name: str = "") -> str:
    """A new token of this account; it is shown once and kept as a hash. Commits. Raises UserError."""
    name = " ".join(name.replace("\x00", "").split())
    if len(name) > LONGEST_NAME:
        raise UserError(
            _("The name has more than %(limit)s characters: shorten it.", limit=LONGEST_NAME),
            code="name_too_long",
            field="name",
        )
    token = secrets.token_urlsafe(32)
    db.session.add(ApiToken(user_id=user.id, name=name, token_sha256=_digest(token)))
    db.session.commit()
    return token


def visible_to(user: User) -> list[ApiToken]:
    """Valid tokens: the user's own, for an administrator those of everybody. Newest first."""
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
    db.session.commit()
    return token


def user_of(token: str) -> User | None:
    """Check a bearer token: its account, or None if it is unknown, revoked or its account is disabled."""
    row = db.session.execute(
        select(ApiToken).where(ApiToken.token_sha256 == _digest(token), ApiToken.revoked_at.is_(None))
    ).scalar_one_or_none()
    if row is None or not row.user.active:
        return None
    moment = now()
    if row.last_used_at is None or (moment - row.last_used_at).total_seconds() > SECONDS_BETWEEN_USES:
        row.last_used_at = moment
        db.session.commit()
    return row.user


def _digest(token: str) -> str:
    return hashlib.sha256(token.encode()).hexdigest()
