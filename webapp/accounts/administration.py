"""What administrators do with accounts. An account is never deleted: what a person did stays named."""

from dataclasses import dataclass

from flask_babel import gettext as _

from webapp.accounts import one_time, sessions, sign_in, users
from webapp.accounts.company import sign_in as company_sign_in
from webapp.audit.objects import values_of
from webapp.audit.recording import record
from webapp.core.errors import UserError
from webapp.core.extensions import db
from webapp.models import AuditAction, Role, User
from webapp.models.columns import now


@dataclass(frozen=True)
class Changes:
    """None: stays as it is."""

    name: str | None = None
    email: str | None = None
    role: Role | None = None
    active: bool | None = None


def invite(email: str, role: Role, name: str = "", active: bool = True) -> tuple[User, str]:
    """A new account without a password, and the token of its one-time link. Commits. Raises UserError."""
    user = User(
        email=users.checked_email(email),
        name=users.checked_name(name),
        password_hash="",
        role=role,
        active=active,
    )
    token = one_time.prepare_link(user)
    db.session.add(user)
    record(AuditAction.CREATE, user, after=values_of(user))
    users.commit_email()
    return user, token


def create_with_temporary_password(email: str, role: Role, name: str = "") -> tuple[User, str]:
    """A new account, and the password it is handed out with. Commits. Raises UserError."""
    password = one_time.temporary_password()
    return users.create_user(email, password, role, name, must_change_password=True), password


def change(user: User, changes: Changes) -> None:
    """Change an account; who is deactivated is signed out everywhere. Commits.

    Raises UserError: 409 if no active administrator would be left, or the address is another account's.
    """
    company_sign_in.refuse_changes(user, changes.email, changes.role)
    email = None if changes.email is None else users.checked_email(changes.email)
    name = None if changes.name is None else users.checked_name(changes.name)
    if changes.active is False or (changes.role is not None and changes.role is not Role.ADMINISTRATOR):
        _check_not_last(user)
    if changes.active is False:
        sessions.end_all(user)
    # All is read before anything is written: a query in between would write it where a taken address is not expected.
    user.email, user.name, user.role, user.active = (
        email or user.email,
        user.name if name is None else name,
        changes.role or user.role,
        user.active if changes.active is None else changes.active,
    )
    if changes.active is not None:
        user.directory_refused = False
    record(AuditAction.EDIT, user)
    users.commit_email()


def reset_by_link(user: User) -> str:
    """The token of a one-time link; sessions end at once, the old password with the use of the link. Commits."""
    token = one_time.prepare_link(user)
    sessions.end_all(user)
    record(AuditAction.RESET_PASSWORD, user)
    db.session.commit()
    return token


def reset_by_temporary_password(user: User) -> str:
    """A temporary password instead of the old one; sessions end. Commits."""
    password = one_time.set_temporary_password(user)
    sessions.end_all(user)
    record(AuditAction.RESET_PASSWORD, user)
    db.session.commit()
    return password


def end_sessions(user: User) -> int:
    """Sign the person out everywhere; the number of sessions. Commits."""
    ended = sessions.end_all(user)
    record(AuditAction.END_SESSIONS, user, number=ended)
    db.session.commit()
    return ended


def unlock(user: User) -> None:
    """Forget the wrong passwords that were tried at this account. Commits."""
    user.unlocked_at = now()
    record(AuditAction.UNLOCK, user)
    db.session.commit()
    sign_in.forget_mark(user)


def _check_not_last(user: User) -> None:
    if users.is_last_administrator(user):
        db.session.rollback()
        raise UserError(
            _("This is the last active administrator: make somebody else administrator first."),
            code="last_administrator",
            status=409,
            field="role",
        )
