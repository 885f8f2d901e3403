"""The floor of free disk: below it nothing is begun that fills the disk, so that PostgreSQL can still write."""

import shutil
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, TypeVar

from flask import current_app
from flask_babel import gettext as _

from webapp.core import storage
from webapp.core.errors import UserError

View = TypeVar("View", bound=Callable[..., Any])


@dataclass(frozen=True)
class Room:
    """Of the disk that ``DATA_DIR`` is on, bytes."""

    total: int
    free: int
    floor: int

    @property
    def is_short(self) -> bool:
        """Whether less than the floor is free."""
        return self.free < self.floor


def room() -> Room:
    """As it is now; the question takes microseconds."""
    disk = shutil.disk_usage(storage.data_dir())
    return Room(disk.total, disk.free, int(current_app.extensions["settings"].min_free_gb * 10**9))


def is_short() -> bool:
    """Whether less than ``MIN_FREE_GB`` is free."""
    return room().is_short


def needs_room(view: View) -> View:
    """Decorator: refused with 507 below the floor, once it is known that the caller may. Place it next to the view."""
    view.needs_room = True  # type: ignore[attr-defined]
    return view


def check(view: Callable[..., Any]) -> None:
    """Raises UserError (507) where a view with ``needs_room`` is asked below the floor."""
    if not getattr(view, "needs_room", False):
        return
    now = room()
    if now.is_short:
        raise UserError(
            _(
                "The disk of the server is nearly full (%(free)s GB free): ask an administrator to make room, then try "
                "again.",
                free=round(now.free / 10**9, 1),
            ),
            code="disk_short",
            status=507,
        )
