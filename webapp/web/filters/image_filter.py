"""The filter, order and page of a gallery: read from the request, and written into the URLs of its links."""

from dataclasses import dataclass, replace
from datetime import UTC, date, datetime, time, timedelta
from typing import Any

from flask import request, url_for
from flask_babel import gettext as _

from webapp.core.errors import UserError
from webapp.images import intake as image_intake
from webapp.images.browsing import paging as image_paging
from webapp.images.browsing.positions import Position
from webapp.images.browsing.queries import LONGEST_NAME_PART, NOBODY, ImageQuery, Sort
from webapp.models import DetectionModel, Image, Split
from webapp.web.numbers import whole_number

PAGE_SIZE = 60
YES_NO = {"yes": True, "no": False}
SHAPES = {1.7: "wide", 1.15: "usual", 0.85: "square", 0: "tall"}
"""Names of the tiles by the least width over height of the photos that they are for."""
REJECTED = "rejected"
"""The value of ``reviewed`` for photos whose labels were rejected."""
IN_WORDS = {True: "yes", False: "no", None: ""}


@dataclass(frozen=True)
class ImageFilter:
    """What is shown, in which order, and which page of it; no ``after``, ``before`` or ``at`` is the first page."""

    split: Split | None
    labelled: bool | None = None
    category: int | None = None
    name: str = ""
    first_day: date | None = None
    last_day: date | None = None
    """Days on the server's own clock."""
    reviewed: bool | None = None
    rejected: bool = False
    assignee: int | None = None
    """Id of an account, or ``NOBODY``."""
    sort: Sort = Sort.UNLABELLED
    after: str = ""
    """Token of the position that the page begins behind."""
    before: str = ""
    at: int | None = None
    """Id of a photo that the page shows."""

    @property
    def query(self) -> ImageQuery:
        """The photos meant, on every page."""
        return ImageQuery(
            split=self.split,
            labelled=self.labelled,
            category=self.category,
            name=self.name,
            since=_midnight(self.first_day) if self.first_day else None,
            until=_midnight(self.last_day + timedelta(days=1)) if self.last_day else None,
            reviewed=self.reviewed,
            rejected=self.rejected,
            assignee=self.assignee,
        )

    def change(self, **changes: Any) -> "ImageFilter":
        """Another filter, from its first page unless a page is among the changes."""
        return replace(self, **({"after": "", "before": "", "at": None} | changes))

    def all_of(self) -> "ImageFilter":
        """Everything in the same tab and order."""
        return ImageFilter(split=self.split, sort=self.sort)

    def arguments(self) -> dict[str, str]:
        """For ``url_for``, and for the hidden fields of a form that acts on all photos of the filter."""
        values = {
            "split": str(self.split or ""),
            "labelled": IN_WORDS[self.labelled],
            "category": "" if self.category is None else str(self.category),
            "q": self.name,
            "from": self.first_day.isoformat() if self.first_day else "",
            "to": self.last_day.isoformat() if self.last_day else "",
            "reviewed": REJECTED if self.rejected else IN_WORDS[self.reviewed],
            "assignee": "" if self.assignee is None else str(self.assignee),
            "sort": "" if self.sort is Sort.UNLABELLED else self.sort.value,
            "after": self.after,
            "before": self.before,
            "at": "" if self.at is None else str(self.at),
        }
        return {name: value for name, value in values.items() if value}

    def address(self, endpoint: str, **values: Any) -> str:
        """The page with this filter."""
        return url_for(endpoint, **(values | self.arguments()))

    @property
    def narrows(self) -> bool:
        """Whether the filter may hide photos of the tab."""
        return self.query.narrows

    def page(self, model: DetectionModel, size: int = PAGE_SIZE) -> "ImagePage":
        """The photos shown, and the filters of the pages around."""
        found = self._slice(model, size)
        if not found.photos and (self.after or self.before or self.at):
            # The photos of this page were removed: show the last page.
            found = image_paging.last_page(model, self.query, self.sort, size)
        if not found.photos:
            return ImagePage([], None, None)
        first, last = Position.of(found.photos[0]), Position.of(found.photos[-1])
        return ImagePage(
            found.photos,
            preceding=self.change(before=first.token(self.sort)) if found.preceding else None,
            following=self.change(after=last.token(self.sort)) if found.following else None,
        )

    def _slice(self, model: DetectionModel, size: int) -> image_paging.ImageSlice:
        position = Position.read(self.after or self.before, self.sort)
        image = image_intake.find_image_of(model, self.at) if self.at else None
        if image is not None:
            return image_paging.page_at(model, self.query, self.sort, Position.of(image), size)
        if position is not None and self.before and not self.after:
            return image_paging.page_before(model, self.query, self.sort, position, size)
        return image_paging.page_after(model, self.query, self.sort, position, size)


@dataclass(frozen=True)
class ImagePage:
    """One page of photos; ``preceding`` and ``following`` are None at the ends."""

    photos: list[Image]
    preceding: ImageFilter | None
    following: ImageFilter | None

    @property
    def shape(self) -> str:
        """Of the tiles, so that most photos of the page fill theirs: ``wide``, ``usual``, ``square`` or ``tall``."""
        ratios = sorted(image.width / image.height for image in self.photos)
        usual = ratios[len(ratios) // 2] if ratios else 1
        return next(name for least, name in SHAPES.items() if usual >= least)


def from_request(default_split: Split | None) -> ImageFilter:
    """The filter in the page's address; what cannot be read there counts as not said."""
    said = request.args
    sort = said.get("sort", "")
    return ImageFilter(
        split=_split(said.get("split")) or default_split,
        labelled=YES_NO.get(said.get("labelled", "")),
        category=whole_number(said.get("category", "")),
        name=said.get("q", "").replace("\x00", "").strip()[:LONGEST_NAME_PART],
        first_day=_day(said.get("from", "")),
        last_day=_day(said.get("to", "")),
        reviewed=YES_NO.get(said.get("reviewed", "")),
        rejected=said.get("reviewed") == REJECTED,
        assignee=_assignee(said.get("assignee", "")),
        sort=Sort(sort) if sort in list(Sort) else Sort.UNLABELLED,
        after=said.get("after", ""),
        before=said.get("before", ""),
        at=whole_number(said.get("at", "")),
    )


def posted_split() -> Split:
    """The split that photos are sent to; raises UserError (422)."""
    split = _split(request.form.get("split") or request.args.get("split"))
    if split is None:
        raise UserError(
            _("Choose where the photos go: train, validation or test."), code="split_missing", field="split"
        )
    return split


def _assignee(text: str) -> int | None:
    return NOBODY if text == str(NOBODY) else whole_number(text)


def _split(text: str | None) -> Split | None:
    return Split(text) if text in list(Split) else None


def _day(text: str) -> date | None:
    try:
        day = date.fromisoformat(text)
    except ValueError:
        return None
    # A margin of a day at both ends, so that converting to another time zone cannot overflow.
    return day if date(1900, 1, 1) <= day <= date(9000, 1, 1) else None


def _midnight(day: date) -> datetime:
    return datetime.combine(day, time.min).astimezone().astimezone(UTC)
