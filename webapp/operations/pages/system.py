"""The state of the installation, for administrators: processes, queues, machine, room, versions, errors, backups."""

from datetime import datetime
from typing import Any

from flask import Blueprint, current_app, flash, redirect, render_template, url_for
from flask_babel import gettext as _
from flask_login import current_user
from redis.exceptions import RedisError
from werkzeug.wrappers import Response

from webapp.backups import records, requested
from webapp.core import disk_space, queues
from webapp.core.errors import UserError
from webapp.core.monitoring import processes
from webapp.models import LibraryRun, PredictionRun, Role, RunColumns, TrainingRun
from webapp.models.columns import now
from webapp.operations.alerts import deliveries, preferences
from webapp.operations.pages.space import size_words
from webapp.operations.status import errors, machine
from webapp.operations.status import processes as process_status
from webapp.operations.status.processes import Process
from webapp.projects import detection_models
from webapp.web.guards import requires

blueprint = Blueprint("system", __name__)


@blueprint.get("/system")
@requires(Role.ADMINISTRATOR)
def index() -> str:
    """The page."""
    switcher = detection_models.list_models(current_user)
    return render_template("operations/system.html", models_for_switcher=switcher, **_context())


@blueprint.get("/system/panel")
@requires(Role.ADMINISTRATOR)
def panel() -> str:
    """What the page asks for every few seconds."""
    return render_template("operations/_system.html", **_context())


@blueprint.post("/system/backup")
@requires(Role.ADMINISTRATOR)
def back_up() -> Response:
    """Have a backup made."""
    try:
        requested.request()
        flash(_("A backup will be made in its turn."), "success")
    except UserError as error:
        flash(error.message, "warning")
    return redirect(url_for("system.index"))


def _context() -> dict[str, Any]:
    settings = preferences.find()
    return {
        "room": disk_space.room(),
        "backup": records.last_backup(),
        "good_backup": records.last_good_backup(),
        "schedule": current_app.extensions["settings"],
        "channels": preferences.channels_of(settings) if settings else [],
        "alert_faults": deliveries.faults(),
        "size": size_words,
        "age": _age,
        "process_name": process_name,
        "process_work": process_work,
        "queue_name": queue_name,
        "version_name": version_name,
        "job_name": job_name,
        "run_name": run_name,
        "run_url": run_url,
        **_of_redis(),
    }


def _of_redis() -> dict[str, Any]:
    """Without Redis nobody knows of processes and queues, and the page says so."""
    try:
        found = process_status.list_processes()
        return {
            "redis_answers": True,
            "processes": found,
            "not_well": _not_well(found),
            "queues": process_status.queue_lengths(),
            "machine": machine.look(),
            "versions": machine.list_versions(),
            "errors": errors.newest(),
            "pending_backup": requested.pending(),
        }
    except RedisError:
        return {"redis_answers": False}


def _not_well(found: list[Process]) -> str:
    """Names of those of which none answers, in words."""
    alive = process_status.count_alive(found)
    return _(", ").join(process_name(name) for name, count in alive.items() if count == 0)


def _age(moment: datetime) -> float:
    """Seconds since then."""
    return (now() - moment).total_seconds()


def process_name(name: str) -> str:
    """A process in words."""
    words = {
        processes.WEB: _("Web server"),
        "worker-train": _("Training worker"),
        "worker-predict": _("Prediction worker"),
        processes.PREDICTOR: _("Predictor"),
        "worker-io": _("File worker"),
        processes.WATCH: _("Folder watcher"),
        processes.JANITOR: _("Scheduler"),
        processes.COMMAND: _("Command line"),
    }
    return words.get(name, name)


def process_work(name: str) -> str:
    """What a process is there for."""
    words = {
        processes.WEB: _("Pages and REST calls"),
        "worker-train": _("Trainings, one at a time"),
        "worker-predict": _("Predictions and similar photos"),
        processes.PREDICTOR: _("Single photos of the line"),
        "worker-io": _("Imports, exports, small pictures"),
        processes.WATCH: _("Photos in watched folders"),
        processes.JANITOR: _("Lost runs, trash, alerts, backups"),
    }
    return words.get(name, "")


def queue_name(name: str) -> str:
    """A queue in words."""
    words = {
        queues.TRAIN: _("Trainings"),
        queues.PREDICT: _("Predictions"),
        queues.IO: _("Files"),
        processes.PREDICTOR: _("Photos of the line"),
    }
    return words.get(name, name)


def version_name(name: str) -> str:
    """What a version is of; packages keep their names."""
    return {"program": _("Program"), "commit": _("Commit"), "tables": _("Tables")}.get(name, name)


def job_name(job: str) -> str:
    """A job without a run in words; by the name of its function where it has none."""
    words = {
        "draw_augmentation": _("Preview of augmentation"),
        "compute": _("Similar photos"),
        "compare_images": _("Similar photos"),
        "fill_hashes": _("Similar photos"),
        "make": _("Backup"),
        "make_thumbnails": _("Small pictures"),
        "free_unneeded_files": _("Deleting files"),
        "purge_models": _("Deleting files"),
        "take_part": _("A training of several machines"),
    }
    function = job.rpartition(".")[2]
    return words.get(function, function)


def run_name(run: RunColumns) -> str:
    """A run in words, without its model."""
    if isinstance(run, TrainingRun):
        return _("Training %(n)s", n=run.number)
    if isinstance(run, PredictionRun):
        return _("Prediction %(n)s", n=run.number)
    return _("Work on photos %(n)s", n=run.id)


def run_url(run: RunColumns) -> str | None:
    """The page of a run; work on photos has none of its own."""
    if isinstance(run, LibraryRun):
        return url_for("images.index", model_id=run.model_id)
    return url_for("training.show" if isinstance(run, TrainingRun) else "predict.show", run_id=run.id)
