"""``python -m jobs.janitor``: looks every five seconds for runs that nobody works on. Never imports torch."""

import logging
from collections.abc import Callable

from apscheduler.schedulers.blocking import BlockingScheduler

from jobs import lost_runs
from jobs.app_context import application
from webapp.extensions import db

INTERVAL_SECONDS = 5
_log = logging.getLogger(__name__)


def in_app(work: Callable[[], None]) -> Callable[[], None]:
    """The work in an app context; an error is logged and the next round tries again."""

    def run() -> None:
        with application().app_context():
            try:
                work()
            except Exception:
                _log.exception("%s failed", work.__name__)
                db.session.rollback()
            finally:
                db.session.remove()

    return run


def main() -> None:
    """Work until a signal says stop."""
    scheduler = BlockingScheduler(timezone="UTC")
    for work in (lost_runs.end_lost_runs, lost_runs.enqueue_forgotten_runs):
        scheduler.add_job(in_app(work), "interval", seconds=INTERVAL_SECONDS, max_instances=1, coalesce=True)
    scheduler.start()


if __name__ == "__main__":
    main()
