"""The first password of an account, and a new one after a lost one: a one-time link or a temporary password."""

import hashlib
import secrets
from datetime import timedelta

from flask import current_app, request, url_for
from flask_babel import gettext as _
from sqlalchemy import select, update

from webapp.accounts import passwords, sessions
from webapp.accounts.company import sign_in as company_sign_in
from webapp.audit.recording import record
from webapp.core.errors import UserError
from webapp.core.extensions import db
from webapp.models import AuditAction, User
from webapp.models.columns import now

LIFETIME = timedelta(days=7)
"""Of a one-time link."""
_LETTERS = "abcdefghjkmnpqrstuvwxyz23456789"
"""Without those that are mistaken for others on paper."""


def prepare_link(user: User) -> str:
    """The token of a new one-time link; an earlier link is void. Does not commit."""
    company_sign_in.refuse_password(user)
    token = secrets.token_urlsafe(32)
    user.one_time_sha256 = _digest(token)
    user.one_time_ends_at = now() + LIFETIME
    return token


def address_of(token: str) -> str:
    """The address of a one-time link, on the host of this request."""
    https = current_app.extensions["settings"].https_only
    scheme = "https" if https else request.scheme
    return url_for("one_time.page", token=token, _external=True, _scheme=scheme)


def temporary_password() -> str:
    """Three groups of four letters and digits: 59 bits."""
    return "-".join("".join(secrets.choice(_LETTERS) for _place in range(4)) for _group in range(3))


def set_temporary_password(user: User) -> str:
    """Give the account a temporary password, which opens nothing but its change. Does not commit."""
    password = temporary_password()
    set_password(user, passwords.hashed(password), must_change=True)
    return password


def set_password(user: User, password_hash: str, must_change: bool = False) -> None:
    """A new password: one-time links are void, and every other session of the account ends. Does not commit.

    Raises UserError (409) for an account of the company's directory.
    """
    company_sign_in.refuse_password(user)
    user.password_hash = password_hash
    user.must_change_password = must_change
    user.one_time_sha256 = user.one_time_ends_at = None
    user.unlocked_at = now()
    sessions.end_all(user, but_current=True)


def open_link(token: str) -> User:
    """The account of a one-time link. Raises UserError (404) if the link was used, replaced, or is too old."""
    user = db.session.execute(
        select(User).where(
            User.one_time_sha256 == _digest(token), User.one_time_ends_at > now(), User.active.is_(True)
        )
    ).scalar_one_or_none()
    if user is None:
        raise _void()
    return user


def use_link(token: str, password: str) -> User:
    """Set the password; the link works no second time. Commits. Raises UserError."""
    user = open_link(token)
    passwords.check(password, user.email, user.name)
    # Whoever waits for a turn to hash holds no connection.
    db.session.rollback()
    password_hash = passwords.hashed(password)
    taken = update(User).where(User.id == user.id, User.one_time_sha256 == _digest(token))
    if not db.session.execute(taken.values(one_time_sha256=None).returning(User.id)).first():
        db.session.rollback()
        raise _void()
    set_password(user, password_hash)
    record(AuditAction.CHANGE_PASSWORD, user, by=user)
    db.session.commit()
    return user


def change_password(user: User, password: str) -> None:
    """The person's own new password. Commits. Raises UserError."""
    passwords.check(password, user.email, user.name)
    db.session.rollback()
    set_password(user, passwords.hashed(password))
    record(AuditAction.CHANGE_PASSWORD, user)
    db.session.commit()


def _void() -> UserError:
    return UserError(
        _("This link was used already, or is too old: ask an administrator for a new one."),
        code="link_void",
        status=404,
    )


def _digest(token: str) -> str:
    return hashlib.sha256(token.encode(errors="replace")).hexdigest()
