"""Training runs: start, stop, resume, list; a worker carries them out (``jobs/tasks/training.py``).

Each change of state is a conditional UPDATE, so that of two processes only one succeeds.
"""

from typing import Any

from flask_babel import gettext as _
from pydantic import ValidationError
from sqlalchemy import func, select

from webapp.audit.objects import values_of
from webapp.audit.recording import record
from webapp.contracts.run_status import ACTIVE, AT_WORK
from webapp.contracts.training_parameters import Architecture, TrainingParameters
from webapp.core import queues
from webapp.core.errors import UserError
from webapp.core.extensions import db
from webapp.images.similar import leak_check
from webapp.models import AuditAction, DetectionModel, RunLoss, RunStatus, Split, TrainingRun, User
from webapp.models.columns import now
from webapp.projects import detection_models
from webapp.runs import states as run_states
from webapp.runs import training_machine
from webapp.training import dataset_versions, memory
from webapp.training import defaults as training_defaults
from webapp.training.cross_validation import out_of_fold, plan
from webapp.training.parameter_fields import allowed, describe
from webapp.training.weights import files as weights_files
from webapp.training.weights import in_use

JOB = "jobs.tasks.training.train_run"
AUTOMATIC_RESUMES = 3
"""In a row without a new checkpoint in between."""


def defaults(model: DetectionModel) -> TrainingParameters:
    """The defaults for this model and machine, overridden by those saved with the model."""
    base = training_defaults.product_defaults(model)
    return base.model_copy(update=_valid_part(model.training_defaults))


def _valid_part(saved: dict[str, Any]) -> dict[str, Any]:
    try:
        checked = TrainingParameters(**saved)
    except ValidationError:
        return {}
    # Saved before runs could be given a time.
    earlier = "iterations" in saved and "time_budget_minutes" not in saved
    return {name: getattr(checked, name) for name in saved} | ({"time_budget_minutes": 0} if earlier else {})


def save_defaults(model: DetectionModel, changes: dict[str, Any]) -> TrainingParameters:
    """Save these parameters as the model's defaults; raises UserError as ``checked_parameters``."""
    parameters = checked_parameters(model, changes)
    model.training_defaults = parameters.model_dump(mode="json")
    record(AuditAction.EDIT, model)
    db.session.commit()
    return parameters


def restore_defaults(model: DetectionModel) -> None:
    """Delete the model's saved defaults."""
    model.training_defaults = {}
    record(AuditAction.EDIT, model)
    db.session.commit()


def checked_parameters(model: DetectionModel, changes: dict[str, Any]) -> TrainingParameters:
    """The model's defaults with these changes; raises UserError that names the first wrong parameter."""
    try:
        return TrainingParameters(**(defaults(model).model_dump() | TrainingParameters.explicit(changes)))
    except ValidationError as error:
        fields = {field["name"]: field for field in describe(defaults(model))}
        names = [".".join(map(str, fault["loc"])) for fault in error.errors()]
        faults = [{"parameter": name, "detail": _fault(name, fields.get(name))} for name in names]
        raise UserError(
            faults[0]["detail"],
            code="parameter_invalid",
            field=faults[0]["parameter"],
            faults=faults,
        ) from error


def _fault(name: str, field: dict[str, Any] | None) -> str:
    if field is None:
        return _("There is no parameter named %(name)s: leave it out.", name=name)
    return _("%(label)s: %(sentence)s", label=field["label"], sentence=allowed(field))


def start(
    model: DetectionModel,
    user: User | None,
    changes: dict[str, Any],
    weights_id: int | None = None,
    allow_empty: set[Split] | None = None,
) -> TrainingRun:
    """Freeze the labels and queue a run; raises UserError with the reason if they cannot be trained on."""
    parameters = checked_parameters(model, changes)
    initial = weights_files.open_weights(model, weights_id) if weights_id is not None else None
    if initial is not None and initial.architecture != parameters.architecture:
        raise UserError(
            _("These weights are of another architecture: choose the same one, or the default weights."),
            code="weights_other_architecture",
            field="weights_id",
        )
    if (
        initial is None
        and parameters.architecture == Architecture.R50_FPN
        and not training_machine.coco_weights_installed()
    ):
        raise UserError(
            _("R50-FPN needs the COCO weights, which are not installed: choose EfficientNet-Lite0."),
            code="pretrained_missing",
            field="architecture",
        )
    # This lock serialises starts of a model: run number and frozen labels are determined under it.
    detection_models.lock(model)
    version = dataset_versions.freeze(model, allow_empty or set(), in_folds=parameters.folds > 0)
    fold_of = plan.divided(model, version, parameters) if parameters.folds else {}
    seen = len(fold_of) or version.counts[Split.TRAIN]
    memory.refuse_too_large(parameters, seen + (0 if fold_of else version.counts[Split.VALIDATION]))
    number = db.session.scalar(
        select(func.coalesce(func.max(TrainingRun.number), 0) + 1).where(TrainingRun.model_id == model.id)
    )
    judging = () if fold_of else ("validation", "test")
    notices = [f"{split}_split_empty" for split in judging if version.counts[split] == 0]
    if "architecture" not in changes and training_defaults.falls_back_to_cpu_architecture():
        notices.append("cpu_architecture")
    run = TrainingRun(
        model_id=model.id,
        number=number,
        parameters=parameters.model_dump(mode="json"),
        dataset_version_id=version.id,
        initial_weights_id=initial.id if initial else None,
        initial_weights=initial.document if initial else None,
        iterations=parameters.iterations_for(seen) * parameters.trainings,
        leaks=(
            leak_check.of_folds(model, len(fold_of))
            if fold_of
            else leak_check.check(model, leak_check.RECORDED)
        ).document(),
        notices=notices,
        value_range=model.range_in_use.numbers if model.range_in_use else None,
        created_by_id=user.id if user else None,
    )
    db.session.add(run)
    db.session.flush()
    if fold_of:
        out_of_fold.plan(run.id, fold_of)
    record(AuditAction.TRAIN, run, after=values_of(run))
    db.session.commit()
    enqueue(run)
    return run


