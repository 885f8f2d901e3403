"""Failed sign-ins in the audit, without letting a stranger fill the disk.

Of one place (an address, or the /64 of IPv6) each of the first five failures in an hour has a row, later ones only the
10th, 100th, 1,000th …, with the number so far. All places together have the same from 500 in an hour on.
"""

import logging
import math
import time

from flask import current_app
from redis.exceptions import RedisError

from webapp.audit.recording import record
from webapp.core.extensions import db
from webapp.models import AuditAction, AuditKind, User

_log = logging.getLogger(__name__)
EACH = 5
EACH_OF_ALL = 500
WINDOW_SECONDS = 3600


def note(user: User | None, place: str, refused: bool = False) -> None:
    """Add a row where one is due. Commits. ``place`` is that of ``tries.network_of``.

    ``user``: the account that was tried. What was typed is not kept where there is none: it may be a password.
    ``refused``: too many wrong tries came before, and the password was not looked at.
    """
    counts = _count(place)
    if counts is None:
        return
    of_place, of_all = counts
    if not (_is_due(of_place, EACH) and _is_due(of_all, EACH_OF_ALL)):
        return
    after = {"refused": True} if refused else {"known_account": user is not None}
    if user is not None:
        record(AuditAction.FAIL_SIGN_IN, user, number=of_place, after=after)
    else:
        record(AuditAction.FAIL_SIGN_IN, kind=AuditKind.ACCOUNT, number=of_place, after=after)
    db.session.commit()


def _count(place: str) -> tuple[int, int] | None:
    window = int(time.time()) // WINDOW_SECONDS
    try:
        with current_app.extensions["redis"].pipeline() as pipeline:
            for name in (place, "all"):
                key = f"audit_failures:{window}:{name}"
                pipeline.incr(key).expire(key, 2 * WINDOW_SECONDS)
            of_place, _set, of_all, _set_too = pipeline.execute()
    except RedisError:
        _log.warning("Redis is away: a failed sign-in is not in the audit")
        return None
    return int(of_place), int(of_all)


def _is_due(count: int, each: int) -> bool:
    """The first ones each; then powers of ten."""
    return count <= each or 10 ** round(math.log10(count)) == count
