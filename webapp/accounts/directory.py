"""The list of accounts: searched, in pages."""

from dataclasses import dataclass
from enum import StrEnum

from sqlalchemy import ColumnElement, and_, func, or_, select

from webapp.core.extensions import db
from webapp.models import Role, User


class UserState(StrEnum):
    """What an account waits for."""

    ACTIVE = "active"
    INVITED = "invited"
    """No password was chosen yet."""
    MUST_CHANGE = "must_change"
    """Has a temporary password."""
    DEACTIVATED = "deactivated"


@dataclass(frozen=True)
class UserQuery:
    """Which accounts; None: all."""

    text: str = ""
    """A part of the name or of the e-mail address, in whatever case."""
    role: Role | None = None
    state: UserState | None = None
    active: bool | None = None

    def conditions(self) -> list[ColumnElement[bool]]:
        """For a WHERE."""
        found: list[ColumnElement[bool]] = []
        text = self.text.replace("\x00", "").strip()
        if text:
            found.append(
                or_(User.name.icontains(text, autoescape=True), User.email.icontains(text, autoescape=True))
            )
        if self.role is not None:
            found.append(User.role == self.role)
        if self.active is not None:
            found.append(User.active.is_(self.active))
        if self.state is not None:
            found.append(_IS[self.state])
        return found


_WITHOUT_PASSWORD = and_(User.password_hash == "", User.from_directory.is_(False))
_IS: dict[UserState, ColumnElement[bool]] = {
    UserState.DEACTIVATED: User.active.is_(False),
    UserState.INVITED: and_(User.active.is_(True), _WITHOUT_PASSWORD),
    UserState.MUST_CHANGE: and_(User.active.is_(True), User.must_change_password.is_(True)),
    UserState.ACTIVE: and_(User.active.is_(True), ~_WITHOUT_PASSWORD, User.must_change_password.is_(False)),
}


def state_of(user: User) -> UserState:
    """The state of an account."""
    if not user.active:
        return UserState.DEACTIVATED
    if not user.password_hash and not user.from_directory:
        return UserState.INVITED
    return UserState.MUST_CHANGE if user.must_change_password else UserState.ACTIVE


def count(query: UserQuery) -> int:
    """How many accounts there are."""
    return db.session.scalar(select(func.count()).select_from(User).where(*query.conditions())) or 0


def page(query: UserQuery, first: int, size: int) -> list[User]:
    """Accounts by name, from the position ``first`` on."""
    shown = func.lower(func.coalesce(func.nullif(User.name, ""), User.email))
    statement = select(User).where(*query.conditions()).order_by(shown, User.id)
    return list(db.session.scalars(statement.offset(first).limit(size)))


def after(query: UserQuery, user_id: int, limit: int | None) -> list[User]:
    """Accounts in order of creation, behind an id; 0: from the start. ``limit`` None: all."""
    statement = select(User).where(User.id > user_id, *query.conditions()).order_by(User.id).limit(limit)
    return list(db.session.scalars(statement))
