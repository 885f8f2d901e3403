"""The languages of the interface and which one a request gets.

A new language is added to ``LANGUAGES``, ``select`` and ``current``, and has its catalogue in ``webapp/translations``.
"""

from flask import has_request_context, request
from flask_babel import get_locale
from flask_login import current_user

DEFAULT = "zh_Hant_TW"
LANGUAGES = {"zh_Hant_TW": "中文", "en": "English"}
COOKIE = "language"


def select() -> str | None:
    """The locale of the cookie (set in the top bar), else the user's, else the browser's, else ``DEFAULT``."""
    if not has_request_context():
        return None
    chosen = request.cookies.get(COOKIE)
    if chosen in LANGUAGES:
        return chosen
    if getattr(current_user, "locale", None) in LANGUAGES:
        return str(current_user.locale)
    # werkzeug matches «zh-TW» and «zh-Hant» to the tag «zh-Hant-TW» only by prefix: ask for the usual ones.
    best = request.accept_languages.best_match(["zh-TW", "zh-Hant", "zh-HK", "zh", "en"])
    return "en" if best == "en" else DEFAULT


def current() -> str:
    """The locale of the current request, a key of ``LANGUAGES``."""
    locale = get_locale()
    return "en" if locale is not None and locale.language == "en" else DEFAULT
