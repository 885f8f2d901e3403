"""Who may see a model."""

from typing import Literal

from flask import Response
from flask_babel import gettext as _
from pydantic import BaseModel, ConfigDict, Field

from webapp.core.errors import UserError
from webapp.models import DetectionModel, Role, TokenScope
from webapp.projects import detection_models, members
from webapp.rest.access import api_blueprint, requires
from webapp.rest.addresses import ModelPath
from webapp.rest.problems import problem_responses
from webapp.rest.replies import reply
from webapp.rest.validation import Id

blueprint = api_blueprint("members", "Who may see a model, and with what role.")
MOST = 1000


class MemberItem(BaseModel):
    """A person in a model."""

    model_config = ConfigDict(extra="forbid")

    user_id: Id
    role: Literal["viewer", "annotator", "engineer"] = Field(
        description="In place of the role of the account, while the model is closed."
    )


class Access(BaseModel):
    """Who may see a model."""

    model_config = ConfigDict(extra="forbid")

    open: bool = Field(
        description="True: everybody with an account, with the role of the account. False: the members alone, and "
        "administrators."
    )
    members: list[MemberItem] = Field(max_length=MOST, description="Kept while the model is open.")

    @classmethod
    def of(cls, model: DetectionModel) -> "Access":
        """From the database."""
        return cls.model_validate(
            {
                "open": not model.closed,
                "members": [
                    {"user_id": member.user_id, "role": member.role.value}
                    for member in members.list_members(model)
                ],
            }
        )


@blueprint.get("/models/<id:model_id>/members", responses={200: Access, **problem_responses(404)})
@requires(Role.VIEWER)
def get_members(path: ModelPath) -> Response:
    """Whether the model is open, and its members."""
    return reply(Access.of(detection_models.open_model(path.model_id)))


@blueprint.put(
    "/models/<id:model_id>/members", responses={200: Access, **problem_responses(400, 404, 409, 415)}
)
@requires(Role.ENGINEER, scope=TokenScope.ALL)
def put_members(path: ModelPath, body: Access) -> Response:
    """Set both, all or nothing. 409 where a closed model would have no engineer with an active account."""
    model = detection_models.open_model(path.model_id)
    roles = {member.user_id: Role(member.role) for member in body.members}
    if len(roles) != len(body.members):
        raise UserError(_("A person is named twice."), code="member_twice", field="members")
    members.replace(model, not body.open, roles)
    return reply(Access.of(model))