def enqueue(run: TrainingRun) -> None:
    """Queue the job. Call it after the commit; the janitor repeats it for a run whose job was lost."""
    run.job_id = queues.enqueue(queues.TRAIN, JOB, run.id)
    db.session.commit()


def find_run(model: DetectionModel, run_id: int | None) -> TrainingRun | None:
    """The run of this model with this id; None if there is none or it is in the trash."""
    run = db.session.get(TrainingRun, run_id) if run_id is not None else None
    return run if run is not None and run.model_id == model.id and run.deleted_at is None else None


def open_run(run_id: int) -> TrainingRun:
    """Raises UserError (404)."""
    run = db.session.get(TrainingRun, run_id)
    if run is None or run.deleted_at is not None or run.model.deleted_at is not None:
        raise UserError(_("There is no such training run."), code="not_found", status=404)
    return run


def list_runs(model: DetectionModel, before: int | None = None, limit: int = 50) -> list[TrainingRun]:
    """Newest first; ``before`` is the id of the last one seen."""
    statement = select(TrainingRun).where(TrainingRun.model_id == model.id, TrainingRun.deleted_at.is_(None))
    if before is not None:
        statement = statement.where(TrainingRun.id < before)
    return list(db.session.scalars(statement.order_by(TrainingRun.id.desc()).limit(limit)))


def list_losses(run_id: int, after: int = 0, limit: int = 10_000) -> list[RunLoss]:
    """In order of iteration."""
    return list(
        db.session.scalars(
            select(RunLoss)
            .where(RunLoss.run_id == run_id, RunLoss.iteration > after)
            .order_by(RunLoss.iteration)
            .limit(limit)
        )
    )


def request_stop(run: TrainingRun) -> None:
    """Ask the run to stop; a queued one is stopped at once, one that has ended does not change."""
    run_states.request_stop(run)


def can_resume(run: TrainingRun) -> bool:
    """Whether the run failed: it can resume from its last checkpoint, or from the beginning without one."""
    return run.status == RunStatus.FAILED


def resume(run: TrainingRun) -> None:
    """Queue a failed run again; raises UserError (409) where it has not failed, or has weights in use.

    It has all its turns to go on by itself again. After a loss that diverged the same steps would diverge again, so the
    learning rate is halved.
    """
    # A run that goes on replaces its weights; under the lock nobody takes them into use meanwhile.
    detection_models.lock(run.model)
    if in_use.are_of(run):
        raise UserError(
            _(
                "The weights of this run are in use, and going on would replace them: take others into use first."
            ),
            code="weights_in_use",
            status=409,
        )
    db.session.refresh(run)
    if can_resume(run):
        record(AuditAction.RESUME, run)
    values: dict[str, Any] = {}
    if run.error and run.error["code"] == "loss_diverged":
        values["parameters"] = run.parameters | {"learning_rate": run.parameters["learning_rate"] / 2}
        values["notices"] = [*run.notices, "learning_rate_halved"]
    if not change_state(
        run.id,
        (RunStatus.FAILED,),
        RunStatus.QUEUED,
        error=None,
        finished_at=None,
        stop_requested_at=None,
        job_id=None,
        resumes=0,
        **values,
    ):
        raise UserError(_("Only a run that failed can be resumed."), code="not_failed", status=409)
    enqueue(run)


def resume_lost(run_id: int) -> bool:
    """Resume a run whose worker or machine died; False after ``AUTOMATIC_RESUMES`` without progress in between."""
    run = db.session.get_one(TrainingRun, run_id)
    if run.resumes >= AUTOMATIC_RESUMES or not change_state(
        run_id,
        AT_WORK,
        RunStatus.QUEUED,
        resumes=run.resumes + 1,
        notices=list(dict.fromkeys([*run.notices, "resumed_by_itself"])),
        job_id=None,
    ):
        return False
    enqueue(run)
    return True


def change_state(run_id: int, expected: tuple[RunStatus, ...], status: RunStatus, **values: Any) -> bool:
    """Change the status if it is one of ``expected``; False if it is not."""
    return run_states.change_state(TrainingRun, run_id, expected, status, **values)


def fail(run_id: int, error: dict[str, Any]) -> bool:
    """Fail a run with a document of ``webapp.runs.errors``; False if it had already ended."""
    return change_state(run_id, ACTIVE, RunStatus.FAILED, error=error, finished_at=now(), eta_seconds=None)
