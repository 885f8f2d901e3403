"""User accounts, their roles, sessions, and API tokens."""

from datetime import datetime
from enum import StrEnum

from flask_login import UserMixin
from sqlalchemy import ARRAY, ForeignKey, Integer, String, false
from sqlalchemy.orm import Mapped, mapped_column, relationship

from webapp.core.extensions import Model
from webapp.models.columns import CreatedAt, PrimaryKey, Timestamp, enum_column


class Role(StrEnum):
    """What a person may do; each role includes the ones before it."""

    VIEWER = "viewer"
    ANNOTATOR = "annotator"
    ENGINEER = "engineer"
    ADMINISTRATOR = "administrator"

    def includes(self, other: "Role") -> bool:
        """Whether this role may do what ``other`` may."""
        order = list(Role)
        return order.index(self) >= order.index(other)


class TokenScope(StrEnum):
    """What an API token may do, within the role of its account."""

    PREDICT = "predict"
    """Send single photos, and nothing else."""
    READ = "read"
    WRITE = "write"
    """Read, change and predict; not the accounts."""
    ALL = "all"

    def includes(self, needed: "TokenScope") -> bool:
        """Whether a token of this scope may make a call that needs ``needed``."""
        if self is TokenScope.WRITE:
            return needed is not TokenScope.ALL
        return self is TokenScope.ALL or self is needed


class User(Model, UserMixin):
    """A person who signs in."""

    __tablename__ = "user_account"

    id: Mapped[PrimaryKey]
    email: Mapped[str] = mapped_column(String(254), unique=True)
    name: Mapped[str] = mapped_column(String(100), default="")
    password_hash: Mapped[str] = mapped_column(String(200))
    """Argon2; empty until the person has chosen a password."""
    must_change_password: Mapped[bool] = mapped_column(default=False)
    """Of a temporary password: nothing but its change is open."""
    role: Mapped[Role] = mapped_column(enum_column(Role))
    locale: Mapped[str | None] = mapped_column(String(16))
    theme: Mapped[str | None] = mapped_column(String(16))
    active: Mapped[bool] = mapped_column(default=True)
    created_at: Mapped[CreatedAt]
    last_seen_at: Mapped[Timestamp | None]
    """By a browser; to a minute."""
    unlocked_at: Mapped[Timestamp | None]
    """Wrong passwords before do not count."""
    one_time_sha256: Mapped[str | None] = mapped_column(String(64), unique=True)
    """Of the token in a one-time link that is waiting."""
    one_time_ends_at: Mapped[Timestamp | None]
    from_directory: Mapped[bool] = mapped_column(default=False, server_default=false())
    """The directory of the company checks the password and says name and role."""
    directory_refused: Mapped[bool] = mapped_column(default=False, server_default=false())
    """Deactivated because no group of the directory gave access when it was last asked."""
    directory_login: Mapped[str | None] = mapped_column(String(254))
    """What was typed at the last sign-in by the directory, by which it knows the person."""

    @property
    def is_active(self) -> bool:
        """For Flask-Login: sessions of a disabled account are refused."""
        return self.active

    @property
    def display_name(self) -> str:
        """The name in the top bar."""
        return self.name or self.email.partition("@")[0]


class UserSession(Model):
    """A browser that is signed in; the row is removed when the session ends. Of its token only the SHA-256 is kept."""

    __tablename__ = "user_session"

    id: Mapped[PrimaryKey]
    user_id: Mapped[int] = mapped_column(ForeignKey("user_account.id", ondelete="CASCADE"), index=True)
    token_sha256: Mapped[str] = mapped_column(String(64), unique=True)
    persistent: Mapped[bool]
    """Stay signed in: no end by idleness."""
    created_at: Mapped[CreatedAt]
    last_used_at: Mapped[Timestamp]
    """To a minute."""
    address: Mapped[str] = mapped_column(String(45))
    browser: Mapped[str] = mapped_column(String(300))
    """The User-Agent header."""
    user: Mapped[User] = relationship()


class ApiToken(Model):
    """A bearer token; only its SHA-256 is kept."""

    __tablename__ = "api_token"

    id: Mapped[PrimaryKey]
    user_id: Mapped[int] = mapped_column(ForeignKey("user_account.id", ondelete="CASCADE"), index=True)
    name: Mapped[str] = mapped_column(String(100), default="")
    """Of the machine or script that uses it."""
    token_sha256: Mapped[str] = mapped_column(String(64), unique=True)
    scope: Mapped[TokenScope] = mapped_column(enum_column(TokenScope), default=TokenScope.ALL)
    ends_at: Mapped[Timestamp | None]
    model_ids: Mapped[list[int] | None] = mapped_column(ARRAY(Integer))
    """The models it may touch; None: all."""
    created_at: Mapped[CreatedAt]
    last_used_at: Mapped[Timestamp | None]
    revoked_at: Mapped[Timestamp | None]
    user: Mapped[User] = relationship()

    def revoke(self, at: datetime) -> None:
        """Requests with the token get 401 from now on."""
        self.revoked_at = at
