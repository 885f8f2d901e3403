"""The OK/NG rules of a model. Part of the blueprint ``predict``."""

from math import nan

from flask import Response as FlaskResponse
from flask import redirect, render_template, request, url_for
from flask_babel import gettext as _
from werkzeug.wrappers import Response

from webapp.core.errors import UserError
from webapp.core.extensions import htmx
from webapp.models import Comparison, DetectionModel, Measure, Role
from webapp.prediction.pages.start import blueprint
from webapp.prediction.verdicts import rules as verdict_rules
from webapp.prediction.verdicts.rules import NewRule
from webapp.projects import detection_models
from webapp.web.guards import may, requires
from webapp.web.page_context import model_page


@blueprint.get("/models/<int:model_id>/verdict-rules")
@requires(Role.VIEWER)
def rules(model_id: int) -> str:
    """The rules as sentences, and a form for a new one."""
    model = detection_models.open_model(model_id)
    return render_template(
        "prediction/rules.html",
        back=request.args.get("run", type=int),
        **(model_page(model, active="predict") | _rules(model)),
    )


@blueprint.post("/models/<int:model_id>/verdict-rules")
@requires(Role.ENGINEER)
def add_rule(model_id: int) -> Response:
    """Add a rule."""
    model = detection_models.open_model(model_id)
    try:
        verdict_rules.add_rule(model, _rule_sent())
    except UserError as refused:
        if not htmx:
            raise
        sent = {name: request.form.get(name, "") for name in ("category", "measure", "comparison", "limit")}
        context = _rules(model) | {"sent": sent, "refused": refused}
        part = render_template("prediction/_rules.html", **context)
        return FlaskResponse(part, status=refused.status)
    return _answer(model)


@blueprint.post("/models/<int:model_id>/verdict-rules/<int:rule_id>/delete")
@requires(Role.ENGINEER)
def delete_rule(model_id: int, rule_id: int) -> Response:
    """Delete a rule."""
    model = detection_models.open_model(model_id)
    verdict_rules.delete_rule(model, rule_id)
    return _answer(model)


def _answer(model: DetectionModel) -> Response:
    if htmx:
        return FlaskResponse(render_template("prediction/_rules.html", **_rules(model)))
    return redirect(url_for("predict.rules", model_id=model.id))


def _rules(model: DetectionModel) -> dict[str, object]:
    return {
        "model": model,
        "rules": verdict_rules.list_rules(model),
        "rule_sentence": verdict_rules.rule_sentence,
        "category_names": verdict_rules.known_categories(model),
        "measures": {
            Measure.COUNT.value: _("count on one photo"),
            Measure.SCORE.value: _("score, 0 to 1"),
            Measure.AREA.value: _("area, px²"),
            Measure.LENGTH.value: _("length, px"),
            Measure.WIDTH.value: _("width, px"),
        },
        "comparisons": {Comparison.ABOVE.value: _("is more than"), Comparison.BELOW.value: _("is less than")},
        "may_edit": may(Role.ENGINEER),
        "sent": {},
        "refused": None,
    }


def _rule_sent() -> NewRule:
    measure, comparison = request.form.get("measure", ""), request.form.get("comparison", "")
    if measure not in list(Measure) or comparison not in list(Comparison):
        raise UserError(_("Choose one of the list."), code="rule_invalid", field="measure")
    try:
        limit = float(request.form.get("limit", ""))
    except ValueError:
        limit = nan
    return NewRule(request.form.get("category") or None, Measure(measure), Comparison(comparison), limit)
