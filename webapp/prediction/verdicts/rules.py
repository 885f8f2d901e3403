"""OK or NG: the rules of a model, and the verdict on one photo (``judge``).

``judge`` is a pure function, used by pages, files, REST API and the line. ``queries.py`` has the same rules in
SQL, for all photos of a run.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from enum import StrEnum
from typing import Protocol

from flask_babel import gettext as _
from flask_babel import lazy_gettext as _l
from sqlalchemy import delete, select

from webapp.annotations import categories
from webapp.audit.recording import record
from webapp.contracts.score_thresholds import Thresholds
from webapp.core.errors import UserError
from webapp.core.extensions import db
from webapp.formats.found_object import FoundObject
from webapp.models import AuditAction, Comparison, DetectionModel, Measure, VerdictRule
from webapp.training.weights import files as weights_files

HIGHEST_LIMIT = 1_000_000_000
MOST_RULES = 50
RULES = {
    (Measure.COUNT, Comparison.ABOVE): _l("NG with more than %(limit)s of “%(what)s”"),
    (Measure.COUNT, Comparison.BELOW): _l("NG with fewer than %(limit)s of “%(what)s”"),
    (Measure.SCORE, Comparison.ABOVE): _l("NG when “%(what)s” scores above %(limit)s"),
    (Measure.SCORE, Comparison.BELOW): _l("NG when “%(what)s” scores below %(limit)s"),
    (Measure.AREA, Comparison.ABOVE): _l("NG when “%(what)s” is larger than %(limit)s px²"),
    (Measure.AREA, Comparison.BELOW): _l("NG when “%(what)s” is smaller than %(limit)s px²"),
    (Measure.LENGTH, Comparison.ABOVE): _l("NG when “%(what)s” is longer than %(limit)s px"),
    (Measure.LENGTH, Comparison.BELOW): _l("NG when “%(what)s” is shorter than %(limit)s px"),
    (Measure.WIDTH, Comparison.ABOVE): _l("NG when “%(what)s” is wider than %(limit)s px"),
    (Measure.WIDTH, Comparison.BELOW): _l("NG when “%(what)s” is narrower than %(limit)s px"),
}
REASONS = {
    (Measure.COUNT, Comparison.ABOVE): _l("%(what)s: %(value)s found, more than %(limit)s"),
    (Measure.COUNT, Comparison.BELOW): _l("%(what)s: %(value)s found, fewer than %(limit)s"),
    (Measure.SCORE, Comparison.ABOVE): _l("%(what)s: score %(value)s, above %(limit)s"),
    (Measure.SCORE, Comparison.BELOW): _l("%(what)s: score %(value)s, below %(limit)s"),
    (Measure.AREA, Comparison.ABOVE): _l("%(what)s: area %(value)s px², above %(limit)s"),
    (Measure.AREA, Comparison.BELOW): _l("%(what)s: area %(value)s px², below %(limit)s"),
    (Measure.LENGTH, Comparison.ABOVE): _l("%(what)s: length %(value)s px, above %(limit)s"),
    (Measure.LENGTH, Comparison.BELOW): _l("%(what)s: length %(value)s px, below %(limit)s"),
    (Measure.WIDTH, Comparison.ABOVE): _l("%(what)s: width %(value)s px, above %(limit)s"),
    (Measure.WIDTH, Comparison.BELOW): _l("%(what)s: width %(value)s px, below %(limit)s"),
}


class Verdict(StrEnum):
    """Verdict on one photo, with its values in files and the REST API."""

    OK = "OK"
    NG = "NG"


class Rule(Protocol):
    """A row of ``VerdictRule``, or a ``NewRule``."""

    @property
    def category(self) -> str | None: ...
    @property
    def measure(self) -> Measure: ...
    @property
    def comparison(self) -> Comparison: ...
    @property
    def limit(self) -> float: ...


@dataclass(frozen=True)
class NewRule:
    """A rule that is not stored yet."""

    category: str | None
    measure: Measure
    comparison: Comparison
    limit: float


@dataclass(frozen=True)
class Reason:
    """A rule that a photo violates."""

    rule: Rule
    value: float
    """The count, or the value farthest beyond the limit."""

    def sentence(self) -> str:
        """A sentence in the user's language."""
        values = {
            "what": _what(self.rule),
            "value": _number(round(self.value, 2)),
            "limit": _number(self.rule.limit),
        }
        return str(REASONS[self.rule.measure, self.rule.comparison]) % values


@dataclass(frozen=True)
class Judgement:
    """``verdict`` is None without rules; ``reasons`` are the violated rules, in their order."""

    verdict: Verdict | None
    reasons: tuple[Reason, ...] = ()


