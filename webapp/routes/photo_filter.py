"""Which photos a page shows: read from its address, and written into the addresses of its links."""

from dataclasses import dataclass, replace
from typing import Any

from flask import request, url_for
from flask_babel import gettext as _

from webapp.errors import UserError
from webapp.models import DetectionModel, Image, Split
from webapp.services import photos

PAGE_SIZE = 60
LABELLED = {"yes": True, "no": False}


@dataclass(frozen=True)
class PhotoFilter:
    """``after`` is the (labelled, id) of the last photo of the page before."""

    split: Split | None
    labelled: bool | None = None
    query: str = ""
    after: tuple[bool, int] | None = None

    def change(self, **changes: Any) -> "PhotoFilter":
        """Another filter, from its first page unless ``after`` is among the changes."""
        return replace(self, **({"after": None} | changes))

    def arguments(self) -> dict[str, str]:
        """For ``url_for``."""
        values = {
            "split": str(self.split or ""),
            "labelled": {True: "yes", False: "no", None: ""}[self.labelled],
            "q": self.query,
            "after": f"{int(self.after[0])}-{self.after[1]}" if self.after else "",
        }
        return {name: value for name, value in values.items() if value}

    def address(self, endpoint: str, **values: Any) -> str:
        """The page with this filter."""
        return url_for(endpoint, **(values | self.arguments()))

    @property
    def narrows(self) -> bool:
        """Whether photos of the tab may be hidden."""
        return self.labelled is not None or bool(self.query)

    def page(self, model: DetectionModel, size: int = PAGE_SIZE) -> "PhotoPage":
        """The photos shown, and the filter of the page that follows."""
        found = photos.list_photos(
            model,
            split=self.split,
            labelled=self.labelled,
            query=self.query,
            after=self.after,
            limit=size + 1,
        )
        shown = found[:size]
        more = self.change(after=(shown[-1].labelled, shown[-1].id)) if len(found) > size else None
        return PhotoPage(shown, more)


@dataclass(frozen=True)
class PhotoPage:
    """One page of photos; ``following`` is None on the last one."""

    photos: list[Image]
    following: PhotoFilter | None


def from_request(default_split: Split | None) -> PhotoFilter:
    """The filter in the page's address; what cannot be read there counts as not said."""
    return PhotoFilter(
        split=_split(request.args.get("split")) or default_split,
        labelled=LABELLED.get(request.args.get("labelled", "")),
        query=request.args.get("q", "").replace("\x00", "").strip()[:200],
        after=_after(request.args.get("after", "")),
    )


def posted_split() -> Split:
    """The split that photos are sent to; raises UserError (422)."""
    split = _split(request.form.get("split") or request.args.get("split"))
    if split is None:
        raise UserError(
            _("Choose where the photos go: train, validation or test."), code="split_missing", field="split"
        )
    return split


def _split(text: str | None) -> Split | None:
    return Split(text) if text in list(Split) else None


def _after(text: str) -> tuple[bool, int] | None:
    labelled, _dash, number = text.partition("-")
    if labelled not in ("0", "1") or not (number.isascii() and number.isdigit()) or len(number) > 18:
        return None
    return labelled == "1", int(number)
