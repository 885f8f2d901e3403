"""Sessions of browsers: kept in the database, so that one that is ended is refused at its next request.

The browser's signed cookie holds a random token; who copies the cookie has nothing once the session has ended.
"""

import hashlib
import secrets
from datetime import datetime, timedelta

from flask import current_app, g, request, session
from flask_babel import gettext as _
from flask_login import LoginManager, current_user, login_user, logout_user
from sqlalchemy import ColumnElement, and_, delete, or_, select, update
from sqlalchemy.orm import joinedload

from webapp.audit.recording import record
from webapp.core import signals
from webapp.core.errors import UserError
from webapp.core.extensions import db
from webapp.formats.files.filenames import clean_line
from webapp.models import AuditAction, User, UserSession
from webapp.models.columns import now

SECONDS_BETWEEN_USES = 60
"""``last_used_at`` is updated at most once a minute, to avoid a write in each request."""
LONGEST_BROWSER = 300


def init_login(manager: LoginManager) -> None:
    """Register the loader of sessions with Flask-Login, whose own remember cookie is not used."""
    manager.login_view = "auth.sign_in"
    manager.login_message = None
    manager.session_protection = None
    manager.user_loader(_load)


def begin(user: User, persistent: bool, address: str) -> None:
    """Sign the browser in with a new token; what its session held before goes. Commits.

    ``persistent``: the cookie outlives the browser's window, and idleness does not end the session.
    """
    token = secrets.token_urlsafe(32)
    moment = now()
    _remove_current()
    row = UserSession(
        user_id=user.id,
        token_sha256=_digest(token),
        persistent=persistent,
        last_used_at=moment,
        address=address[:45],
        browser=clean_line(request.headers.get("User-Agent", ""))[:LONGEST_BROWSER],
    )
    db.session.add(row)
    user.last_seen_at = moment
    record(AuditAction.SIGN_IN, user, by=user)
    db.session.commit()
    g.user_session = row
    session.clear()
    login_user(user)
    # Not the account's id, which Flask-Login would keep: what it hands to ``_load`` ends with the session.
    session["_user_id"] = token
    session.permanent = persistent


def end_current() -> None:
    """Sign the browser out. Commits."""
    if current_user.is_authenticated:
        record(AuditAction.SIGN_OUT, current_user._get_current_object())
    _remove_current()
    db.session.commit()
    logout_user()
    session.clear()


def _remove_current() -> None:
    row = g.pop("user_session", None)
    if row is not None:
        signals.publish_after_commit(signals.ACCESS)
        db.session.execute(delete(UserSession).where(UserSession.id == row.id))


def end_all(user: User, but_current: bool = False) -> int:
    """End the sessions of an account, in every browser; the number of them. The caller commits."""
    statement = delete(UserSession).where(UserSession.user_id == user.id)
    if but_current:
        statement = statement.where(UserSession.id != current_id())
    signals.publish_after_commit(signals.ACCESS)
    return db.session.execute(statement).rowcount  # type: ignore[attr-defined]


def end_one(user: User, session_id: int) -> None:
    """End one session of this account. Commits. Raises UserError (404)."""
    row = db.session.get(UserSession, session_id)
    if row is None or row.user_id != user.id:
        raise UserError(_("This session has ended already."), code="not_found", status=404)
    db.session.delete(row)
    signals.publish_after_commit(signals.ACCESS)
    record(AuditAction.END_SESSIONS, user, number=1)
    db.session.commit()


def valid_of(user: User) -> list[UserSession]:
    """The sessions of an account that go on, the one used last first."""
    statement = select(UserSession).where(UserSession.user_id == user.id, ~_ended(now()))
    return list(db.session.scalars(statement.order_by(UserSession.last_used_at.desc())))


def current_id() -> int | None:
    """The id of the session of this request; None where nobody is signed in."""
    row = g.get("user_session")
    return row.id if row else None


def user_of(session_id: int) -> User | None:
    """The account of a session, while the session goes on; None else."""
    row = db.session.execute(
        select(UserSession).where(UserSession.id == session_id, ~_ended(now()))
    ).scalar_one_or_none()
    return row.user if row is not None and row.user.active else None


def current_is_persistent() -> bool:
    """Whether the browser of this request stays signed in."""
    row = g.get("user_session")
    return row is not None and row.persistent


def sign_out_everywhere(user: User) -> None:
    """End the sessions of an account, that of this browser too. Commits."""
    record(AuditAction.END_SESSIONS, user, number=end_all(user))
    end_current()


def remove_ended() -> None:
    """Delete rows of sessions that have ended by themselves. Commits."""
    db.session.execute(delete(UserSession).where(_ended(now())))
    db.session.commit()


def absolute_end() -> timedelta:
    """How long a session lasts at most."""
    return timedelta(days=current_app.extensions["settings"].session_days)


def _load(token: str) -> User | None:
    """The account of a session, while the session goes on; None else. Flask-Login's user loader."""
    # A REST call has its token: a cookie that came along opens nothing there.
    if request.path.startswith("/api/"):
        return None
    moment = now()
    row = db.session.execute(
        select(UserSession)
        .where(UserSession.token_sha256 == _digest(token), ~_ended(moment))
        .options(joinedload(UserSession.user))
    ).scalar_one_or_none()
    if row is None or not row.user.active:
        return None
    if (moment - row.last_used_at).total_seconds() > SECONDS_BETWEEN_USES:
        _note_use(row, moment)
    g.user_session = row
    return row.user


def _note_use(row: UserSession, moment: datetime) -> None:
    # In a transaction of its own: the request may be in the middle of another.
    with db.engine.begin() as connection:
        connection.execute(update(UserSession).where(UserSession.id == row.id).values(last_used_at=moment))
        connection.execute(update(User).where(User.id == row.user_id).values(last_seen_at=moment))


def _ended(moment: datetime) -> ColumnElement[bool]:
    settings = current_app.extensions["settings"]
    idle_since = moment - timedelta(minutes=settings.session_idle_minutes)
    return or_(
        UserSession.created_at < moment - absolute_end(),
        and_(~UserSession.persistent, UserSession.last_used_at < idle_since),
    )


def _digest(token: str) -> str:
    return hashlib.sha256(str(token).encode(errors="replace")).hexdigest()
