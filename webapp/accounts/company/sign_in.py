"""Accounts of people whom the directory of the company knows: made at the first sign-in, with the role of their groups.

Such an account has no password here. A local one is never asked of the directory and never becomes one of it.
"""

import logging

from flask import current_app
from flask_babel import gettext as _
from sqlalchemy import select
from sqlalchemy.exc import IntegrityError

from webapp.accounts import sessions, users
from webapp.accounts.company import ldap
from webapp.accounts.company.ldap import DirectoryAway, Person
from webapp.audit.recording import record
from webapp.core import signals
from webapp.core.errors import UserError
from webapp.core.extensions import db
from webapp.core.settings import Settings
from webapp.models import AuditAction, Role, User

_log = logging.getLogger(__name__)


def is_set() -> bool:
    """Whether there is a directory."""
    return _settings().ldap_url is not None


def authenticate(email: str, password: str) -> User | None:
    """The account of whoever the directory knows by this password; None where it does not. Commits.

    Where the address is that of a local account, whose password was wrong, as much is asked, but not for this password.
    Holds no database connection while it asks. Raises UserError: 503 where the directory is away, 403 for somebody
    without access.
    """
    known = users.find(email)
    is_local = known is not None and not known.from_directory
    db.session.rollback()
    try:
        person = ldap.look_up(_settings(), email, None if is_local else password)
    except DirectoryAway as error:
        _log.error("The directory of the company does not answer: %s", error)
        raise _away() from error
    return _account(person, email.strip()) if person is not None and not is_local else None


def check_again() -> None:
    """Ask the directory about all its people whose accounts are active; whoever it gives no access any more is out.

    Roles follow the groups. Nothing changes while the directory is away, or where people bind themselves, so that no
    account may search. Commits after each person, and holds no database connection while it asks.
    """
    settings = _settings()
    if not is_set() or not settings.ldap_bind_dn:
        return
    statement = select(User.id, User.directory_login).where(
        User.from_directory, User.active.is_(True), User.directory_login.is_not(None)
    )
    logins = {user_id: login for user_id, login in db.session.execute(statement) if login}
    db.session.rollback()
    try:
        people = ldap.find_all(settings, logins.values()) if logins else []
    except DirectoryAway as error:
        _log.warning("The directory of the company does not answer: %s", error)
        return
    for (user_id, login), person in zip(logins.items(), people, strict=True):
        user = db.session.get_one(User, user_id, with_for_update=True, populate_existing=True)
        # A sign-in since then has asked itself.
        if user.active and user.directory_login == login:
            _follow(user, person)
        db.session.commit()


def _follow(user: User, person: Person | None) -> None:
    """Give the account the role of its groups, or end it. The caller commits."""
    known = person is not None and person.email.strip().lower() == user.email
    role = ldap.role_of(_settings(), person.groups) if known and person else None
    if role is None:
        _refuse(user, by=None)
    elif Role(role) is not user.role:
        user.role = _role(user, Role(role))
        record(AuditAction.EDIT, user)
        signals.publish_after_commit(signals.ACCESS)


def refuse_password(user: User) -> None:
    """Raises UserError (409) for an account whose password is the directory's."""
    if user.from_directory:
        raise UserError(
            _("The password of this account is that of the company's directory: it is changed there."),
            code="password_of_directory",
            status=409,
            field="password",
        )


def refuse_changes(user: User, email: str | None, role: Role | None) -> None:
    """Raises UserError (409) for another address or role of an account whose groups say them."""
    if not user.from_directory:
        return
    for field, value, present in (("email", email, user.email), ("role", role, user.role)):
        if value is not None and value != present:
            raise UserError(
                _("The company's directory says e-mail address and role of this account: change them there."),
                code="said_by_directory",
                status=409,
                field=field,
            )


def _role(user: User, role: Role) -> Role:
    """The role of the groups; the last active administrator stays one, as nobody could make another."""
    if user.active and user.role is Role.ADMINISTRATOR is not role and users.is_last_administrator(user):
        _log.warning("Account %s is the last active administrator and stays one: name another", user.id)
        return user.role
    return role


def _account(person: Person, login: str) -> User | None:
    role = ldap.role_of(_settings(), person.groups)
    try:
        email = users.checked_email(person.email)
    except UserError:
        _log.warning("The directory has an address for somebody that is none")
        return None
    user = users.find(email)
    if user is not None and not user.from_directory:
        _log.warning(
            "Account %s is a local one: the person of the directory with its address is refused", user.id
        )
        return None
    if role is None:
        if user is None or _refuse(user, by=user):
            db.session.commit()
            raise _without_access()
        role = user.role
    is_new = user is None
    if user is None:
        user = _made(email)
    elif not user.active and not user.directory_refused:
        return None  # an administrator deactivated it
    user.name = users.checked_name(person.name[: users.LONGEST_NAME])
    user.role = _role(user, Role(role))
    user.active, user.directory_refused, user.directory_login = True, False, login
    record(AuditAction.CREATE if is_new else AuditAction.EDIT, user, by=user)
    db.session.commit()
    return user


def _made(email: str) -> User:
    user = User(email=email, name="", password_hash="", role=Role.VIEWER, from_directory=True)
    db.session.add(user)
    try:
        db.session.flush()
    except IntegrityError:  # at the same moment in another browser
        db.session.rollback()
        user = users.open_by_email(email)
    return user


def _refuse(user: User, by: User | None) -> bool:
    """Sessions and tokens end; the account says why, and is open again once the groups say so. The caller commits.

    False for the last active administrator, who stays.
    """
    if user.active and _role(user, Role.VIEWER) is Role.ADMINISTRATOR:
        return False
    user.directory_refused = user.directory_refused or user.active
    user.active = False
    record(AuditAction.EDIT, user, by=by)
    sessions.end_all(user)
    return True


def _settings() -> Settings:
    found: Settings = current_app.extensions["settings"]
    return found


def _without_access() -> UserError:
    return UserError(
        _(
            "The company's directory gives you no access here: ask to be added to one of the groups of this product."
        ),
        code="no_group",
        status=403,
        field="email",
    )


def _away() -> UserError:
    return UserError(
        _(
            "E-mail address or password is wrong, or the company's directory does not answer: try again later."
        ),
        code="directory_away",
        status=503,
        field="password",
        retry_after=30,
    )
