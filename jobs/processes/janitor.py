"""``python -m jobs.processes.janitor``: the periodic work. Never imports torch.

Every ``INTERVAL_SECONDS``: runs whose process died, jobs that were lost, alerts. Every
``MINUTES_BETWEEN_DIRECTORY_CHECKS``: people whom the company's directory gives no access any more. Every
``MINUTES_BETWEEN_BACKUP_CHECKS``: a backup, if one is due. Once a day: purge of the trash, old files.
"""

import logging
from collections.abc import Callable
from datetime import timedelta

from apscheduler.schedulers.blocking import BlockingScheduler

from jobs.processes.app_context import application
from webapp.accounts import sessions
from webapp.accounts.company import sign_in as company_sign_in
from webapp.backups import keeping as backups
from webapp.core.extensions import db
from webapp.core.monitoring import processes
from webapp.exchange.exports import runs as export_runs
from webapp.exchange.imports import data_imports
from webapp.images import stored_files, tiles
from webapp.images import trash as image_trash
from webapp.images import zips as image_zips
from webapp.images.similar import features, near_duplicates, perceptual_hashes
from webapp.images.values import renditions
from webapp.models.columns import now
from webapp.operations import lost_runs
from webapp.operations.alerts import deliveries as alert_deliveries
from webapp.operations.alerts import events as alert_events
from webapp.projects import purge as model_purge
from webapp.training.record import trash as training_trash

INTERVAL_SECONDS = 5
MINUTES_BETWEEN_DIRECTORY_CHECKS = 5
MINUTES_BETWEEN_BACKUP_CHECKS = 5
FIRST_CLEANING = timedelta(minutes=2)
"""Delay of the daily work after the start, so that it also runs on a machine that is switched off every night."""
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


def empty_trash() -> None:
    """Purge what has been in the trash long enough, then delete stored files without references."""
    photos = image_trash.purge()
    models = model_purge.purge()
    runs = training_trash.purge()
    files = stored_files.free_unneeded_files()
    _log.info("%s photos, %s models, %s runs left the trash, %s files freed", photos, models, runs, files)


_watch = lost_runs.Watch()


def end_lost_runs() -> None:
    """Resume or fail each active run whose process died."""
    lost_runs.end_lost_runs(_watch)


def look_for_alerts() -> None:
    """Make messages of what has happened."""
    alert_events.look()


EVERY_ROUND = (
    end_lost_runs,
    lost_runs.enqueue_forgotten_runs,
    near_duplicates.enqueue_waiting,
    look_for_alerts,
    alert_deliveries.send_waiting,
)
"""Each in a thread of its own: a mail server that does not answer delays messages and nothing else."""
EVERY_DAY = (
    data_imports.remove_abandoned,
    empty_trash,
    export_runs.remove_old,
    perceptual_hashes.fill_missing,
    image_zips.remove_left,
    renditions.remove_unused,
    tiles.remove_unused,
    near_duplicates.forget_gone_images,
    features.request_missing,
    sessions.remove_ended,
    alert_deliveries.remove_old,
    backups.remove_left,
)


def main() -> None:
    """Run until SIGTERM or SIGINT."""
    processes.begin(application(), processes.JANITOR)
    scheduler = BlockingScheduler(timezone="UTC")
    for work in EVERY_ROUND:
        scheduler.add_job(in_app(work), "interval", seconds=INTERVAL_SECONDS, max_instances=1, coalesce=True)
    scheduler.add_job(
        in_app(company_sign_in.check_again),
        "interval",
        minutes=MINUTES_BETWEEN_DIRECTORY_CHECKS,
        max_instances=1,
        coalesce=True,
    )
    scheduler.add_job(
        in_app(backups.back_up_when_due),
        "interval",
        minutes=MINUTES_BETWEEN_BACKUP_CHECKS,
        next_run_time=now() + FIRST_CLEANING,
        max_instances=1,
        coalesce=True,
    )
    for work in EVERY_DAY:
        scheduler.add_job(
            in_app(work), "interval", days=1, next_run_time=now() + FIRST_CLEANING, max_instances=1
        )
    scheduler.start()


if __name__ == "__main__":
    main()
