"""Accounts, for administrators whose token has the scope ``all``."""

from flask import Response
from pydantic import BaseModel, ConfigDict, Field

from webapp.accounts import administration, directory, one_time, users
from webapp.accounts.administration import Changes
from webapp.accounts.directory import UserQuery
from webapp.models import Role, TokenScope, User
from webapp.rest.access import api_blueprint, requires
from webapp.rest.paging import Paging, cut, decode, encode
from webapp.rest.problems import PREFIX, problem_responses
from webapp.rest.replies import Page, reply
from webapp.rest.validation import Text, Time

blueprint = api_blueprint("users", "Accounts of people. Tokens of scope `all`, administrators.")


class UserPath(BaseModel):
    """An account in the address."""

    user_id: int


class Account(BaseModel):
    """An account."""

    id: int
    name: str
    email: str
    role: Role
    active: bool
    last_seen_at: Time | None = Field(description="By a browser, to a minute; null: never.")

    @classmethod
    def of(cls, user: User) -> "Account":
        """From the database."""
        return cls.model_validate(user, from_attributes=True)


class CreatedAccount(Account):
    """An account that was just made."""

    one_time_link: str = Field(
        description="The person chooses a password there; it works once, for seven days, and is not shown again."
    )


class NewUser(BaseModel):
    """An account to be made."""

    model_config = ConfigDict(extra="forbid")

    email: Text
    name: Text = ""
    role: Role
    active: bool = True


class UserChanges(BaseModel):
    """What is left out stays as it is."""

    model_config = ConfigDict(extra="forbid")

    name: Text | None = None
    email: Text | None = None
    role: Role | None = None
    active: bool | None = Field(
        default=None, description="False signs the person out and refuses their tokens."
    )


class UserFilters(Paging):
    """Which accounts."""

    q: Text = Field(default="", description="A part of the name or e-mail address.")
    role: Role | None = None
    active: bool | None = None


@blueprint.get("/users", responses={200: Page[Account]})
@requires(Role.ADMINISTRATOR, scope=TokenScope.ALL)
def list_users(query: UserFilters) -> Response:
    """Accounts in order of creation."""
    seen = decode("users", query.cursor)
    wanted = UserQuery(query.q, query.role, active=query.active)
    page, last = cut(directory.after(wanted, seen[0] if seen else 0, query.limit + 1), query.limit)
    return reply(
        Page[Account](
            items=[Account.of(user) for user in page], next_cursor=encode("users", last.id) if last else None
        )
    )


@blueprint.post("/users", responses={201: CreatedAccount, **problem_responses(400, 409, 415)})
@requires(Role.ADMINISTRATOR, scope=TokenScope.ALL)
def create_user(body: NewUser) -> Response:
    """Make an account. The person chooses a password by the one-time link."""
    user, token = administration.invite(body.email, body.role, body.name, body.active)
    account = Account.of(user).model_dump()
    response = reply(CreatedAccount(**account, one_time_link=one_time.address_of(token)), 201)
    response.headers["Location"] = f"{PREFIX}/users/{user.id}"
    response.headers["Cache-Control"] = "no-store"
    return response


@blueprint.get("/users/<id:user_id>", responses={200: Account, **problem_responses(404)})
@requires(Role.ADMINISTRATOR, scope=TokenScope.ALL)
def get_user(path: UserPath) -> Response:
    """One account."""
    return reply(Account.of(users.open_user(path.user_id)))


@blueprint.patch("/users/<id:user_id>", responses={200: Account, **problem_responses(400, 404, 409, 415)})
@requires(Role.ADMINISTRATOR, scope=TokenScope.ALL)
def update_user(path: UserPath, body: UserChanges) -> Response:
    """Change an account. The last active administrator can neither be deactivated nor get another role."""
    user = users.open_user(path.user_id)
    administration.change(user, Changes(body.name, body.email, body.role, body.active))
    return reply(Account.of(user))
