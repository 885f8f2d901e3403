"""The audit, for administrators whose token has the scope ``all``."""

import json
from typing import Any

from flask import Response
from pydantic import BaseModel, Field

from webapp.audit import queries
from webapp.audit.queries import AuditQuery
from webapp.models import AuditAction, AuditDoor, AuditEntry, AuditKind, Role, TokenScope
from webapp.rest.access import api_blueprint, requires
from webapp.rest.paging import Paging, cut, decode, encode
from webapp.rest.replies import Page, reply
from webapp.rest.validation import LARGEST_INTEGER, Text, Time

blueprint = api_blueprint("audit", "Who did what. Tokens of scope `all`, administrators.")


class AuditRow(BaseModel):
    """One row of the audit."""

    id: int = Field(description="Counts without a gap.")
    at: Time
    action: AuditAction
    actor_id: int | None
    actor: str = Field(description="E-mail address, or user of the server's command line, as it was then.")
    door: AuditDoor
    address: str | None
    token_id: int | None
    object_kind: AuditKind | None
    object_id: int | None = Field(description="Null where several were meant.")
    object_name: str
    model_id: int | None
    number: int | None = Field(description="How many objects; null: one.")
    object_ids: str | None = Field(description="Which ones, as ranges: `{[1,5),[9,10)}`.")
    before: dict[str, Any] | None = Field(description="Changed fields as they were.")
    after: dict[str, Any] | None
    hash: str = Field(description="Of this row and the one before; docs/security.md.")

    @classmethod
    def of(cls, entry: AuditEntry) -> "AuditRow":
        """From the database."""
        values = {name: getattr(entry, name) for name in cls.model_fields}
        for name in ("before", "after"):
            values[name] = json.loads(values[name]) if values[name] else None
        return cls.model_validate(values)


class AuditFilters(Paging):
    """Which rows."""

    actor: Text = Field(default="", description="A part of the name or e-mail address.")
    action: AuditAction | None = None
    kind: AuditKind | None = None
    object_id: int | None = Field(default=None, ge=1, le=LARGEST_INTEGER, description="With `kind`.")
    model_id: int | None = Field(default=None, ge=1, le=LARGEST_INTEGER)
    since: Time | None = None
    until: Time | None = Field(default=None, description="Rows before this moment.")


@blueprint.get("/audit", responses={200: Page[AuditRow]})
@requires(Role.ADMINISTRATOR, scope=TokenScope.ALL)
def list_audit(query: AuditFilters) -> Response:
    """Rows of the audit, the newest first."""
    seen = decode("audit", query.cursor)
    wanted = AuditQuery(
        query.actor, query.action, query.kind, query.object_id, query.model_id, query.since, query.until
    )
    page, last = cut(queries.page(wanted, seen[0] if seen else None, query.limit + 1), query.limit)
    return reply(
        Page[AuditRow](
            items=[AuditRow.of(row) for row in page], next_cursor=encode("audit", last.id) if last else None
        )
    )
