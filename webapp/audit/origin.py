"""Who acts, and from where: read from the request, the command line, or said by a worker."""

import getpass
from collections.abc import Mapping
from dataclasses import asdict, dataclass
from typing import Any

import click
from flask import g, has_request_context, request
from flask_login import current_user

from webapp.core.extensions import db
from webapp.models import AuditDoor, User


@dataclass(frozen=True)
class AuditOrigin:
    """The columns of ``AuditEntry`` that are the same for all that one request does."""

    door: AuditDoor
    actor_id: int | None = None
    actor: str = ""
    address: str | None = None
    token_id: int | None = None

    def as_document(self) -> dict[str, Any]:
        """For a run, which a worker carries out later."""
        return asdict(self)


def current(by: User | None = None) -> AuditOrigin:
    """Of the present request or command. ``by``: the account that acts, where the request does not know it yet."""
    if has_request_context():
        address = (request.remote_addr or "")[:45] or None
        if request.path.startswith("/api/"):
            token = g.get("api_token")
            user = by or g.get("api_user")
            return AuditOrigin(AuditDoor.API, *_named(user), address, token.id if token else None)
        user = by or (current_user._get_current_object() if current_user.is_authenticated else None)
        return AuditOrigin(AuditDoor.PAGE, *_named(user), address)
    if click.get_current_context(silent=True) is not None:
        return AuditOrigin(AuditDoor.COMMAND, None, _operating_system_user())
    return AuditOrigin(AuditDoor.SYSTEM, *_named(by))


def of_document(document: Mapping[str, Any] | None, user_id: int | None) -> AuditOrigin:
    """The inverse of ``AuditOrigin.as_document``; without one, that of a worker for this account."""
    if document:
        return AuditOrigin(**{**document, "door": AuditDoor(document["door"])})
    return AuditOrigin(
        AuditDoor.SYSTEM, *_named(db.session.get(User, user_id) if user_id is not None else None)
    )


def _named(user: User | None) -> tuple[int | None, str]:
    return (user.id, user.email) if user is not None else (None, "")


def _operating_system_user() -> str:
    try:
        return getpass.getuser()
    except (KeyError, OSError):  # an id without a name, as in some containers
        return ""
