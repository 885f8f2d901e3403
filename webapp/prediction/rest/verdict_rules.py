"""The OK/NG rules of a model."""

from flask import Response
from pydantic import BaseModel, ConfigDict, Field

from webapp.models import Comparison, Measure, Role, VerdictRule
from webapp.prediction.verdicts import rules as verdict_rules
from webapp.prediction.verdicts.rules import NewRule
from webapp.projects import detection_models
from webapp.rest.access import api_blueprint, requires
from webapp.rest.addresses import ModelPath
from webapp.rest.problems import problem_responses
from webapp.rest.replies import Page, reply

blueprint = api_blueprint("verdict-rules", "When a photo is OK and when NG.")


class RuleBody(BaseModel):
    """A photo is NG where the measure lies beyond the limit."""

    model_config = ConfigDict(extra="forbid")

    category: str | None = Field(default=None, max_length=100, description="Null: every category.")
    measure: Measure = Field(
        description="`count` on one photo; `score`, `area` (square pixels), `length`, `width` (pixels) of each object."
    )
    comparison: Comparison = Field(description="NG is what lies `above` or `below` the limit.")
    limit: float = Field(allow_inf_nan=False)


class RuleOut(RuleBody):
    """A rule with its sentence in the caller's language."""

    id: int
    sentence: str

    @classmethod
    def of(cls, rule: VerdictRule) -> "RuleOut":
        """From the database."""
        return cls(
            id=rule.id,
            category=rule.category,
            measure=rule.measure,
            comparison=rule.comparison,
            limit=rule.limit,
            sentence=verdict_rules.rule_sentence(rule),
        )


class RulesBody(BaseModel):
    """All rules of the model."""

    model_config = ConfigDict(extra="forbid")

    items: list[RuleBody] = Field(max_length=verdict_rules.MOST_RULES)


@blueprint.get(
    "/models/<id:model_id>/verdict-rules", responses={200: Page[RuleOut], **problem_responses(404)}
)
@requires(Role.VIEWER)
def list_verdict_rules(path: ModelPath) -> Response:
    """All of them; there are never more pages."""
    return _all(path.model_id)


@blueprint.put(
    "/models/<id:model_id>/verdict-rules", responses={200: Page[RuleOut], **problem_responses(404)}
)
@requires(Role.ENGINEER)
def replace_verdict_rules(path: ModelPath, body: RulesBody) -> Response:
    """Replace all rules of the model by these; an empty list deletes them."""
    model = detection_models.open_model(path.model_id)
    verdict_rules.replace_rules(
        model, [NewRule(rule.category, rule.measure, rule.comparison, rule.limit) for rule in body.items]
    )
    return _all(path.model_id)


def _all(model_id: int) -> Response:
    rules = verdict_rules.list_rules(detection_models.open_model(model_id))
    return reply(Page[RuleOut](items=[RuleOut.of(rule) for rule in rules]))
