"""Labels that look wrong: listed with both outlines, kept or corrected."""

from enum import StrEnum
from typing import Any

from flask import Response
from pydantic import BaseModel, ConfigDict, Field

from webapp.formats.found_object import FoundObject
from webapp.formats.label_mistakes.kinds import MistakeKind
from webapp.models import Annotation, Role
from webapp.projects import detection_models
from webapp.rest.access import api_blueprint, caller, requires
from webapp.rest.addresses import ModelPath
from webapp.rest.paging import Paging, cut, decode, encode
from webapp.rest.problems import problem_responses
from webapp.rest.replies import Page, reply
from webapp.rest.validation import Id
from webapp.suggestions.label_mistakes import decisions, ranking, review_queue, words
from webapp.suggestions.label_mistakes.review_queue import ShownMistake

blueprint = api_blueprint("label_mistakes", "Labels that look wrong beside what was found out of fold.")
SCORE_STEPS = 10**9
"""A cursor holds whole numbers: the score is counted in these."""


class MistakenLabel(BaseModel):
    """A label that looks wrong, as it is."""

    id: int
    category: str
    segmentation: Any = Field(description="Polygons `[[x1, y1, x2, y2, …], …]` in pixels, or run lengths.")
    bbox: list[float] = Field(description="`[x, y, width, height]`, pixels.")

    @classmethod
    def of(cls, label: Annotation) -> "MistakenLabel":
        """From the database."""
        return cls(
            id=label.id, category=label.category.name, segmentation=label.segmentation, bbox=label.bbox
        )


class FoundInstead(BaseModel):
    """What weights found there that had not learnt from the photo."""

    category: str
    score: float = Field(description="0 to 1.")
    segmentation: dict[str, Any] = Field(description="COCO run lengths: `{size: [height, width], counts}`.")
    bbox: list[float] = Field(description="`[x, y, width, height]`, pixels.")

    @classmethod
    def of(cls, found: FoundObject) -> "FoundInstead":
        """From the database."""
        return cls(
            category=found.category, score=found.score, segmentation=dict(found.segmentation), bbox=found.bbox
        )


class Mistake(BaseModel):
    """Labels of one object that look wrong."""

    id: int = Field(description="Until it is decided, or the labels of the photo change.")
    image_id: int
    image: str = Field(description="The file name of the photo.")
    version: int = Field(description="The ETag of the photo's labels that it speaks of.")
    training_run_id: int = Field(description="The cross-validation whose folds judged.")
    kind: MistakeKind = Field(
        description="`missing`: found and not labelled. `wrong_category`. `shifted`: beside the object, or too large "
        "or too small. `merged`: one label for several objects. `doubled`: two labels for one. `spurious`: nothing is "
        "there."
    )
    score: float = Field(description="0 to 1, higher is likelier; comparable between the kinds.")
    reason: str = Field(description="In the caller's language.")
    labels: list[MistakenLabel] = Field(
        description="As they are; none where one is missing. Of doubled ones the first is removed."
    )
    found: list[FoundInstead] = Field(
        description="What should be there instead; none for doubled and spurious labels."
    )

    @classmethod
    def of(cls, shown: ShownMistake) -> "Mistake":
        """From the database, in the caller's language."""
        return cls(
            id=shown.mistake.id,
            image_id=shown.image.id,
            image=shown.image.filename,
            version=shown.mistake.photo.version,
            training_run_id=shown.mistake.run_id,
            kind=shown.mistake.kind,
            score=round(shown.mistake.score, 4),
            reason=words.reason(shown),
            labels=[MistakenLabel.of(label) for label in shown.labels],
            found=[FoundInstead.of(found) for found in shown.found],
        )


class MistakePaging(Paging):
    """A page, and one kind alone where that is wanted."""

    kind: MistakeKind | None = Field(default=None, description="Left out: all kinds.")


class Decision(StrEnum):
    """What a person says of a label that looks wrong."""

    KEEP = "keep"
    ACCEPT = "accept"


class NewDecision(BaseModel):
    """Which label, and what to do."""

    model_config = ConfigDict(extra="forbid")

    mistake_id: Id
    decision: Decision = Field(
        description="`keep`: the labels are right, and not asked about again until they change. `accept`: correct "
        "them as they were found; the state before stays in the history of the photo."
    )


class Decided(BaseModel):
    """The photo after it."""

    image_id: int
    version: int = Field(description="The ETag of its labels now.")
    left: int = Field(description="Mistakes of the model that wait.")


@blueprint.get(
    "/models/<id:model_id>/label-mistakes", responses={200: Page[Mistake], **problem_responses(404)}
)
@requires(Role.VIEWER)
def list_label_mistakes(path: ModelPath, query: MistakePaging) -> Response:
    """The likeliest first. Empty until a training with cross-validation has judged all its folds."""
    run = ranking.newest_run(detection_models.open_model(path.model_id))
    if run is None:
        return reply(Page[Mistake](items=[]))
    ranking.bring_up_to_date(run)
    seen = decode("label_mistakes", query.cursor, length=2)
    after = (seen[0] / SCORE_STEPS, seen[1]) if seen else None
    page, last = cut(review_queue.page(run, query.kind, after, query.limit + 1), query.limit)
    cursor = encode("label_mistakes", round(last.score * SCORE_STEPS), last.id) if last else None
    return reply(
        Page[Mistake](items=[Mistake.of(one) for one in review_queue.shown(page)], next_cursor=cursor)
    )


@blueprint.post(
    "/models/<id:model_id>/label-mistakes/decisions",
    responses={200: Decided, **problem_responses(400, 404, 412, 415)},
)
@requires(Role.ANNOTATOR)
def decide_label_mistake(path: ModelPath, body: NewDecision) -> Response:
    """Keep or correct. 404 where it was decided already or the labels changed, 412 where they change meanwhile."""
    model = detection_models.open_model(path.model_id)
    mistake = review_queue.open_mistake(model, body.mistake_id)
    image = mistake.image
    if body.decision is Decision.ACCEPT:
        decisions.accept(mistake, caller())
    else:
        decisions.keep(mistake, caller())
    run = ranking.newest_run(model)
    if run is not None:
        ranking.bring_up_to_date(run)
    left = sum(review_queue.counts(run).values()) if run is not None else 0
    return reply(Decided(image_id=image.id, version=image.annotations_version, left=left))
