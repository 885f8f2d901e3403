"""Backups: have one made, and list them. For administrators whose token has the scope ``all``."""

from typing import Literal

from flask import Response
from pydantic import BaseModel, Field

from webapp.backups import requested
from webapp.backups.requested import ListedBackup
from webapp.models import Role, TokenScope
from webapp.rest.access import api_blueprint, requires
from webapp.rest.paging import Paging, cut, decode, encode
from webapp.rest.problems import problem_responses
from webapp.rest.replies import Page, reply
from webapp.rest.validation import Time

blueprint = api_blueprint(
    "backups", "Backups of the whole installation. Tokens of scope `all`, administrators."
)


class BackupItem(BaseModel):
    """One backup."""

    id: str
    status: Literal["queued", "running", "completed", "failed"]
    created_at: Time | None = Field(description="When it began; null before.")
    size: int | None = Field(description="Bytes; null where there is no file.")
    error: str | None = Field(description="Why it failed.")

    @classmethod
    def of(cls, backup: ListedBackup) -> "BackupItem":
        """As the domain lists it."""
        return cls.model_validate({name: getattr(backup, name) for name in cls.model_fields})


@blueprint.post("/backups", responses={202: BackupItem, **problem_responses(409)})
@requires(Role.ADMINISTRATOR, scope=TokenScope.ALL)
def create_backup() -> Response:
    """Have a backup made, in the turn of the file worker; 409 while one is asked for already."""
    return reply(BackupItem.of(requested.request()), 202)


@blueprint.get("/backups", responses={200: Page[BackupItem]})
@requires(Role.ADMINISTRATOR, scope=TokenScope.ALL)
def list_backups(query: Paging) -> Response:
    """Backups, the newest first; one that was asked for and has not begun comes before all."""
    seen = decode("backups", query.cursor)
    found = [one for one in requested.list_all() if seen is None or _second(one) < seen[0]]
    page, last = cut(found[: query.limit + 1], query.limit)
    return reply(
        Page[BackupItem](
            items=[BackupItem.of(one) for one in page],
            next_cursor=encode("backups", _second(last)) if last else None,
        )
    )


def _second(backup: ListedBackup) -> int:
    """By which pages are told apart: there is one backup at a time."""
    return int(backup.created_at.timestamp()) if backup.created_at else 2**31 - 1
