"""Files that rows name stay while a backup takes hold of them.

A backup holds ``LOCK`` alone between its snapshot of the rows and the moment it has a hard link to each file: seconds.
Who deletes a file that a row names, or has named until just now, shares it meanwhile.
"""

import time
from collections.abc import Iterator
from contextlib import contextmanager

from sqlalchemy import Connection, func, select

from webapp.core.extensions import db

LOCK = 0x6B656570
"""PostgreSQL advisory lock."""
SECONDS = 600
"""How long a backup waits for those that delete."""


def may_go() -> None:
    """Before files are deleted whose rows go with the caller's transaction: waits for a backup, keeps others waiting
    until the transaction ends."""
    db.session.execute(select(func.pg_advisory_xact_lock_shared(LOCK)))


@contextmanager
def deleting() -> Iterator[None]:
    """Around the deletion of files whose rows are gone already."""
    with db.engine.begin() as connection:
        connection.execute(select(func.pg_advisory_xact_lock_shared(LOCK)))
        yield


def hold(connection: Connection) -> bool:
    """For a backup: until ``let_go``, none of these files is deleted. False where others delete all the time.

    It asks again and again instead of waiting in the queue of the lock, where those who come later would wait behind
    it for somebody who takes long.
    """
    until = time.monotonic() + SECONDS
    while not connection.scalar(select(func.pg_try_advisory_lock(LOCK))):
        if time.monotonic() > until:
            return False
        time.sleep(0.05)
    return True


def let_go(connection: Connection) -> None:
    """The files may be deleted again."""
    connection.execute(select(func.pg_advisory_unlock(LOCK)))
