"""Assigns photos to people: chosen ones to one person, or a share of the unlabelled to each of several."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Any

from flask_babel import gettext as _
from sqlalchemy import ColumnElement, Select, case, delete, func, literal, select
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.sql.dml import ReturningInsert

from webapp.audit.recording import record, touched
from webapp.core.errors import UserError
from webapp.core.extensions import db
from webapp.models import (
    Assignment,
    AuditAction,
    AuditKind,
    DetectionModel,
    Image,
    ModelMember,
    Review,
    Role,
    Split,
    User,
)
from webapp.models.columns import now
from webapp.projects import access


@dataclass(frozen=True)
class Work:
    """How far a person is with the photos of a model that are assigned to them."""

    user: User
    model: DetectionModel
    assigned: int
    labelled: int
    rejected: int
    """Whose labels were rejected: to be corrected."""

    @property
    def waiting(self) -> int:
        """Photos that are not labelled yet."""
        return self.assigned - self.labelled


def people_of(model: DetectionModel) -> list[User]:
    """Who may label photos of this model, by name: of a closed one its members and the administrators."""
    shown = func.lower(func.coalesce(func.nullif(User.name, ""), User.email))
    allowed = [role for role in Role if role.includes(Role.ANNOTATOR)]
    may: ColumnElement[bool] = User.role.in_(allowed)
    if model.closed:
        named = (ModelMember.model_id == model.id, ModelMember.role.in_(allowed))
        may = (User.role == Role.ADMINISTRATOR) | User.id.in_(select(ModelMember.user_id).where(*named))
    return list(db.session.scalars(select(User).where(User.active.is_(True), may).order_by(shown, User.id)))


def open_people(model: DetectionModel, ids: Iterable[int]) -> list[User]:
    """These people, by name. Raises UserError (422) where none is named, or one may not label."""
    wanted = set(ids)
    found = [user for user in people_of(model) if user.id in wanted]
    if not found or len(found) != len(wanted):
        raise UserError(
            _("Choose people who may label the photos of this model."), code="people_invalid", field="people"
        )
    return found


def assign(model: DetectionModel, chosen: ColumnElement[bool], person: User | None) -> int:
    """Give the model's photos that match ``chosen`` (a condition on ``Image``) to a person, or to nobody.

    Returns the number of photos for which that is new. Commits.
    """
    of_model = (Image.model_id == model.id, chosen)
    if person is None:
        meant = select(Image.id).where(*of_model)
        taken = delete(Assignment).where(Assignment.image_id.in_(meant)).returning(Assignment.image_id)
        ids = list(db.session.scalars(taken.execution_options(synchronize_session=False)))
    else:
        open_people(model, [person.id])
        rows = select(Image.id, Image.model_id, literal(person.id), literal(now())).where(*of_model)
        # In order of id: two that assign the same photos wait for each other in one direction.
        ids = list(db.session.scalars(_put(rows.order_by(Image.id))))
    _record(model, ids, [person] if person else [])
    db.session.commit()
    return len(ids)


def share(
    model: DetectionModel, people: Sequence[User], split: Split | None = None, each: int | None = None
) -> int:
    """Deal the unlabelled photos that are nobody's out to these people, in turn; the number of photos. Commits.

    ``each``: at most so many for each person. Raises UserError (409) where there are none.
    """
    wanted = [user.id for user in people]
    free = ~select(Assignment.image_id).where(Assignment.image_id == Image.id).exists()
    conditions = [Image.model_id == model.id, Image.labelled.is_(False), free]
    if split is not None:
        conditions.append(Image.split == split)
    place = func.row_number().over(order_by=(Image.created_at, Image.id)) - 1
    meant = select(Image.id, place.label("place")).where(*conditions).subquery()
    whose = case(dict(enumerate(wanted)), value=meant.c.place % len(wanted))
    rows = select(meant.c.id, literal(model.id), whose, literal(now()))
    if each is not None:
        rows = rows.where(meant.c.place < each * len(wanted))
    ids = list(db.session.scalars(_put(rows.order_by(meant.c.id))))
    if not ids:
        db.session.rollback()
        raise UserError(
            _("There is no unlabelled photo left that is nobody's."), code="nothing_to_assign", status=409
        )
    _record(model, ids, people)
    db.session.commit()
    return len(ids)


def work_of(model: DetectionModel) -> list[Work]:
    """Everybody who has photos of this model, by name."""
    return sorted(_work(Assignment.model_id == model.id), key=lambda work: work.user.display_name.lower())


def with_photos(model: DetectionModel) -> list[User]:
    """The same people without figures, as fast at 100,000 photos as at ten."""
    has = select(Assignment.image_id).where(Assignment.model_id == model.id, Assignment.user_id == User.id)
    return sorted(
        db.session.scalars(select(User).where(has.exists())), key=lambda user: user.display_name.lower()
    )


def own_work(user: User) -> list[Work]:
    """The models in which this person has photos."""
    mine = (Assignment.user_id == user.id) & Assignment.model_id.in_(
        select(DetectionModel.id).where(access.visible_to(user))
    )
    return sorted(_work(mine), key=lambda work: work.model.id)


def find_person(user_id: int) -> User | None:
    """The account; None if there is none."""
    return db.session.get(User, user_id)


def of_image(image: Image) -> User | None:
    """Whose photo it is; None: anybody's."""
    statement = select(User).join(Assignment, Assignment.user_id == User.id)
    return db.session.scalar(statement.where(Assignment.image_id == image.id))


def _work(condition: ColumnElement[bool]) -> list[Work]:
    counted = (
        select(
            Assignment.user_id,
            Assignment.model_id,
            func.count().label("assigned"),
            func.count().filter(Image.labelled).label("labelled"),
            func.count().filter(Image.review == Review.REJECTED).label("rejected"),
        )
        .join(Image, Image.id == Assignment.image_id)
        .where(condition)
        .group_by(Assignment.user_id, Assignment.model_id)
        .subquery()
    )
    rows = db.session.execute(
        select(User, DetectionModel, counted.c.assigned, counted.c.labelled, counted.c.rejected)
        .join(counted, counted.c.user_id == User.id)
        .join(DetectionModel, DetectionModel.id == counted.c.model_id)
        .where(DetectionModel.deleted_at.is_(None))
    )
    return [Work(*row) for row in rows]


def _put(rows: Select[*tuple[Any, ...]]) -> ReturningInsert[Any]:
    """An INSERT of image, model, person and time; a photo of somebody else changes hands."""
    statement = insert(Assignment).from_select(["image_id", "model_id", "user_id", "created_at"], rows)
    excluded = statement.excluded
    return statement.on_conflict_do_update(
        index_elements=[Assignment.image_id],
        set_={"user_id": excluded.user_id, "created_at": excluded.created_at},
        where=Assignment.user_id != excluded.user_id,
    ).returning(Assignment.image_id)


def _record(model: DetectionModel, ids: Sequence[int], people: Sequence[User]) -> None:
    if ids:
        touched(ids)
        after = {"people": [user.email for user in people]}
        record(AuditAction.ASSIGN, kind=AuditKind.IMAGE, model_id=model.id, after=after)
