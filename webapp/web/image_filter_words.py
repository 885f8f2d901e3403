"""A filter of photos in words, for the pages that show what it is set to."""

from dataclasses import dataclass

from flask_babel import format_date
from flask_babel import gettext as _
from sqlalchemy import select

from webapp.core.extensions import db
from webapp.images.browsing.queries import Sort
from webapp.models import Category, DetectionModel
from webapp.web.image_filter import PhotoFilter


@dataclass(frozen=True)
class Narrowing:
    """One part of a filter, and the filter without it."""

    words: str
    without: PhotoFilter


def sorts() -> list[tuple[str, str]]:
    """The orders, for a select field."""
    return [
        (Sort.UNLABELLED.value, _("Unlabelled first")),
        (Sort.NAME.value, _("By name")),
        (Sort.NEWEST.value, _("Newest first")),
        (Sort.OLDEST.value, _("Oldest first")),
    ]


def category_choices(model: DetectionModel) -> list[tuple[str, str]]:
    """The categories of a model, for a select field."""
    rows = db.session.execute(
        select(Category.id, Category.name)
        .where(Category.model_id == model.id)
        .order_by(Category.position, Category.id)
    )
    return [("", _("All categories"))] + [(str(number), name) for number, name in rows]


def narrowed(model: DetectionModel, shown: PhotoFilter) -> list[Narrowing]:
    """What is set beside the split and the labels, each with the way to take it back."""
    parts = []
    if shown.category is not None:
        category = db.session.get(Category, shown.category)
        known = category is not None and category.model_id == model.id
        name = category.name if category and known else "?"
        parts.append(Narrowing(_("Category: %(name)s", name=name), shown.change(category=None)))
    if shown.name:
        parts.append(Narrowing(_("Name: %(name)s", name=shown.name), shown.change(name="")))
    if shown.first_day:
        day = format_date(shown.first_day)
        parts.append(Narrowing(_("Added from %(day)s", day=day), shown.change(first_day=None)))
    if shown.last_day:
        day = format_date(shown.last_day)
        parts.append(Narrowing(_("Added until %(day)s", day=day), shown.change(last_day=None)))
    if shown.reviewed is not None:
        words = _("Reviewed") if shown.reviewed else _("Not reviewed")
        parts.append(Narrowing(words, shown.change(reviewed=None)))
    if shown.rejected:
        parts.append(Narrowing(_("Labels rejected"), shown.change(rejected=False)))
    return parts
