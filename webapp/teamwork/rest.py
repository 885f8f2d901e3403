"""Photos assigned to people."""

from typing import Annotated

from flask import Response
from flask_babel import gettext as _
from pydantic import BaseModel, ConfigDict, Field

from webapp.core.errors import UserError
from webapp.models import Image, Role, Split
from webapp.models.columns import LARGEST_ID
from webapp.projects import detection_models
from webapp.rest.access import api_blueprint, requires
from webapp.rest.addresses import ModelPath
from webapp.rest.problems import problem_responses
from webapp.rest.replies import reply
from webapp.teamwork import assignments

blueprint = api_blueprint("teamwork", "Photos assigned to people.")
MOST_PHOTOS = 10_000
Id = Annotated[int, Field(ge=1, le=LARGEST_ID)]


class PersonsWork(BaseModel):
    """How far a person is."""

    user_id: int
    name: str
    assigned: int
    labelled: int
    rejected: int = Field(description="Whose labels were rejected.")


class TeamWork(BaseModel):
    """Everybody who has photos of the model."""

    items: list[PersonsWork]


class NewAssignment(BaseModel):
    """Either photos for one person, or a share of the unlabelled for each of several."""

    model_config = ConfigDict(extra="forbid")

    image_ids: list[Id] | None = Field(default=None, max_length=MOST_PHOTOS, description="These photos.")
    user_id: Id | None = Field(default=None, description="Whose they are from now on; null: nobody's.")
    share_to: list[Id] | None = Field(
        default=None,
        max_length=1000,
        description="Deals unlabelled photos that are nobody's out to these people.",
    )
    split: Split | None = Field(default=None, description="With `share_to`: of this split alone.")
    each: int | None = Field(default=None, ge=1, le=100_000, description="With `share_to`: at most so many.")


class Assigned(BaseModel):
    """What was assigned."""

    count: int = Field(description="Photos that changed hands.")


@blueprint.get("/models/<id:model_id>/assignments", responses={200: TeamWork, **problem_responses(404)})
@requires(Role.VIEWER)
def list_assignments(path: ModelPath) -> Response:
    """How far each person is. The photos of one: `GET /models/{model_id}/images?assignee=…`."""
    work = assignments.work_of(detection_models.open_model(path.model_id))
    return reply(
        TeamWork(
            items=[
                PersonsWork(
                    user_id=one.user.id,
                    name=one.user.display_name,
                    assigned=one.assigned,
                    labelled=one.labelled,
                    rejected=one.rejected,
                )
                for one in work
            ]
        )
    )


@blueprint.post(
    "/models/<id:model_id>/assignments",
    responses={200: Assigned, **problem_responses(400, 404, 409, 415)},
)
@requires(Role.ENGINEER)
def assign_images(path: ModelPath, body: NewAssignment) -> Response:
    """Assign photos."""
    model = detection_models.open_model(path.model_id)
    if (body.image_ids is None) == (body.share_to is None):
        raise UserError(
            _("Send either image_ids with user_id, or share_to."),
            code="assignment_invalid",
            field="image_ids",
        )
    if body.share_to is not None:
        people = assignments.open_people(model, body.share_to)
        return reply(Assigned(count=assignments.share(model, people, body.split, body.each)))
    person = assignments.open_people(model, [body.user_id])[0] if body.user_id is not None else None
    count = assignments.assign(model, Image.id.in_(body.image_ids or []), person)
    return reply(Assigned(count=count))
