"""The categories of a model."""

from sqlalchemy import select

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
    """Ids by name; a name that the model does not have is added at the end. The caller commits.

    "Date" is "date" where the model has the one already: two that differ in case alone are a slip, and each
    would be learnt from half of the labels.
    """
    there = list_categories(model)
    exact = {category.name: category for category in there}
    folded = {category.name.casefold(): category for category in reversed(there)}
    position = max((category.position for category in there), default=-1)
    found: dict[str, Category] = {}
    for name in names:
        category = exact.get(name) or folded.get(name.casefold())
        if category is None:
            position += 1
            color = PALETTE[len(exact) % len(PALETTE)]
            category = Category(model_id=model.id, name=name, color=color, position=position)
            db.session.add(category)
            exact[name] = folded[name.casefold()] = category
        found[name] = category
    db.session.flush()
    return {name: category.id for name, category in found.items()}
