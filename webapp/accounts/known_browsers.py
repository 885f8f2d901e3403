"""Browsers in which an account has signed in before: a signed cookie names the accounts.

Their wrong tries are counted by themselves, so that tries from elsewhere lock nobody out of the own browser
(the device cookies of OWASP's "Slow Down Online Guessing Attacks").
"""

import secrets
from dataclasses import dataclass

from flask import current_app
from itsdangerous import BadSignature, URLSafeSerializer

COOKIE = "known_browser"
MOST_ACCOUNTS = 20
"""Of a shared browser; the one used longest ago is forgotten."""


@dataclass(frozen=True)
class KnownBrowser:
    """A browser and the ids of its accounts, the last one at the end."""

    number: str
    user_ids: tuple[int, ...]

    def with_account(self, user_id: int) -> "KnownBrowser":
        """The account has signed in."""
        others = tuple(one for one in self.user_ids if one != user_id)
        return KnownBrowser(self.number, (*others, user_id)[-MOST_ACCOUNTS:])

    def cookie(self) -> str:
        """The value of the cookie."""
        return _serializer().dumps([self.number, *self.user_ids])


def read(cookie: str | None) -> KnownBrowser:
    """The browser of a cookie; a new one without a cookie of ours."""
    try:
        number, *user_ids = _serializer().loads(cookie or "")
    except BadSignature:
        return KnownBrowser(secrets.token_urlsafe(12), ())
    return KnownBrowser(number, tuple(user_ids))


def _serializer() -> URLSafeSerializer:
    return URLSafeSerializer(current_app.config["SECRET_KEY"], salt="known-browser")