def judge(detections: Iterable[FoundObject], rules: Sequence[Rule], thresholds: Thresholds) -> Judgement:
    """What the rules say of the detections on one photo; those below their threshold do not count."""
    if not rules:
        return Judgement(None)
    counted = [found for found in detections if thresholds.passes(found.category, found.score)]
    reasons = tuple(reason for rule in rules if (reason := _broken(rule, counted)) is not None)
    return Judgement(Verdict.NG if reasons else Verdict.OK, reasons)


def _broken(rule: Rule, detections: list[FoundObject]) -> Reason | None:
    meant = [found for found in detections if rule.category is None or found.category == rule.category]
    if rule.measure == Measure.COUNT:
        values = [float(len(meant))]
    else:
        values = [float(getattr(found, rule.measure)) for found in meant]
    if not values:
        return None
    if rule.comparison == Comparison.ABOVE:
        return Reason(rule, max(values)) if max(values) > rule.limit else None
    return Reason(rule, min(values)) if min(values) < rule.limit else None


def list_rules(model: DetectionModel) -> list[VerdictRule]:
    """Rules of a model in order of creation."""
    return list(
        db.session.scalars(
            select(VerdictRule).where(VerdictRule.model_id == model.id).order_by(VerdictRule.id)
        )
    )


def known_categories(model: DetectionModel) -> list[str]:
    """Category names that a rule may have: those of the model and of its weights."""
    names = [category.name for category in categories.list_categories(model)]
    for one in weights_files.list_weights(model):
        names += one.categories
    return list(dict.fromkeys(names))


def add_rule(model: DetectionModel, rule: NewRule) -> VerdictRule:
    """Add a rule. Commits. Raises UserError beside the field that is wrong."""
    _check(model, [*list_rules(model), rule])
    before = rules_document(model)
    row = _row(model, rule)
    db.session.add(row)
    _record(model, before)
    db.session.commit()
    return row


def replace_rules(model: DetectionModel, rules: Sequence[NewRule]) -> None:
    """Replace all rules by these; the same rules again write nothing. Commits.

    Raises UserError as ``add_rule``; then nothing changes.
    """
    _check(model, rules)
    if [_wanted(rule) for rule in list_rules(model)] == list(rules):
        return
    before = rules_document(model)
    db.session.execute(delete(VerdictRule).where(VerdictRule.model_id == model.id))
    db.session.add_all(_row(model, rule) for rule in rules)
    _record(model, before)
    db.session.commit()


def _check(model: DetectionModel, rules: Sequence[Rule]) -> None:
    if len(rules) > MOST_RULES:
        raise UserError(_("A model has at most %(n)s rules.", n=MOST_RULES), code="too_many_rules")
    known = set(known_categories(model))
    for rule in rules:
        if isinstance(rule, NewRule) and rule.category is not None and rule.category not in known:
            raise UserError(
                _("This model has no category “%(name)s”.", name=rule.category[:100]),
                code="category_unknown",
                field="category",
            )
        highest = 1 if rule.measure == Measure.SCORE else HIGHEST_LIMIT
        if not 0 <= rule.limit <= highest:
            raise UserError(
                _("Enter a number between %(low)s and %(high)s.", low=0, high=highest),
                code="rule_invalid",
                field="limit",
            )


def _wanted(rule: VerdictRule) -> NewRule:
    return NewRule(rule.category, rule.measure, rule.comparison, rule.limit)


def _row(model: DetectionModel, rule: NewRule) -> VerdictRule:
    return VerdictRule(
        model_id=model.id,
        category=rule.category,
        measure=rule.measure,
        comparison=rule.comparison,
        limit=rule.limit,
    )


def delete_rule(model: DetectionModel, rule_id: int) -> None:
    """Delete a rule if it still exists. Commits."""
    before = rules_document(model)
    db.session.execute(delete(VerdictRule).where(VerdictRule.id == rule_id, VerdictRule.model_id == model.id))
    _record(model, before)
    db.session.commit()


def rules_document(model: DetectionModel) -> dict[str, list[str]]:
    """The rules for the audit, in no language."""
    rules = list_rules(model)
    return {"rules": [f"{r.category or '*'} {r.measure} {r.comparison} {_number(r.limit)}" for r in rules]}


def _record(model: DetectionModel, before: dict[str, list[str]]) -> None:
    after = rules_document(model)
    if after != before:
        record(AuditAction.CHANGE_RULES, model, before=before, after=after)


def rule_sentence(rule: Rule) -> str:
    """The rule as a sentence in the user's language."""
    return str(RULES[rule.measure, rule.comparison]) % {"what": _what(rule), "limit": _number(rule.limit)}


def _what(rule: Rule) -> str:
    return rule.category if rule.category is not None else _("any category")


def _number(value: float) -> str:
    """Exact: two limits that differ are two texts, on the page and in the audit."""
    return repr(float(value)).removesuffix(".0")
