"""Models: create, change, list with their counts, open."""

import unicodedata
from dataclasses import dataclass
from typing import Any

from flask_babel import gettext as _
from sqlalchemy import or_, select
from sqlalchemy.dialects.postgresql import distinct_on
from sqlalchemy.exc import IntegrityError
from sqlalchemy.orm import joinedload

from webapp.audit.objects import values_of
from webapp.audit.recording import record
from webapp.contracts.run_status import ACTIVE
from webapp.core.errors import UserError
from webapp.core.extensions import db
from webapp.formats.files import filenames
from webapp.formats.files.filenames import clean_line, clean_lines
from webapp.models import (
    AuditAction,
    DetectionModel,
    ImageCount,
    LibraryKind,
    LibraryRun,
    RunStatus,
    Split,
    TrainingRun,
    User,
    Weights,
)
from webapp.projects.access import Bound, role_in, visible_to

MAX_NAME_LENGTH = 100
MAX_DESCRIPTION_LENGTH = 2000


@dataclass(frozen=True)
class ModelSummary:
    """A model with what its card and its rail show."""

    model: DetectionModel
    counts: dict[str, int]
    """Photos: ``train``, ``validation``, ``test``, ``unlabelled``."""
    last_run: TrainingRun | None
    """The newest completed or stopped training run."""
    active_run: TrainingRun | None
    is_trained: bool
    newest_run: TrainingRun | None = None
    """The newest training run that has ended, including failed ones."""
    copy_run: LibraryRun | None = None
    """The run that copies photos into it, if it is active or ended without success."""
    weights: Weights | None = None
    """Those in use."""

    @property
    def images_count(self) -> int:
        """Photos of all splits."""
        return sum(self.counts[split] for split in Split)

    @property
    def unlabelled_count(self) -> int:
        """Photos without labels."""
        return self.counts["unlabelled"]

    @property
    def has_completed_run(self) -> bool:
        """Whether prediction is unlocked."""
        return self.is_trained

    @property
    def ap(self) -> float | None:
        """Mask AP of the weights in use, 0 to 100."""
        return self.weights.ap if self.weights else None


def get_model(model_id: int) -> DetectionModel:
    """The row of an existing model, even if it is in the trash."""
    return db.session.get_one(DetectionModel, model_id)


def open_model(model_id: int, user: User | None = None) -> DetectionModel:
    """Raises UserError (404) where there is none, or it is not there for this person.

    ``user`` is for ids that do not stand in the address, which the doors have looked at already.
    """
    model = db.session.get(DetectionModel, model_id)
    if model is None or model.deleted_at is not None or (user is not None and role_in(user, model) is None):
        raise _no_such_model()
    return model


def _no_such_model() -> UserError:
    return UserError(_("There is no such model: it may have been deleted."), code="not_found", status=404)


def lock(model: DetectionModel) -> None:
    """Lock the model's row until the caller's transaction ends.

    Raises UserError (404) if it was deleted in the meantime. Photos can still be added and deleted.
    """
    held = db.session.scalar(
        select(DetectionModel)
        .where(DetectionModel.id == model.id, DetectionModel.deleted_at.is_(None))
        .with_for_update(key_share=True)
        .execution_options(populate_existing=True)
    )
    if held is None:
        raise _no_such_model()


def list_models(user: User, bound: Bound = None) -> list[DetectionModel]:
    """Those that are there for this person, and for the token where it is bound, in order of creation."""
    statement = select(DetectionModel).where(DetectionModel.deleted_at.is_(None), visible_to(user, bound))
    return list(db.session.scalars(statement.order_by(DetectionModel.id)))


def summarise(models: list[DetectionModel]) -> list[ModelSummary]:
    """The figures of these models, with one query for each kind of figure instead of one for each model."""
    ids = [model.id for model in models]
    # Query active runs first: if one ends in between, the later queries find its results.
    # In the other order a card would show neither, and nothing would refresh it.
    copies = _copies(ids)
    active = _newest_runs(ids, TrainingRun.status.in_(ACTIVE))
    counts = {model_id: _no_photos() for model_id in ids}
    for row in db.session.scalars(select(ImageCount).where(ImageCount.model_id.in_(ids))):
        counts[row.model_id][row.split.value] += row.count
        if not row.labelled:
            counts[row.model_id]["unlabelled"] += row.count
    last = _newest_runs(ids, TrainingRun.status.in_([RunStatus.COMPLETED, RunStatus.STOPPED]))
    newest = _newest_runs(ids, TrainingRun.status.not_in(ACTIVE))
    trained_ids = trained(ids)
    in_use = _weights([model.weights_in_use_id for model in models])
    return [
        ModelSummary(
            m,
            counts[m.id],
            last.get(m.id),
            active.get(m.id),
            m.id in trained_ids,
            newest.get(m.id),
            copies.get(m.id),
            in_use.get(m.weights_in_use_id),
        )
        for m in models
    ]


def summary(model: DetectionModel) -> ModelSummary:
    """The summary of one model."""
    return summarise([model])[0]


