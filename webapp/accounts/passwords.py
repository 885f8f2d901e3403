"""Passwords: which are refused, and Argon2 within a bound of memory."""

import re
import secrets
import unicodedata
from collections.abc import Iterator
from contextlib import contextmanager
from functools import cache
from itertools import pairwise
from pathlib import Path
from threading import BoundedSemaphore

from argon2 import PasswordHasher
from argon2.exceptions import Argon2Error, InvalidHashError
from flask_babel import gettext as _

from webapp.core.errors import UserError

MIN_LENGTH = 8
MAX_LENGTH = 1000
SIMULTANEOUS = 2
"""Passwords hashed at once by a process: each takes 64 MiB."""
LONGEST_QUEUE = 32
"""Requests of a process that wait for their turn: each holds a thread, of which pages need some too."""
LONGEST_WAIT = 60.0
"""Seconds that a request waits for its turn."""
COMMON = Path(__file__).with_name("common_passwords.txt")
_LIKE_LETTERS = str.maketrans("@4301!5$7", "aaeoiisst")
_hasher = PasswordHasher()
_turns = BoundedSemaphore(SIMULTANEOUS)
_queue = BoundedSemaphore(SIMULTANEOUS + LONGEST_QUEUE)


def check(password: str, *own_words: str) -> None:
    """Raises UserError (field ``password``) for a password that is too short or among the first to be tried.

    ``own_words`` are what everybody knows of the person: e-mail address, name.
    """
    if len(password) < MIN_LENGTH:
        raise _refused(_("The password needs at least %(n)s characters.", n=MIN_LENGTH), "password_short")
    if len(password) > MAX_LENGTH:
        raise _refused(_("The password may have at most %(n)s characters.", n=MAX_LENGTH), "password_long")
    if _is_common(password, own_words):
        raise _refused(
            _("This password is among the first that are tried: choose another, three words for example."),
            "password_common",
        )


def _refused(message: str, code: str) -> UserError:
    return UserError(message, code=code, field="password")


def _is_common(password: str, own_words: tuple[str, ...]) -> bool:
    plain = unicodedata.normalize("NFKC", password).lower()
    known = {word.lower() for text in own_words for word in (text, *text.split("@")[:1]) if len(word) > 2}
    without_digits = plain.strip("0123456789!?.,*#_- ")
    forms = {plain, without_digits, plain.translate(_LIKE_LETTERS), without_digits.translate(_LIKE_LETTERS)}
    steps = {ord(after) - ord(before) for before, after in pairwise(plain)}
    repeats = re.fullmatch(r"(.{1,3})\1+.?", plain)
    return bool(forms & (_common() | known)) or steps in ({0}, {1}, {-1}) or repeats is not None


@cache
def _common() -> frozenset[str]:
    lines = COMMON.read_text("utf-8").splitlines()
    return frozenset(line for line in lines if line and not line.startswith("#"))


@contextmanager
def turn() -> Iterator[None]:
    """Wait for a turn to hash; the caller holds no database connection meanwhile.

    Raises UserError (503) where ``LONGEST_QUEUE`` others wait, and after ``LONGEST_WAIT``.
    """
    if not _queue.acquire(blocking=False):
        raise _busy()
    try:
        if not _turns.acquire(timeout=LONGEST_WAIT):
            raise _busy()
        try:
            yield
        finally:
            _turns.release()
    finally:
        _queue.release()


def _busy() -> UserError:
    return UserError(
        _("Too many people sign in at this moment: try again in a few seconds."),
        code="busy",
        status=503,
        field="password",
        retry_after=5,
    )


def hashed(password: str) -> str:
    """The hash to be kept. Waits for its turn; raises UserError (503)."""
    with turn():
        return _hasher.hash(password)


def verify(password_hash: str, password: str) -> bool:
    """Whether it is the password; inside ``turn``. An empty hash takes as long, and no password fits it."""
    try:
        _hasher.verify(password_hash or _hash_of_nobody(), password)
    except (Argon2Error, InvalidHashError, UnicodeEncodeError):
        return False
    return bool(password_hash)


def improved(password_hash: str, password: str) -> str | None:
    """The hash by the parameters of today, where those of ``password_hash`` are older; inside ``turn``."""
    return _hasher.hash(password) if _hasher.check_needs_rehash(password_hash) else None


@cache
def _hash_of_nobody() -> str:
    """Made at the first sign-in: most processes of the product never ask for a password."""
    return _hasher.hash(secrets.token_urlsafe(16))
