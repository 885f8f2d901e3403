"""The active filters of a gallery as text, each with a link that removes it."""

from dataclasses import dataclass

from flask_babel import format_date
from flask_babel import gettext as _

from webapp.annotations import categories
from webapp.images.browsing.queries import Sort
from webapp.models import DetectionModel
from webapp.web.image_filter import ImageFilter


@dataclass(frozen=True)
class Narrowing:
    """One part of a filter, and the filter without it."""

    words: str
    without: ImageFilter


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
    own = categories.list_categories(model)
    return [("", _("All categories"))] + [(str(category.id), category.name) for category in own]


def narrowed(model: DetectionModel, shown: ImageFilter) -> list[Narrowing]:
    """The active filters other than split and labelled state, each with the URL that removes it."""
    parts = []
    if shown.category is not None:
        category = categories.find_category(model, shown.category)
        name = category.name if category else "?"
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