def trained(model_ids: list[int]) -> set[int]:
    """Ids of those models that have weights in use, or weights of one of their runs, which unlocks prediction.

    Weights of a run in the trash do not count.
    """
    of_runs = (
        select(Weights.id)
        .join(TrainingRun, Weights.run_id == TrainingRun.id)
        .where(Weights.model_id == DetectionModel.id, TrainingRun.deleted_at.is_(None))
    )
    return set(
        db.session.scalars(
            select(DetectionModel.id).where(
                DetectionModel.id.in_(model_ids),
                or_(DetectionModel.weights_in_use_id.is_not(None), of_runs.exists()),
            )
        )
    )


def _weights(ids: list[int | None]) -> dict[int | None, Weights]:
    rows = db.session.scalars(
        select(Weights)
        .where(Weights.id.in_([weights_id for weights_id in ids if weights_id is not None]))
        .options(joinedload(Weights.run).selectinload(TrainingRun.weights))
    )
    return {row.id: row for row in rows}


def _newest_runs(model_ids: list[int], condition: Any) -> dict[int, TrainingRun]:
    rows = db.session.scalars(
        select(TrainingRun)
        .where(TrainingRun.model_id.in_(model_ids), TrainingRun.deleted_at.is_(None), condition)
        .order_by(TrainingRun.model_id, TrainingRun.number.desc())
        .ext(distinct_on(TrainingRun.model_id))
    )
    return {run.model_id: run for run in rows}


def _copies(model_ids: list[int]) -> dict[int, LibraryRun]:
    rows = db.session.scalars(
        select(LibraryRun)
        .where(LibraryRun.model_id.in_(model_ids), LibraryRun.kind == LibraryKind.COPY)
        .order_by(LibraryRun.model_id, LibraryRun.id.desc())
        .ext(distinct_on(LibraryRun.model_id))
    )
    return {run.model_id: run for run in rows if run.status != RunStatus.COMPLETED}


def _no_photos() -> dict[str, int]:
    return {split.value: 0 for split in Split} | {"unlabelled": 0}


def create_model(
    name: str, description: str, user: User | None, picture: str | None = None
) -> DetectionModel:
    """Raises UserError beside the field: no name, too long, taken. ``picture`` is the hash of a stored photo."""
    model = DetectionModel(
        name=checked_name(name),
        description=_checked_description(description),
        picture_sha256=picture,
        created_by_id=user.id if user else None,
    )
    db.session.add(model)
    record(AuditAction.CREATE, model, after=values_of(model))
    flush_name()
    db.session.commit()
    return model


def update_model(model: DetectionModel, name: str | None, description: str | None) -> None:
    """Change what is given; raises UserError as ``create_model`` does."""
    if name is not None:
        model.name = checked_name(name)
    if description is not None:
        model.description = _checked_description(description)
    record(AuditAction.EDIT, model)
    flush_name()
    db.session.commit()


def taken_names() -> set[str]:
    """Names of the models that are not in the trash, in lower case."""
    names = select(DetectionModel.name).where(DetectionModel.deleted_at.is_(None))
    return {name.lower() for name in db.session.scalars(names)}


def free_name(wanted: str, taken: set[str]) -> str:
    """The name itself where it is not one of ``taken_names``, else with a number: «Screw (2)»."""

    def numbered(number: int) -> str:
        end = f" ({number})"
        return wanted[: MAX_NAME_LENGTH - len(end)].rstrip() + end

    return filenames.free_name(wanted, numbered, lambda name: name.lower() in taken)


def set_picture(model: DetectionModel, sha256: str | None) -> None:
    """The card's picture, a stored photo; None is the default picture."""
    model.picture_sha256 = sha256
    record(AuditAction.EDIT, model)
    db.session.commit()


def checked_name(name: str) -> str:
    """The name as it is stored: white space collapsed, no invisible or direction-changing characters.

    Raises UserError if it is empty or too long.
    """
    clean = clean_line(name)
    # A name of combining marks, blanks and joiners alone would be invisible.
    if all(unicodedata.category(letter)[0] in "CMZ" for letter in clean):
        raise UserError(_("Give the model a name."), code="name_missing", field="name")
    if len(clean) > MAX_NAME_LENGTH:
        raise UserError(
            _("The name may have at most %(n)s characters.", n=MAX_NAME_LENGTH),
            code="name_long",
            field="name",
        )
    return clean


def _checked_description(description: str) -> str:
    clean = clean_lines(description)
    if len(clean) > MAX_DESCRIPTION_LENGTH:
        raise UserError(
            _("The description may have at most %(n)s characters.", n=MAX_DESCRIPTION_LENGTH),
            code="description_long",
            field="description",
        )
    return clean


def flush_name() -> None:
    """Flush; raises UserError (409) if another model has the name."""
    try:
        db.session.flush()
    except IntegrityError as error:
        db.session.rollback()
        raise UserError(
            _("Another model has this name already: choose a different one."),
            code="name_taken",
            status=409,
            field="name",
        ) from error
