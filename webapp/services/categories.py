"""The categories of a model."""

from sqlalchemy import func, select

from webapp.extensions import db
from webapp.models import Category, DetectionModel

# Okabe and Ito's palette: told apart by people with any kind of colour vision.
PALETTE = ("#0072b2", "#e69f00", "#009e73", "#cc79a7", "#56b4e9", "#d55e00", "#f0e442", "#7f7f7f")


def list_categories(model: DetectionModel) -> list[Category]:
    """In the model's order."""
    return list(
        db.session.scalars(
            select(Category).where(Category.model_id == model.id).order_by(Category.position, Category.id)
        )
    )


def ensure(model: DetectionModel, names: list[str]) -> dict[str, int]:
    """Ids by name; a name that the model does not have is added at the end. The caller commits."""
    known = {category.name: category for category in list_categories(model)}
    position = db.session.scalar(
        select(func.coalesce(func.max(Category.position) + 1, 0)).where(Category.model_id == model.id)
    )
    for name in names:
        if name not in known:
            known[name] = Category(
                model_id=model.id, name=name, color=PALETTE[len(known) % len(PALETTE)], position=position
            )
            db.session.add(known[name])
            position = (position or 0) + 1
    db.session.flush()
    return {name: known[name].id for name in names}
