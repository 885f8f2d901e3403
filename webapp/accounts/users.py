"""Accounts: found, created, and what a person sets for themselves."""

import unicodedata

import email_validator
from email_validator import EmailNotValidError, validate_email
from flask_babel import gettext as _
from sqlalchemy import select, text
from sqlalchemy.exc import IntegrityError

from webapp.accounts import passwords, tokens
from webapp.accounts.tokens import UNLIMITED, TokenLimits
from webapp.audit.objects import values_of
from webapp.audit.recording import record
from webapp.core.errors import UserError
from webapp.core.extensions import db
from webapp.formats.files.filenames import clean_line
from webapp.models import AuditAction, Role, User

# Intranet addresses end in .local, .lan or .internal, so only the syntax is checked.
email_validator.SPECIAL_USE_DOMAIN_NAMES.clear()

LONGEST_NAME = 100
_FIRST_START_LOCK = 7_201_001


def has_accounts() -> bool:
    """Whether any account exists; False on a first start."""
    return db.session.execute(select(User.id).limit(1)).first() is not None


def find(email: str) -> User | None:
    """The account with this e-mail address, in whatever case."""
    address = email.strip().lower()
    if not _is_storable(address):
        return None
    return db.session.execute(select(User).where(User.email == address)).scalar_one_or_none()


def open_user(user_id: int) -> User:
    """The account. Raises UserError (404)."""
    user = db.session.get(User, user_id)
    if user is None:
        raise UserError(_("There is no such account."), code="not_found", status=404)
    return user


def open_by_email(email: str) -> User:
    """The account with this e-mail address. Raises UserError (404)."""
    user = find(email)
    if user is None:
        raise UserError(_("There is no account with this e-mail address."), code="no_account", status=404)
    return user


def create_user(
    email: str, password: str, role: Role, name: str = "", *, must_change_password: bool = False
) -> User:
    """A new account with a password. Commits. Raises UserError beside the field that is wrong."""
    address, checked = checked_email(email), checked_name(name)
    passwords.check(password, address, checked)
    password_hash = passwords.hashed(password)
    user = User(email=address, name=checked, password_hash=password_hash, role=role)
    user.must_change_password = must_change_password
    db.session.add(user)
    record(AuditAction.CREATE, user, after=values_of(user))
    commit_email()
    return user


def is_last_administrator(user: User) -> bool:
    """Whether nobody else is an administrator with an active account.

    They are locked until the commit, so that of two administrators who are demoted at once one stays.
    """
    administrators = db.session.scalars(
        select(User.id).where(User.role == Role.ADMINISTRATOR, User.active.is_(True)).with_for_update()
    ).all()
    return list(administrators) == [user.id]


def create_first_administrator(email: str, password: str, name: str = "") -> User:
    """Create the administrator; raises UserError if an account exists."""
    # Against two browsers on a first start: the lock is held until the commit inside create_user.
    db.session.execute(text("SELECT pg_advisory_xact_lock(:key)"), {"key": _FIRST_START_LOCK})
    if has_accounts():
        db.session.rollback()
        raise UserError(_("The administrator exists already: sign in."), code="already_set_up", status=409)
    return create_user(email, password, Role.ADMINISTRATOR, name)


def commit_email() -> None:
    """Commit an account whose e-mail address is new. Raises UserError (409) if another account has it."""
    try:
        db.session.commit()
    except IntegrityError as error:
        db.session.rollback()
        raise email_taken() from error


def email_taken() -> UserError:
    """The error for an address of another account."""
    return UserError(
        _("An account with this e-mail address exists already."),
        code="email_taken",
        status=409,
        field="email",
    )


def checked_email(email: str) -> str:
    """The address as it is kept, in lower case. Raises UserError."""
    try:
        checked = validate_email(email.strip(), check_deliverability=False, globally_deliverable=False)
    except EmailNotValidError as error:
        raise UserError(_("Enter a complete e-mail address."), code="email_invalid", field="email") from error
    return str(checked.normalized.lower())


def checked_name(name: str) -> str:
    """The name without control characters, its blanks made single ones. Raises UserError if it is too long."""
    plain = clean_line(name)
    if len(plain) > LONGEST_NAME:
        raise UserError(
            _("The name has more than %(limit)s characters: shorten it.", limit=LONGEST_NAME),
            code="name_too_long",
            field="name",
        )
    return plain


def set_profile(user: User, name: str, locale: str | None, theme: str | None) -> None:
    """What a person sets of their own account. Commits. Raises UserError."""
    user.name = checked_name(name)
    user.locale, user.theme = locale, theme
    record(AuditAction.EDIT, user)
    db.session.commit()


def set_locale(user: User, locale: str) -> None:
    """Store the language in the account. Commits."""
    user.locale = locale
    db.session.commit()


def create_token(email: str, name: str = "", limits: TokenLimits = UNLIMITED) -> str:
    """A new API token of the account with this address. Raises UserError."""
    return tokens.create(open_by_email(email), name, limits)


def _is_storable(address: str) -> bool:
    return not any(unicodedata.category(character) in ("Cc", "Cs") for character in address)
