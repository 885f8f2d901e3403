"""Who may see a closed model, and with what role.

``set_access``, ``set_role`` and ``remove_member`` change rows in the caller's transaction, inside ``changing``.
"""

from collections.abc import Iterator, Mapping
from contextlib import contextmanager

from flask_babel import gettext as _
from sqlalchemy import ColumnElement, func, insert, literal, or_, select
from sqlalchemy.orm import contains_eager

from webapp.accounts import users
from webapp.audit.recording import record
from webapp.core import signals
from webapp.core.errors import UserError
from webapp.core.extensions import db
from webapp.models import AuditAction, DetectionModel, ModelMember, Role, User
from webapp.models.columns import LARGEST_ID, now
from webapp.projects import detection_models

ROLES = (Role.VIEWER, Role.ANNOTATOR, Role.ENGINEER)
"""Those that a member may have: administrators are there in every model."""
MOST_FOUND = 20


def list_members(model: DetectionModel) -> list[ModelMember]:
    """By name."""
    statement = (
        select(ModelMember)
        .join(ModelMember.user)
        .where(ModelMember.model_id == model.id)
        .options(contains_eager(ModelMember.user))
        .order_by(_shown_name(), User.id)
    )
    return list(db.session.scalars(statement))


def find_people(model: DetectionModel, text: str) -> list[User]:
    """Active accounts that are no members yet and have this in their name or address, at most ``MOST_FOUND``."""
    wanted = text.replace("\x00", "").strip()
    if not wanted:
        return []
    members = select(ModelMember.user_id).where(ModelMember.model_id == model.id)
    statement = (
        select(User)
        .where(
            User.active.is_(True),
            User.id.not_in(members),
            or_(User.name.icontains(wanted, autoescape=True), User.email.icontains(wanted, autoescape=True)),
        )
        .order_by(_shown_name(), User.id)
        .limit(MOST_FOUND)
    )
    return list(db.session.scalars(statement))


@contextmanager
def changing(model: DetectionModel) -> Iterator[None]:
    """Lock the model while its access changes, then commit.

    Raises UserError (409), and changes nothing, where a closed model would lose its last engineer. Of two changes at
    once the second sees what the first has left.
    """
    try:
        detection_models.lock(model)
        # The account of the last one was deactivated: until somebody is named, the others may leave all the same.
        had_none = model.closed and not _has_engineer(model)
        before = _document(model)
        yield
        db.session.flush()
        if model.closed and not had_none and not _has_engineer(model):
            raise UserError(
                _(
                    "A closed model needs an engineer with an active account: give somebody else this role first, or "
                    "open the model."
                ),
                code="last_engineer",
                status=409,
                field="role",
            )
        after = _document(model)
        if after != before:
            record(AuditAction.EDIT, model, before=before, after=after)
        db.session.commit()
    except BaseException:
        db.session.rollback()
        raise
    signals.publish(signals.ACCESS)


def set_access(model: DetectionModel, closed: bool) -> None:
    """Open or close it. The members stay."""
    model.closed = closed


def keep_in(model: DetectionModel, by: User) -> None:
    """Make who is about to close a model an engineer in it, so that they do not shut themselves out.

    An administrator is added only where no other engineer is named.
    """
    if by.role is not Role.ADMINISTRATOR or not _has_engineer(model):
        set_role(model, by, Role.ENGINEER)


def set_role(model: DetectionModel, user: User, role: Role) -> None:
    """Name a person, or give a member another role.

    Raises UserError for a role that no member has, and for a deactivated account that is named anew.
    """
    if role not in ROLES:
        raise UserError(_("Choose one of the roles."), code="role_invalid", field="role")
    member = _find(model, user.id)
    if member is not None:
        member.role = role
        return
    if not user.active:
        raise UserError(
            _("The account of %(name)s is deactivated.", name=user.display_name),
            code="account_deactivated",
            field="user_id",
        )
    db.session.add(ModelMember(model_id=model.id, user_id=user.id, role=role))


def remove_member(model: DetectionModel, user: User) -> None:
    """Take a person off the list. Raises UserError (404) who is not on it."""
    member = _find(model, user.id)
    if member is None:
        raise UserError(_("This person is not a member of the model."), code="not_found", status=404)
    db.session.delete(member)


def replace(model: DetectionModel, closed: bool, roles: Mapping[int, Role]) -> None:
    """Set the access and all members at once, by the id of their account. Commits. Raises UserError."""
    with changing(model):
        for member in list_members(model):
            if member.user_id not in roles:
                remove_member(model, member.user)
        for user_id, role in roles.items():
            set_role(model, _account(user_id), role)
        if closed != model.closed:
            set_access(model, closed)


def copy(source: DetectionModel, target: DetectionModel) -> None:
    """Name the same people in a new model. The caller commits."""
    of_source = select(literal(target.id), ModelMember.user_id, ModelMember.role, literal(now())).where(
        ModelMember.model_id == source.id
    )
    columns = ["model_id", "user_id", "role", "created_at"]
    db.session.execute(insert(ModelMember).from_select(columns, of_source))


def _document(model: DetectionModel) -> dict[str, object]:
    """For the audit: whether it is closed, and the role of each member by the address of the account."""
    return {
        "closed": model.closed,
        "members": {member.user.email: member.role.value for member in list_members(model)},
    }


def _find(model: DetectionModel, user_id: int) -> ModelMember | None:
    # Read under the lock: what the session knew before may be older.
    return db.session.get(ModelMember, (model.id, user_id), populate_existing=True)


def _has_engineer(model: DetectionModel) -> bool:
    statement = (
        select(ModelMember.user_id)
        .join(ModelMember.user)
        .where(ModelMember.model_id == model.id, ModelMember.role == Role.ENGINEER, User.active.is_(True))
    )
    return bool(db.session.scalar(select(statement.exists())))


def _account(user_id: int) -> User:
    try:
        return users.open_user(min(user_id, LARGEST_ID))
    except UserError as error:
        raise UserError(
            _("There is no account %(id)s.", id=user_id), code="account_unknown", field="members"
        ) from error


def _shown_name() -> ColumnElement[str]:
    return func.lower(func.coalesce(func.nullif(User.name, ""), User.email))
