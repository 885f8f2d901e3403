"""Sign-in and the first administrator."""

import secrets
from functools import cache

import email_validator
from argon2 import PasswordHasher
from argon2.exceptions import Argon2Error, InvalidHashError
from email_validator import EmailNotValidError, validate_email
from flask_babel import gettext as _
from flask_login import LoginManager
from sqlalchemy import func, select, text
from sqlalchemy.exc import IntegrityError

from webapp.accounts import tokens
from webapp.accounts.tokens import UNLIMITED, TokenLimits
from webapp.core.errors import UserError
from webapp.core.extensions import db
from webapp.models import Role, User

# Intranet addresses end in .local, .lan or .internal, so only the syntax is checked.
email_validator.SPECIAL_USE_DOMAIN_NAMES.clear()

MIN_PASSWORD_LENGTH = 8
_hasher = PasswordHasher()
_FIRST_START_LOCK = 7_201_001


def init_login(manager: LoginManager) -> None:
    """Register the loader of session users with Flask-Login."""
    manager.login_view = "auth.sign_in"
    manager.login_message = None
    manager.session_protection = "basic"

    @manager.user_loader
    def load(user_id: str) -> User | None:
        return db.session.get(User, int(user_id))


def has_accounts() -> bool:
    """Whether any account exists; False on a first start."""
    return db.session.execute(select(User.id).limit(1)).first() is not None


def create_user(email: str, password: str, role: Role, name: str = "") -> User:
    """Raises UserError beside the field that is wrong."""
    try:
        checked = validate_email(email.strip(), check_deliverability=False, globally_deliverable=False)
        address = checked.normalized.lower()
    except EmailNotValidError as error:
        raise UserError(_("Enter a complete e-mail address."), code="email_invalid", field="email") from error
    if len(password) < MIN_PASSWORD_LENGTH:
        raise UserError(
            _("The password needs at least %(n)s characters.", n=MIN_PASSWORD_LENGTH),
            code="password_short",
            field="password",
        )
    user = User(email=address, name=name.strip()[:100], password_hash=_hasher.hash(password), role=role)
    db.session.add(user)
    try:
        db.session.commit()
    except IntegrityError as error:
        db.session.rollback()
        raise UserError(
            _("An account with this e-mail address exists already."), code="email_taken", field="email"
        ) from error
    return user


def create_first_administrator(email: str, password: str, name: str = "") -> User:
    """Create the administrator; raises UserError if an account exists."""
    # Against two browsers on a first start: the lock is held until the commit inside create_user.
    db.session.execute(text("SELECT pg_advisory_xact_lock(:key)"), {"key": _FIRST_START_LOCK})
    if has_accounts():
        db.session.rollback()
        raise UserError(_("The administrator exists already: sign in."), code="already_set_up", status=409)
    return create_user(email, password, Role.ADMINISTRATOR, name)


def authenticate(email: str, password: str) -> User:
    """Check e-mail address and password; the UserError does not say which of them was wrong."""
    user = db.session.execute(
        select(User).where(User.email == func.lower(email.strip()))
    ).scalar_one_or_none()
    # Verified when the address is unknown, so that the response time does not reveal accounts.
    nobody = _hash_of_nobody()
    try:
        _hasher.verify(user.password_hash if user else nobody, password)
    except (Argon2Error, InvalidHashError):
        user = None
    if user is None or not user.active:
        raise UserError(
            _("E-mail address or password is wrong."), code="sign_in_failed", status=401, field="password"
        )
    if _hasher.check_needs_rehash(user.password_hash):
        user.password_hash = _hasher.hash(password)
        db.session.commit()
    return user


@cache
def _hash_of_nobody() -> str:
    """Made at the first sign-in: most processes of the product never ask for a password."""
    return _hasher.hash(secrets.token_urlsafe(16))


def create_token(email: str, name: str = "", limits: TokenLimits = UNLIMITED) -> str:
    """A new API token of the account with this address. Raises UserError."""
    user = db.session.execute(select(User).where(User.email == email.strip().lower())).scalar_one_or_none()
    if user is None:
        raise UserError(_("There is no account with this e-mail address."), code="no_account", status=404)
    return tokens.create(user, name, limits)


def set_locale(user: User, locale: str) -> None:
    """Store the language in the account. Commits."""
    user.locale = locale
    db.session.commit()
