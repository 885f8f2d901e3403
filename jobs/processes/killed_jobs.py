"""What becomes of a run whose work horse was killed. Never imports torch."""

import logging

from rq.job import Job

from jobs.processes.app_context import application
from webapp.core.extensions import db
from webapp.operations import lost_runs

_log = logging.getLogger(__name__)


def fail_killed_job(job: Job) -> None:
    """The work horse of this job was killed: resume or fail its run."""
    for kind in lost_runs.KINDS:
        if job.func_name in kind.jobs:
            with application().app_context():
                _log.error("%s%s was killed", job.func_name, job.args)
                lost_runs.end(kind.after_kill, kind.fail, job.args[0], f"{kind.words}killed")
                db.session.remove()
