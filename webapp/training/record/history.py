"""The record of a model's training runs: list, name, compare."""

from dataclasses import dataclass
from typing import Any

from flask_babel import gettext as _
from sqlalchemy import Select, func, or_, select

from webapp.audit.recording import record
from webapp.contracts.training_parameters import TrainingParameters
from webapp.core.errors import UserError
from webapp.core.extensions import db
from webapp.formats.files.filenames import clean_line, clean_lines
from webapp.models import AuditAction, DetectionModel, RunStatus, TrainingRun
from webapp.training.parameter_fields import describe

MAX_NAME_LENGTH = 100
MAX_NOTE_LENGTH = 5000
MOST_COMPARED = 6


@dataclass(frozen=True)
class Filter:
    """A filter of the list; empty fields match every run."""

    sort: str = "newest"
    status: str = ""
    text: str = ""
    """In name or note."""


@dataclass(frozen=True)
class Difference:
    """A parameter that differs; ``values`` in the order of the runs, None if a run is older than the parameter."""

    parameter: dict[str, Any]
    values: list[Any]


def list_history(model: DetectionModel, wanted: Filter, offset: int, limit: int) -> list[TrainingRun]:
    """A page of the model's runs."""
    accuracy = TrainingRun.metrics["segm"]["AP"].as_float()
    order = {
        "oldest": [TrainingRun.id],
        "accuracy": [accuracy.desc().nulls_last(), TrainingRun.id.desc()],
        "duration": [
            (TrainingRun.finished_at - TrainingRun.started_at).desc().nulls_last(),
            TrainingRun.id.desc(),
        ],
    }.get(wanted.sort, [TrainingRun.id.desc()])
    statement = _filtered(select(TrainingRun), model, wanted)
    return list(db.session.scalars(statement.order_by(*order).offset(offset).limit(limit)))


def count_history(model: DetectionModel, wanted: Filter) -> int:
    """Number of runs on all pages."""
    return db.session.scalar(_filtered(select(func.count(TrainingRun.id)), model, wanted)) or 0


def _filtered(statement: Select[Any], model: DetectionModel, wanted: Filter) -> Select[Any]:
    statement = statement.where(TrainingRun.model_id == model.id, TrainingRun.deleted_at.is_(None))
    if wanted.status in list(RunStatus):
        statement = statement.where(TrainingRun.status == RunStatus(wanted.status))
    if wanted.text:
        statement = statement.where(
            or_(
                TrainingRun.name.icontains(wanted.text, autoescape=True),
                TrainingRun.note.icontains(wanted.text, autoescape=True),
            )
        )
    return statement


def describe_run(run: TrainingRun, name: str, note: str) -> None:
    """Set name and note of a run; raises UserError beside the field that is too long."""
    clean = clean_line(name)
    text = clean_lines(note)
    if len(clean) > MAX_NAME_LENGTH:
        raise UserError(
            _("The name may have at most %(n)s characters.", n=MAX_NAME_LENGTH),
            code="name_long",
            field="name",
        )
    if len(text) > MAX_NOTE_LENGTH:
        raise UserError(
            _("The note may have at most %(n)s characters.", n=MAX_NOTE_LENGTH),
            code="note_long",
            field="note",
        )
    run.name, run.note = clean, text
    record(AuditAction.EDIT, run)
    db.session.commit()


def runs_to_compare(model: DetectionModel, ids: list[int]) -> list[TrainingRun]:
    """The runs in the given order; raises UserError for fewer than two or too many."""
    wanted = list(dict.fromkeys(ids))
    found = {
        run.id: run
        for run in db.session.scalars(
            select(TrainingRun).where(
                TrainingRun.id.in_(wanted), TrainingRun.model_id == model.id, TrainingRun.deleted_at.is_(None)
            )
        )
    }
    runs = [found[run_id] for run_id in wanted if run_id in found]
    if not 2 <= len(runs) <= MOST_COMPARED:
        raise UserError(
            _("Tick two to %(most)s runs to compare them.", most=MOST_COMPARED), code="runs_to_compare"
        )
    return runs


def differences(runs: list[TrainingRun]) -> list[Difference]:
    """The parameters that differ between the runs, in the order of the form."""
    return [
        Difference(one, [run.parameters.get(one["name"]) for run in runs])
        for one in describe(TrainingParameters())
        if len({str(run.parameters.get(one["name"])) for run in runs}) > 1
    ]
