"""The categories of a model."""

from flask_babel import gettext as _
from sqlalchemy import func, select
from sqlalchemy.exc import IntegrityError

from webapp.audit.recording import record
from webapp.core.errors import UserError
from webapp.core.extensions import db
from webapp.models import Annotation, AuditAction, AuditKind, Category, DetectionModel

# Okabe and Ito's palette, distinguishable with any kind of colour vision.
PALETTE = ("#0072b2", "#e69f00", "#009e73", "#cc79a7", "#56b4e9", "#d55e00", "#f0e442", "#7f7f7f")
MAX_NAME_LENGTH = 100


def list_categories(model: DetectionModel) -> list[Category]:
    """In the model's order."""
    return list(
        db.session.scalars(
            select(Category).where(Category.model_id == model.id).order_by(Category.position, Category.id)
        )
    )


def ensure(model: DetectionModel, names: list[str]) -> dict[str, int]:
    """Category ids by name; missing categories are added at the end. The caller commits.

    Names are compared without case: "Date" gives the id of an existing "date", since two categories that differ
    only in case are a mistake that would split the labels.
    """
    there = list_categories(model)
    exact = {category.name: category for category in there}
    folded = {category.name.casefold(): category for category in reversed(there)}
    position = max((category.position for category in there), default=-1)
    found: dict[str, Category] = {}
    made: list[Category] = []
    for name in names:
        category = exact.get(name) or folded.get(name.casefold())
        if category is None:
            position += 1
            color = PALETTE[len(exact) % len(PALETTE)]
            category = Category(model_id=model.id, name=name, color=color, position=position)
            db.session.add(category)
            made.append(category)
            exact[name] = folded[name.casefold()] = category
        found[name] = category
    if made:
        names = [category.name for category in made]
        name = names[0] if len(names) == 1 else ""
        record(
            AuditAction.CREATE,
            kind=AuditKind.CATEGORY,
            name=name,
            model_id=model.id,
            rows=made,
            after={"name": names},
        )
    db.session.flush()
    return {name: category.id for name, category in found.items()}


def create(model: DetectionModel, name: str) -> Category:
    """Add a category at the end, in the next colour of the palette. Commits.

    Raises UserError beside ``name`` where it is empty, too long or there already.
    """
    name = checked_name(name)
    refuse_double(model, name)
    ensure(model, [name])
    commit_name()
    return db.session.scalars(
        select(Category).where(Category.model_id == model.id, Category.name == name)
    ).one()


def usage(model_id: int) -> dict[int, int]:
    """Number of shapes by category id, without categories that have none."""
    rows = db.session.execute(
        select(Annotation.category_id, func.count())
        .join(Category)
        .where(Category.model_id == model_id)
        .group_by(Annotation.category_id)
    )
    return {row[0]: row[1] for row in rows}


def of_model(model: DetectionModel, category_id: int) -> Category:
    """Raises UserError (404) where this model has no such category."""
    category = find_category(model, category_id)
    if category is None:
        raise no_such_category()
    return category


def is_name(name: str) -> bool:
    """Whether a category may have this name, whose white space is already normalised."""
    return 0 < len(name) <= MAX_NAME_LENGTH and name.isprintable()


def checked_name(name: str) -> str:
    """The name with single spaces; raises UserError beside ``name``."""
    name = " ".join(name.split())
    if not is_name(name):
        sentence = _("A category needs a name of at most 100 characters.")
        raise UserError(sentence, code="name_invalid", field="name")
    return name


def no_such_category() -> UserError:
    """The error for a category that was deleted or merged."""
    return UserError(_("This category is not there any more: reload the page."), code="not_found", status=404)


def refuse_double(model: DetectionModel, name: str, but: Category | None = None) -> None:
    """Raises UserError if another category has the name, compared without case."""
    for other in list_categories(model):
        if other is not but and other.name.casefold() == name.casefold():
            raise _double(name)


def _double(name: str) -> UserError:
    return UserError(
        _("There is a category “%(name)s” already: merge the two, or choose another name.", name=name),
        code="name_taken",
        status=409,
        field="name",
    )


def commit_name() -> None:
    """Commit; raises UserError if another request used the name in the meantime."""
    try:
        db.session.commit()
    except IntegrityError as error:
        db.session.rollback()
        raise _double("") from error


def find_category(model: DetectionModel, category_id: int) -> Category | None:
    """The category of this model with this id; None where it has none."""
    category = db.session.get(Category, category_id)
    return category if category is not None and category.model_id == model.id else None


def id_of(model: DetectionModel, name: str) -> int | None:
    """The id of the category with exactly this name; None where there is none."""
    return db.session.scalar(select(Category.id).where(Category.model_id == model.id, Category.name == name))
