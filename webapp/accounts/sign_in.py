"""Checks e-mail address and password, and slows down who tries wrong ones."""

import hashlib
import logging
from collections.abc import Sequence
from dataclasses import dataclass

from flask import current_app
from flask_babel import gettext as _
from flask_babel import ngettext
from redis.exceptions import RedisError

from webapp.accounts import passwords, users
from webapp.accounts.company import sign_in as company_sign_in
from webapp.accounts.known_browsers import KnownBrowser
from webapp.accounts.tries import Bucket, counters, network_of, rates
from webapp.audit import failures
from webapp.core.errors import UserError
from webapp.core.extensions import db
from webapp.models import User

_log = logging.getLogger(__name__)
FROM_ONE_PLACE = rates("5 per minute; 20 per hour")
"""Wrong tries at one account from one address, or in one browser that knows the account."""
OF_ONE_ADDRESS = rates("30 per minute; 100 per hour")
"""At whatever accounts."""
OF_ONE_ACCOUNT = rates("50 per hour")
"""From all addresses together, browsers that know the account left out."""


@dataclass(frozen=True)
class Origin:
    """Where a password comes from: the address and the browser."""

    address: str
    browser: KnownBrowser


def authenticate(email: str, password: str, origin: Origin) -> User:
    """The account. Raises UserError: 401 that does not say what was wrong, 429 after too many wrong tries, 503.

    What is done and answered is the same whether the account exists or not.
    """
    _check_wait(users.find(email), email, origin)
    # A request that waits for its turn holds no connection: there are fewer of these than requests.
    db.session.rollback()
    if company_sign_in.is_set():
        return _authenticated_by_either(email, password, origin)
    with passwords.turn():
        user = _checked(users.find(email), email, password, origin)
        better = passwords.improved(user.password_hash, password)
    if better:
        user.password_hash = better
        db.session.commit()
    return user


def _authenticated_by_either(email: str, password: str, origin: Origin) -> User:
    """By the password that is kept here, else by the directory of the company."""
    with passwords.turn():
        user = users.find(email)
        here, others = _check_wait(user, email, origin)
        right = passwords.verify(user.password_hash if user else "", password)
        if right and user is not None and user.active:
            counters().forget(here)
            user.password_hash = passwords.improved(user.password_hash, password) or user.password_hash
            db.session.commit()
            return user
    try:
        found = company_sign_in.authenticate(email, password)
    except UserError:
        counters().count([here, *others])
        failures.note(users.find(email), network_of(origin.address))
        raise
    if found is None:
        counters().count([here, *others])
        failures.note(users.find(email), network_of(origin.address))
        raise _wrong()
    counters().forget(here)
    return found


def confirm_password(user: User, password: str, origin: Origin) -> None:
    """Check the password of somebody who is signed in. Raises UserError as ``authenticate`` does, 409 where it is that
    of the company's directory.
    """
    company_sign_in.refuse_password(user)
    db.session.rollback()
    with passwords.turn():
        _checked(user, user.email, password, origin)


def slowed(accounts: Sequence[User]) -> set[int]:
    """The ids of those that were refused because of wrong tries and have to wait still."""
    if not accounts:
        return set()
    try:
        marks = current_app.extensions["redis"].mget([_mark(user.email) for user in accounts])
    except RedisError:
        return set()
    return {user.id for user, mark in zip(accounts, marks, strict=True) if mark}


def forget_mark(user: User) -> None:
    """The account waits no longer."""
    try:
        current_app.extensions["redis"].delete(_mark(user.email))
    except RedisError:
        _log.warning("Redis is away: account %s is listed as slowed until its time is over", user.id)


def _checked(user: User | None, email: str, password: str, origin: Origin) -> User:
    here, others = _check_wait(user, email, origin)
    right = passwords.verify(user.password_hash if user else "", password)
    if right and user is not None and user.active:
        counters().forget(here)
        return user
    counters().count([here, *others])
    failures.note(user, network_of(origin.address))
    raise _wrong()


def _check_wait(user: User | None, email: str, origin: Origin) -> tuple[Bucket, list[Bucket]]:
    """Raises UserError (429) while the next try is not allowed; else the counters of this one."""
    here, others = _buckets(user, email, origin)
    seconds = counters().wait([here, *others])
    if seconds:
        _note(email, seconds)
        failures.note(user, network_of(origin.address), refused=True)
        raise _too_many(seconds)
    return here, others


def _buckets(user: User | None, email: str, origin: Origin) -> tuple[Bucket, list[Bucket]]:
    """The one that the right password empties, and further ones."""
    # An account that was unlocked begins anew.
    since = user.unlocked_at.isoformat() if user and user.unlocked_at else ""
    account = hashlib.sha256(_plain(email) + since.encode()).hexdigest()[:32]
    if user is not None and user.id in origin.browser.user_ids:
        return Bucket(f"browser/{origin.browser.number}/{account}", FROM_ONE_PLACE), []
    network = network_of(origin.address)
    return Bucket(f"place/{network}/{account}", FROM_ONE_PLACE), [
        Bucket(f"address/{network}", OF_ONE_ADDRESS),
        Bucket(f"account/{account}", OF_ONE_ACCOUNT),
    ]


def _mark(email: str) -> str:
    return f"sign_in_slowed:{hashlib.sha256(_plain(email)).hexdigest()[:32]}"


def _note(email: str, seconds: int) -> None:
    # For an address without an account too: what is done takes the same time.
    try:
        current_app.extensions["redis"].set(_mark(email), 1, ex=seconds)
    except RedisError:
        _log.warning("Redis is away: an account that has to wait is not listed so")


def _plain(email: str) -> bytes:
    return email.strip().lower().encode(errors="replace")


def _wrong() -> UserError:
    return UserError(
        _("E-mail address or password is wrong."), code="sign_in_failed", status=401, field="password"
    )


def _too_many(seconds: int) -> UserError:
    minutes = -(-seconds // 60)
    return UserError(
        ngettext(
            "Too many wrong tries: try again in %(num)s minute, or ask an administrator.",
            "Too many wrong tries: try again in %(num)s minutes, or ask an administrator.",
            minutes,
        ),
        code="too_many_tries",
        status=429,
        field="password",
        retry_after=seconds,
    )
