"""The active filters of a gallery as text, each with a link that removes it."""

from dataclasses import dataclass

from flask_babel import format_date
from flask_babel import gettext as _
from flask_login import current_user

from webapp.annotations import categories
from webapp.images.browsing.queries import NOBODY, Sort
from webapp.models import DetectionModel
from webapp.teamwork import assignments
from webapp.web.filters.image_filter import ImageFilter


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
    if shown.assignee is not None:
        parts.append(Narrowing(assignee_words(shown.assignee), shown.change(assignee=None)))
    return parts


def assignee_words(assignee: int) -> str:
    """Whose photos are shown."""
    if assignee == NOBODY:
        return _("Nobody's")
    if assignee == current_user.id:
        return _("My photos")
    person = assignments.find_person(assignee)
    return _("Of %(name)s", name=person.display_name if person else "?")


def assignee_choices(model: DetectionModel) -> list[tuple[str, str]]:
    """Whose photos, for a select field: everybody who has some."""
    people = [user for user in assignments.with_photos(model) if user.id != current_user.id]
    fixed = [("", _("All")), (str(current_user.id), _("My photos")), (str(NOBODY), _("Nobody's"))]
    return fixed + [(str(user.id), user.display_name) for user in people]
