"""Which models a person sees and what role counts in each: decided here, for pages, REST, streams and tokens.

An open model is there for everybody with the role of their account. A closed one is there for its members alone, each
with the role they have in it, be it higher or lower; administrators always see and may do all. An API token narrows
this to the models that it is bound to.
"""

from collections.abc import Collection, Mapping
from dataclasses import dataclass
from typing import Any

from flask_babel import gettext as _
from sqlalchemy import ColumnElement, and_, or_, select, true

from webapp.core.errors import UserError
from webapp.core.extensions import db
from webapp.models import DetectionModel, ModelMember, Role, User
from webapp.models.columns import LARGEST_ID
from webapp.projects import model_of

Bound = Collection[int] | None
"""Ids of the models that a token is bound to; None: all."""


@dataclass(frozen=True)
class Standing:
    """What a person is at an address."""

    role: Role
    """What counts there: the role in the model, or that of the account where the address has no model."""
    is_there: bool = True
    """False: what the address names does not exist, or the person may not see it. Both get the same answer."""
    model_id: int | None = None
    in_model: bool = False
    """Whether ``role`` is one of a closed model."""


def standing(user: User, path: str, arguments: Mapping[str, Any], bound: Bound = None) -> Standing:
    """What this person is at the address (``model_of.row_of``), with one query where that depends on the model."""
    try:
        named = model_of.row_of(path, arguments)
    except model_of.UnknownKind:
        return Standing(user.role, is_there=False)
    if named is None or (sees_all(user) and bound is None):
        return Standing(user.role)
    found = _find(user, *named)
    if found is None or (bound is not None and found[0] not in bound):
        return Standing(user.role, is_there=False)
    model_id, closed, member_role = found
    role = _role(user, closed, member_role)
    if role is None:
        return Standing(user.role, is_there=False)
    return Standing(role, model_id=model_id, in_model=closed and not sees_all(user))


def sees_all(user: User) -> bool:
    """Whether every model is there for this person."""
    return user.role is Role.ADMINISTRATOR


def no_such_thing() -> UserError:
    """For what is not there, and for what is hidden: the answer does not tell which."""
    return UserError(
        _("There is no such thing: it may have been deleted, or you may not see it."),
        code="not_found",
        status=404,
    )


def member_roles(user: User) -> dict[int, Role]:
    """The roles that this person has in models, whether they count or not, by the id of the model."""
    rows = db.session.execute(
        select(ModelMember.model_id, ModelMember.role).where(ModelMember.user_id == user.id)
    )
    return {model_id: role for model_id, role in rows}


def role_in(user: User, model: DetectionModel, roles: Mapping[int, Role] | None = None) -> Role | None:
    """The role that counts in this model; None: it is not there for this person.

    ``roles``: those of ``member_roles``, where they were read already.
    """
    if sees_all(user) or not model.closed:
        return user.role
    return (member_roles(user) if roles is None else roles).get(model.id)


def visible_to(user: User, bound: Bound = None) -> ColumnElement[bool]:
    """Condition on ``DetectionModel``: it is there for this person, and for the token where it is bound."""
    own = select(ModelMember.model_id).where(ModelMember.user_id == user.id)
    seen = true() if sees_all(user) else or_(DetectionModel.closed.is_(False), DetectionModel.id.in_(own))
    return seen if bound is None else and_(seen, DetectionModel.id.in_(bound))


def _role(user: User, closed: bool, member_role: Role | None) -> Role | None:
    return user.role if sees_all(user) or not closed else member_role


def _find(user: User, kind: str, row_id: int) -> tuple[int, bool, Role | None] | None:
    if not 0 < row_id <= LARGEST_ID:
        return None
    own = and_(ModelMember.model_id == DetectionModel.id, ModelMember.user_id == user.id)
    row = db.session.execute(
        select(DetectionModel.id, DetectionModel.closed, ModelMember.role)
        .outerjoin(ModelMember, own)
        .where(DetectionModel.id == model_of.model_id_of(kind, row_id))
    ).one_or_none()
    return None if row is None else (row[0], row[1], row[2])
